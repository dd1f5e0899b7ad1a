// The slots of a run on this machine: who has which segment, since when, and how far. It starts threads when they are
// needed, replaces those that died, stalled, or know the video by an older description, and decides nothing: what is begun
// and what becomes of it is the run's business.

import { LocalSlot, type SlotOutcome, type SlotSetup } from "./local_slot.ts";
import type { Assignment } from "./scheduler.ts";
import { StallWatch } from "./stall_watch.ts";
import type { FedSlot, SlotVideo } from "./video_source.ts";

/** Slots are looked at this often for whether they get on. */
const stallCheckMs = 500;

export interface SlotCrewSetup extends Omit<SlotSetup, "control" | "feed" | "video"> {
  readonly slots: number;
  /** What threads that are started now are told of the video. */
  video(): SlotVideo;
  /** Seconds after which a slot that does not get on loses its segment; undefined lets the pace decide. */
  readonly stallSeconds: number | undefined;
}

/** A segment at work. */
export interface AtWork {
  readonly assignment: Assignment;
  readonly startedMs: number;
  /** Packets so far, and their bytes. */
  readonly packets: number;
  readonly bytes: number;
}

/** How a slot ended with its segment. */
export interface CrewOutcome {
  readonly slot: number;
  readonly startedMs: number;
  readonly outcome: SlotOutcome;
  /** The thread knew the video by a description that was replaced meanwhile. */
  readonly hadOldVideo: boolean;
}

interface Running {
  readonly assignment: Assignment;
  readonly startedMs: number;
}

export class SlotCrew {
  readonly #setup: SlotCrewSetup;
  readonly #slots: LocalSlot[] = [];
  readonly #running: (Running | undefined)[];
  readonly #stalls: StallWatch;
  readonly #stallCheck: ReturnType<typeof setInterval>;

  constructor(setup: SlotCrewSetup) {
    this.#setup = setup;
    this.#running = Array(setup.slots).fill(undefined);
    this.#stalls = new StallWatch(setup.stallSeconds);
    this.#stallCheck = setInterval(() => this.#lookForStalls(), stallCheckMs);
  }

  /** Starts the first thread ahead of its segment. */
  prepare(): void {
    this.#slot(0).prepare();
  }

  /** Slots at work. */
  get busy(): number {
    return this.#running.reduce((count, entry) => entry === undefined ? count : count + 1, 0);
  }

  /** Whether all slots at work wait for frames. */
  get allWait(): boolean {
    return this.#running.every((entry, slot) => entry === undefined || this.#slots[slot]!.progress.waiting);
  }

  /** A slot without a segment; undefined where all have one. */
  get idle(): number | undefined {
    const slot = this.#running.indexOf(undefined);
    return slot < 0 ? undefined : slot;
  }

  /** Slot-seconds spent on the segments at work. */
  get unfinishedSeconds(): number {
    const nowMs = performance.now();
    return this.#running.reduce((sum, entry) => sum + (entry ? nowMs - entry.startedMs : 0), 0) / 1000;
  }

  /** What each slot has, undefined for idle ones. */
  atWork(): (AtWork | undefined)[] {
    return this.#running.map((entry, slot) => {
      if (entry === undefined) return undefined;
      const { packets, bytes } = this.#slots[slot]!.progress;
      return { ...entry, packets, bytes };
    });
  }

  /**
   * Gives an idle slot a segment; returns the slot for the video's source. `onEnded` is called in the moment in which the
   * slot is idle again, before anything else can happen; what it throws goes to `onFailure`.
   */
  begin(
    slot: number,
    assignment: Assignment,
    onEnded: (outcome: CrewOutcome) => void,
    onFailure: (error: unknown) => void,
  ): FedSlot {
    const startedMs = performance.now();
    this.#running[slot] = { assignment, startedMs };
    this.#stalls.restart(slot);
    const local = this.#slot(slot);
    const { segment: { index, first }, attempt } = assignment;
    local.encode({ index, first, attempt }).then((outcome) => {
      this.#running[slot] = undefined;
      const hadOldVideo = local.common.video !== this.#setup.video();
      if (hadOldVideo && this.#slots[slot] === local) this.#retire(slot);
      onEnded({ slot, startedMs, outcome, hadOldVideo });
    }).catch(onFailure);
    return local;
  }

  /** Gives up the segments for which this is true; each ends as "cancelled". */
  cancel(which: (assignment: Assignment) => boolean): void {
    for (const [slot, entry] of this.#running.entries()) {
      if (entry !== undefined && which(entry.assignment)) this.#slots[slot]!.cancel();
    }
  }

  /** The video is described anew: idle slots start afresh, those at work when they end. */
  videoChanged(): void {
    for (const [slot, entry] of this.#running.entries()) if (entry === undefined) this.#retire(slot);
  }

  /** Ends idle threads and gives up what is at work. */
  close(): void {
    clearInterval(this.#stallCheck);
    this.videoChanged();
    this.cancel(() => true);
  }

  #lookForStalls(): void {
    const progress = this.#running.map((entry, slot) => {
      if (entry === undefined) return undefined;
      const { sent, packets, waiting } = this.#slots[slot]!.progress;
      return { steps: sent + packets, waiting };
    });
    for (const slot of this.#stalls.look(performance.now(), progress)) {
      const stalled = this.#slots[slot]!;
      // Its thread may come back to the memory that they share: the next one gets memory of its own.
      delete this.#slots[slot];
      stalled.abandon(`no progress for ${Math.round(this.#stalls.limitSeconds)} s (--stall-timeout)`);
    }
  }

  #slot(slot: number): LocalSlot {
    const { library, settings, onePiece } = this.#setup;
    return this.#slots[slot] ??= new LocalSlot(slot, { library, settings, onePiece, video: this.#setup.video() });
  }

  #retire(slot: number): void {
    this.#slots[slot]?.close();
    delete this.#slots[slot];
  }
}
