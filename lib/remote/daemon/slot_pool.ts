// The slots of the worker and who has them. Sessions come and go; each says what it has, the pool says how many slots and
// tasks ahead it may count on, and begins its tasks as slots become free. A slot that was given is never taken back; memory
// is looked at before each is given. A slot that makes no step for too long loses its task.

import { StallWatch } from "../../encode/stall_watch.ts";
import { nextInTurn, shareSlots } from "./slot_shares.ts";
import type { SessionMemory, WorkerMemory } from "./worker_memory.ts";

/** A task at work. */
export interface Run {
  /** Settles when the slot is free again. */
  readonly ended: Promise<void>;
  readonly progress: { readonly sent: number; readonly packets: number; readonly waiting: boolean };
  abandon(reason: string): void;
}

export interface PoolMember {
  /** The most slots it can use. */
  readonly cap: number;
  /** Tasks it has, running ones included. */
  readonly open: number;
  /** Tasks that could be begun now. */
  readonly waiting: number;
  readonly memory: SessionMemory;
  /** Begins the next of those that wait. */
  begin(slot: number): Run;
  /** What it may count on from now on; called only where it is something else than before. */
  granted(grant: Grant): void;
}

export interface Grant {
  readonly slots: number;
  /** At least 1, while it is here. */
  readonly ahead: number;
}

export interface SlotPoolOptions {
  readonly memory: WorkerMemory;
  /** Seconds after which a slot that does not get on loses its task; undefined lets the pace decide. */
  readonly stallSeconds: number | undefined;
  /** A line for the log, when memory allows fewer slots than before, or more. */
  readonly onShortage: (line: string) => void;
}

/** Memory that was short is looked at again. */
const recheckMs = 1000;
const stallCheckMs = 500;

interface Entry {
  readonly member: PoolMember;
  running: number;
  lastGiven: number;
  grant: Grant;
}

export class SlotPool {
  readonly #options: SlotPoolOptions;
  readonly #entries = new Map<PoolMember, Entry>();
  /** By slot. Runs of sessions that are gone stay until they have ended. */
  readonly #runs: (Run | undefined)[];
  readonly #stalls: StallWatch;
  readonly #stallCheck: ReturnType<typeof setInterval>;
  #given = 0;
  #recheck: ReturnType<typeof setTimeout> | undefined;
  /** Slots that memory allows, where these are fewer than wanted. */
  #shortOf: number | undefined;
  #isDraining = false;
  #isAwaited = false;

  constructor(options: SlotPoolOptions) {
    this.#options = options;
    this.#runs = Array(options.memory.wanted).fill(undefined);
    this.#stalls = new StallWatch(options.stallSeconds);
    this.#stallCheck = setInterval(() => this.#lookForStalls(), stallCheckMs);
  }

  get slots(): number {
    return this.#runs.length;
  }

  /** Slots with a task. */
  get busy(): number {
    return this.#runs.reduce((count, run) => run === undefined ? count : count + 1, 0);
  }

  get free(): number {
    return this.slots - this.busy;
  }

  /** Adds a session. Gives its grant; the others are told of theirs. */
  add(member: PoolMember): Grant {
    const entry = { member, running: 0, lastGiven: 0, grant: { slots: 0, ahead: 0 } };
    this.#entries.set(member, entry);
    this.#share(entry);
    return entry.grant;
  }

  /** What a session counts on now; nothing where it is not here. */
  grantOf(member: PoolMember): Grant {
    return this.#entries.get(member)?.grant ?? { slots: 0, ahead: 0 };
  }

  /** The session begins nothing more. */
  remove(member: PoolMember): void {
    this.#entries.delete(member);
    this.changed();
  }

  /** A session has other tasks than before. Shares and slots are looked at once this turn of the event loop is over. */
  changed(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    queueMicrotask(() => {
      this.#isAwaited = false;
      this.#share();
      this.#give();
    });
  }

  /** No task is begun any more. */
  drain(): void {
    this.#isDraining = true;
  }

  close(): void {
    this.drain();
    clearTimeout(this.#recheck);
    clearInterval(this.#stallCheck);
  }

  #share(silent?: Entry): void {
    const entries = [...this.#entries.values()];
    if (entries.length === 0) return;
    const room = this.#options.memory.room(entries.map(({ member }) => member.memory));
    // The line's figures change all the time; how many slots there are is what matters.
    const slotsNow = room.shortage === undefined ? undefined : room.slots;
    if (slotsNow !== this.#shortOf) {
      this.#options.onShortage(room.shortage ?? `${room.slots} of ${this.slots} slots again: there is memory for all`);
      this.#shortOf = slotsNow;
    }
    const shares = shareSlots(room.slots, entries.map(({ member: { cap, open } }) => ({ cap, open })));
    const aheadShare = Math.floor(room.ahead / entries.length);
    for (const [at, entry] of entries.entries()) {
      const slots = shares[at]!;
      const grant = { slots, ahead: Math.max(1, Math.min(slots, aheadShare)) };
      if (grant.slots === entry.grant.slots && grant.ahead === entry.grant.ahead) continue;
      entry.grant = grant;
      if (entry !== silent) entry.member.granted(grant);
    }
  }

  #give(): void {
    clearTimeout(this.#recheck);
    while (!this.#isDraining) {
      const slot = this.#runs.indexOf(undefined);
      if (slot < 0) return;
      const candidates = [...this.#entries.values()].map((entry) => ({
        entry,
        cap: entry.member.cap,
        waiting: entry.member.waiting,
        running: entry.running,
        lastGiven: entry.lastGiven,
      }));
      const next = nextInTurn(candidates)?.entry;
      if (next === undefined) return;
      const { slots } = this.#options.memory.room(candidates.map(({ entry: { member } }) => member.memory));
      if (this.busy >= slots) {
        this.#recheck = setTimeout(() => this.changed(), recheckMs);
        return;
      }
      this.#begin(next, slot);
    }
  }

  #begin(entry: Entry, slot: number): void {
    entry.running++;
    entry.lastGiven = ++this.#given;
    const run = this.#runs[slot] = entry.member.begin(slot);
    this.#stalls.restart(slot);
    run.ended.finally(() => {
      entry.running--;
      this.#runs[slot] = undefined;
      this.changed();
    });
  }

  #lookForStalls(): void {
    const progress = this.#runs.map((run) =>
      run && { steps: run.progress.sent + run.progress.packets, waiting: run.progress.waiting }
    );
    for (const slot of this.#stalls.look(performance.now(), progress)) {
      this.#runs[slot]?.abandon(`no progress for ${Math.round(this.#stalls.limitSeconds)} s on the worker`);
    }
  }
}
