// The slots of a run on this machine: who has which segment, since when, and how far. It starts threads when they are
// needed, replaces those that died, stalled, or know the video by an older description, and decides nothing: what is begun
// and what becomes of it is the run's business.

import { type AtWork, type Ended, framesDone } from "./at_work.ts";
import { LocalSlot, type SlotSetup } from "./local_slot.ts";
import { type Assignment, here } from "./scheduler.ts";
import { StallWatch } from "./stall_watch.ts";
import type { SlotVideo } from "./video_source.ts";

/** Slots are looked at this often for whether they get on. */
const stallCheckMs = 500;

/** A thread without work for so long is ended: it holds some ten megabytes, and where runs share slots most have none. */
const idleEndsAfterMs = 10_000;

export interface SlotCrewSetup extends Omit<SlotSetup, "control" | "feed" | "video"> {
  /** 0 where only workers encode. */
  readonly slots: number;
  /** What threads that are started now are told of the video. */
  video(): SlotVideo;
  /** Seconds after which a slot that does not get on loses its segment; undefined lets the pace decide. */
  readonly stallSeconds: number | undefined;
}

class LocalTry implements AtWork {
  readonly machine = here;
  readonly worker = null;
  readonly startedMs = performance.now();
  readonly givenMs = this.startedMs;
  isCancelled = false;
  idleMs = 0;

  constructor(readonly slot: number, readonly assignment: Assignment, readonly fed: LocalSlot) {}

  get segment(): number {
    return this.assignment.segment.index;
  }

  get progress(): AtWork["progress"] {
    return this.fed.progress;
  }

  get done(): number {
    return framesDone(this.progress);
  }

  cancel(): void {
    this.isCancelled = true;
    this.fed.cancel();
  }
}

export class SlotCrew {
  readonly #setup: SlotCrewSetup;
  readonly #slots: LocalSlot[] = [];
  readonly #running: (LocalTry | undefined)[];
  /** When each became idle, milliseconds of performance.now(). */
  readonly #idleSince: number[];
  readonly #stalls: StallWatch;
  readonly #stallCheck: ReturnType<typeof setInterval>;

  constructor(setup: SlotCrewSetup) {
    this.#setup = setup;
    this.#running = Array(setup.slots).fill(undefined);
    this.#idleSince = Array(setup.slots).fill(performance.now());
    this.#stalls = new StallWatch(setup.stallSeconds);
    this.#stallCheck = setInterval(() => {
      this.#lookForStalls();
      this.#endIdle();
    }, stallCheckMs);
  }

  /** Starts the first thread ahead of its segment. */
  prepare(): void {
    if (this.#setup.slots > 0) this.#slot(0).prepare();
  }

  /** Slots at work. */
  get busy(): number {
    return this.#running.reduce((count, entry) => entry === undefined ? count : count + 1, 0);
  }

  /** Whether all slots at work wait for frames. */
  get allWait(): boolean {
    return this.#running.every((entry) => entry === undefined || entry.progress.waiting);
  }

  /** What each slot has, undefined for idle ones. */
  get atWork(): readonly (AtWork | undefined)[] {
    return this.#running;
  }

  /**
   * Gives an idle slot a segment. `onEnded` is called in the moment in which the slot is idle again, before anything else can
   * happen; what it throws goes to `onFailure`.
   */
  begin(assignment: Assignment, onEnded: (ended: Ended) => void, onFailure: (error: unknown) => void): AtWork {
    const slot = this.#running.indexOf(undefined);
    if (slot < 0) throw new TypeError("No slot is idle");
    const local = this.#slot(slot), given = this.#running[slot] = new LocalTry(slot, assignment, local);
    this.#stalls.restart(slot);
    const { segment: { index, first }, attempt } = assignment;
    local.encode({ index, first, attempt }).then((outcome) => {
      this.#running[slot] = undefined;
      this.#idleSince[slot] = performance.now();
      const hadOldVideo = local.common.video !== this.#setup.video();
      if (hadOldVideo && this.#slots[slot] === local) this.#retire(slot);
      onEnded({ given, outcome, hadOldVideo });
    }).catch(onFailure);
    return given;
  }

  /** The video is described anew: idle slots start afresh, those at work when they end. */
  videoChanged(): void {
    for (const [slot, entry] of this.#running.entries()) if (entry === undefined) this.#retire(slot);
  }

  /** Ends idle threads and gives up what is at work. */
  close(): void {
    clearInterval(this.#stallCheck);
    this.videoChanged();
    for (const entry of this.#running) entry?.cancel();
  }

  #lookForStalls(): void {
    const progress = this.#running.map((entry) => {
      if (entry === undefined) return undefined;
      const { sent, packets, waiting } = entry.progress;
      return { steps: sent + packets, waiting };
    });
    const stalled = this.#stalls.look(performance.now(), progress);
    for (const entry of this.#running) if (entry !== undefined) entry.idleMs = this.#stalls.idleMs(entry.slot);
    for (const slot of stalled) {
      const thread = this.#slots[slot]!;
      // Its thread may come back to the memory that they share: the next one gets memory of its own.
      delete this.#slots[slot];
      thread.abandon(`no progress for ${Math.round(this.#stalls.limitSeconds)} s (--stall-timeout)`);
    }
  }

  #endIdle(): void {
    const before = performance.now() - idleEndsAfterMs;
    for (const [slot, entry] of this.#running.entries()) {
      if (entry === undefined && this.#slots[slot] !== undefined && this.#idleSince[slot]! < before) this.#retire(slot);
    }
  }

  #slot(slot: number): LocalSlot {
    const { library, settings, onePiece, crashMark } = this.#setup, video = this.#setup.video();
    return this.#slots[slot] ??= new LocalSlot(slot, { library, settings, onePiece, crashMark, video });
  }

  #retire(slot: number): void {
    this.#slots[slot]?.close();
    delete this.#slots[slot];
  }
}
