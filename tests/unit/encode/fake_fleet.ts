// Workers without a network: each has slots of its own that encode what comes to them in packs, and does with a segment what
// the test says. What a run sees of them is what it sees of real ones.

import { LocalSlot } from "../../../lib/encode/local_slot.ts";
import type {
  FleetEvents,
  PackSource,
  RemoteFleet,
  RemoteOutcome,
  RemoteSegment,
  RemoteWorker,
} from "../../../lib/encode/remote_slots.ts";
import type { SegmentTask } from "../../../lib/encode/segment_encoder.ts";
import type { EncoderSettings } from "../../../lib/encode/settings.ts";

/** What becomes of a segment that a worker begins: encoded, never ended, or ended like this instead. */
export type Fate = "encode" | "hang" | Exclude<RemoteOutcome, { kind: "done" }>;

export interface FakeWorkerOptions {
  readonly name: string;
  readonly slots: number;
  readonly ahead?: number;
  readonly hopeful?: boolean;
  fate?(task: SegmentTask): Fate;
  /** Changes what was encoded. */
  result?(outcome: RemoteOutcome): RemoteOutcome;
}

interface Setup {
  readonly library: string;
  readonly settings: EncoderSettings;
}

class FakeSegment implements RemoteSegment {
  readonly wantsPacks = true;
  slot: number | undefined;
  startedMs: number | undefined;
  readonly idleMs = 0;
  isSated = true;
  isEncoding = false;
  #grown: [known: number, frames: number | null] = [0, null];
  #hasEnded = false;
  #onPackTaken: (() => void) | undefined;

  constructor(
    readonly worker: FakeWorker,
    readonly task: SegmentTask,
    readonly local: LocalSlot,
    readonly onEnded: (outcome: RemoteOutcome) => void,
  ) {}

  get feed() {
    return this.local.feed;
  }

  get onPackTaken() {
    return this.#onPackTaken;
  }

  set onPackTaken(onPackTaken) {
    this.#onPackTaken = this.local.onPackTaken = onPackTaken;
  }

  get progress(): RemoteSegment["progress"] {
    if (this.startedMs === undefined) return { sent: 0, packets: 0, bytes: 0, waiting: false };
    return this.local.progress;
  }

  get measuredMs(): number {
    return performance.now();
  }

  grow(known: number, frames: number | null): void {
    this.#grown = [known, frames];
    if (this.startedMs !== undefined) this.local.grow(known, frames);
  }

  cancel(): void {
    if (this.startedMs !== undefined) this.local.cancel();
    queueMicrotask(() => this.end({ kind: "cancelled" }));
  }

  start(slot: number, fate: Fate): void {
    this.slot = slot;
    this.startedMs = performance.now();
    if (fate === "hang") return;
    if (fate !== "encode") return this.end(fate);
    this.isEncoding = true;
    this.local.encode(this.task).then((outcome) => {
      this.isEncoding = false;
      if (this.#hasEnded) this.local.close();
      this.end(outcome);
    });
    this.local.grow(...this.#grown);
    this.isSated = false;
    this.local.onPackTaken = this.#onPackTaken;
    this.#onPackTaken?.();
  }

  end(outcome: RemoteOutcome): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.worker.release(this);
    this.onEnded(outcome.kind === "done" ? this.worker.options.result?.(outcome) ?? outcome : outcome);
  }
}

export class FakeWorker implements RemoteWorker {
  readonly name: string;
  slots: number;
  get allSlots(): number {
    return this.options.slots;
  }
  ahead: number;
  hopeful: boolean;
  faults = 0;
  /** Segments that it was given, and those that it began. */
  readonly given: number[] = [];
  readonly begun: number[] = [];
  fleet: FakeFleet | undefined;
  readonly #tries: FakeSegment[] = [];
  readonly #places: LocalSlot[] = [];

  constructor(readonly options: FakeWorkerOptions) {
    this.name = options.name;
    this.slots = options.slots;
    this.ahead = options.ahead ?? options.slots;
    this.hopeful = options.hopeful ?? true;
  }

  get facts() {
    return { bytesSent: 1000 * this.given.length, bytesReceived: 10 * this.given.length, faults: this.faults };
  }

  begin(task: SegmentTask, onEnded: (outcome: RemoteOutcome) => void): RemoteSegment {
    if (this.#tries.length >= this.slots + this.ahead) throw new Error(`${this.name} was given more than it takes`);
    if (!this.hopeful) throw new Error(`${this.name} was given a segment after it was refused`);
    this.given.push(task.index);
    const given = new FakeSegment(this, task, this.#places.pop() ?? this.fleet!.newSlot(), onEnded);
    this.#tries.push(given);
    queueMicrotask(() => this.#startNext());
    return given;
  }

  /** Everything it has is lost with it. */
  vanish(crashed: "yes" | "no" | "unknown", isForGood: boolean): void {
    this.slots = this.ahead = 0;
    this.hopeful = !isForGood;
    this.faults++;
    for (const given of [...this.#tries]) given.end({ kind: "lost", reason: "the connection was lost", crashed });
    this.fleet!.changed();
  }

  comeBack(): void {
    this.slots = this.options.slots;
    this.ahead = this.options.ahead ?? this.slots;
    this.fleet!.changed();
  }

  release(given: FakeSegment): void {
    this.#tries.splice(this.#tries.indexOf(given), 1);
    // One that is still at its segment closes when it ends.
    if (given.isEncoding) given.local.cancel();
    else this.#places.push(given.local);
    queueMicrotask(() => this.#startNext());
  }

  #startNext(): void {
    for (const given of this.#tries) {
      const used = this.#tries.map(({ slot }) => slot);
      const slot = Array.from({ length: this.slots }, (_, slot) => slot).find((slot) => !used.includes(slot));
      if (given.startedMs !== undefined || slot === undefined) continue;
      this.begun.push(given.task.index);
      given.start(slot, this.options.fate?.(given.task) ?? "encode");
    }
  }

  close(): void {
    for (const place of this.#places) place.close();
    for (const { local } of this.#tries) local.close();
  }
}

export class FakeFleet implements RemoteFleet {
  readonly workers: FakeWorker[];
  events: FleetEvents | undefined;
  #packs: PackSource | undefined;

  constructor(readonly setup: Setup, workers: readonly FakeWorkerOptions[]) {
    this.workers = workers.map((options) => new FakeWorker(options));
    for (const worker of this.workers) worker.fleet = this;
  }

  start(packs: PackSource, events: FleetEvents): void {
    this.#packs = packs;
    this.events = events;
  }

  changed(): void {
    this.events?.changed();
  }

  newSlot(): LocalSlot {
    const { arena, frameBytes } = this.#packs!;
    return new LocalSlot(0, {
      ...this.setup,
      onePiece: false,
      video: { kind: "packs", arena, frameBytes, digestsAreOwn: false },
    });
  }

  close(): void {
    this.events = undefined;
    for (const worker of this.workers) worker.close();
  }
}
