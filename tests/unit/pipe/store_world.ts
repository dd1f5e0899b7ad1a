// A pipe's whole life without a thread or a clock: reader, packers, temporary file, slots and scheduler around a real
// PackStore. Beside the scheduler's slots there are some that take second copies of segments at work; some segments wait on
// their slot for another one's end, as they do at a worker. At each step one of the things that could happen next happens, chosen by chance. What memory and the file hold
// is followed byte range by byte range, so that a slot which would read anything but its own next pack is caught.

import assert from "node:assert/strict";
import { Plan } from "../../../lib/encode/plan.ts";
import { type Assignment, Scheduler } from "../../../lib/encode/scheduler.ts";
import type { FedSlot } from "../../../lib/encode/video_source.ts";
import type { Piece } from "../../../lib/pipe/pack_arena.ts";
import { PackFeed } from "../../../lib/pipe/pack_feed.ts";
import { PackStore } from "../../../lib/pipe/pack_store.ts";
import { smallestStoreBytes } from "../../../lib/pipe/store_devices.ts";
import type { ClosedPack } from "../../../lib/pipe/stored_segment.ts";

export interface WorldOptions {
  /** Frames of each segment. */
  readonly segments: readonly number[];
  readonly packFrames: number;
  readonly packers: number;
  readonly slots: number;
  /** Slots beside these, for second copies. */
  readonly copies: number;
  /** Of 100 chances: that a segment waits for the end of another, and takes no more than `waitingPacks` before. */
  readonly waits: number;
  readonly waitingPacks: number;
  /** Bytes above the least that works. */
  readonly spareBytes: number;
  /** Frames that may be in memory, however little they take. */
  readonly mostFrames: number;
  /** Bytes the disk takes; null without a file. */
  readonly diskBytes: number | null;
  /** Of 100 chances: that a try fails, that a read of the file fails, that a pack is closed before it is full. */
  readonly failures: number;
  readonly readFailures: number;
  readonly earlyPacks: number;
  /** The input ends after so many frames, early; null where it does not. */
  readonly cutAt: number | null;
  /** Segments that no slot will begin. */
  readonly setAside: readonly number[];
  readonly seed: number;
}

const frameBytes = 100;
/** Frames after which a frame is decided. */
const lookahead = 6;
const bound = (frames: number) => 20 + frames * frameBytes;
/** Of any pack of the worlds. */
const mostPackBytes = bound(6);

class FakeSlot implements FedSlot {
  readonly wantsPacks = true;
  readonly feed = new PackFeed();
  onPackTaken: (() => void) | undefined;
  known = 0;
  frames: number | null = null;
  /** Frames and bytes of packs used. */
  frame = 0;
  bytes = 0;
  /** Packs used that the store was not told of yet. */
  untold = 0;
  assignment: Assignment | undefined;
  /** The slot whose segment has to end before this one is begun, and the bytes that are taken before. */
  behind: FakeSlot | undefined;
  creditBytes = 0;
  /** Another slot was first: it stops when it looks. */
  cancelled = false;

  constructor(readonly isCopy: boolean) {}

  get isSated(): boolean {
    return this.behind !== undefined && this.creditBytes - this.bytes - this.feed.waitingBytes < mostPackBytes;
  }

  get canTake(): boolean {
    return this.behind === undefined || this.bytes + (this.feed.peek()?.bytes ?? 0) <= this.creditBytes;
  }

  grow(known: number, frames: number | null): void {
    assert.ok(known >= this.known, "a segment never shrinks");
    this.known = known;
    this.frames = frames;
  }

  begin(assignment: Assignment): void {
    this.assignment = assignment;
    this.known =
      this.frame =
      this.bytes =
      this.untold =
        0;
    this.frames = null;
    this.behind = undefined;
    this.cancelled = false;
  }
}

/** What lies where, in memory or in the file: pieces that do not overlap. */
class Content {
  #held: { offset: number; bytes: number; id: number }[] = [];

  put({ offset, bytes }: Piece, id: number): void {
    this.#held = this.#held.filter((held) => held.offset + held.bytes <= offset || held.offset >= offset + bytes);
    this.#held.push({ offset, bytes, id });
  }

  at({ offset, bytes }: { offset: number; bytes: number }): number | undefined {
    return this.#held.find((held) => held.offset === offset && held.bytes === bytes)?.id;
  }
}

interface Job {
  readonly kind: "pack" | "write" | "read";
  readonly id: number;
  readonly from?: Piece;
  readonly to: Piece;
}

export class World {
  readonly store: PackStore;
  readonly budget: number;
  peak = 0;
  streamed = 0;
  spilled = 0;
  /** Second copies that were first. */
  copiesWon = 0;
  delivered = new Map<number, number>();
  readonly #options: WorldOptions;
  readonly #plan = new Plan();
  readonly #scheduler = new Scheduler(this.#plan);
  readonly #slots: FakeSlot[];
  readonly #keyframes = new Set<number>();
  readonly #total: number;
  readonly #ring: number;
  readonly #memory = new Content();
  readonly #disk = new Content();
  readonly #packs = new Map<number, ClosedPack>();
  readonly #jobs: Job[] = [];
  /** Segments that are finished, and on their way to the disk. */
  #unkept: number[] = [];
  /** Ring: frames read, decided, where the pack being gathered starts, packs not released. */
  #read = 0;
  #decided = 0;
  #packStart = 0;
  #segment = -1;
  #unreleased: { pack: ClosedPack; released: boolean }[] = [];
  #ended = false;
  #cut: number | undefined;
  #capacity: number;
  #random: number;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = options.seed;
    let first = 0;
    for (const frames of options.segments) {
      this.#keyframes.add(first);
      first += frames;
    }
    this.#total = first;
    this.#capacity = options.slots;
    this.#ring = lookahead + 2 + options.packFrames * (options.packers + 1);
    this.#slots = Array.from({ length: options.slots + options.copies }, (_, n) => new FakeSlot(n >= options.slots));
    const { packFrames, packers, diskBytes, spareBytes } = options;
    this.budget = smallestStoreBytes({ bound, packFrames }) + spareBytes;
    this.store = new PackStore({
      budgetBytes: this.budget,
      mostFrames: options.mostFrames,
      bound,
      packFrames,
      packers,
      spill: diskBytes !== null,
      devices: {
        pack: (id, pack, room) => {
          this.#packs.set(id, pack);
          this.#memory.put(room, NaN);
          this.#jobs.push({ kind: "pack", id, to: room });
          assert.ok(this.#jobs.filter(({ kind }) => kind === "pack").length <= packers);
        },
        move: (from, to) => {
          assert.ok(to.offset + to.bytes <= from.offset, "down, and beside itself");
          this.#memory.put(to, this.#memory.at(from)!);
          this.#memory.put(from, NaN);
        },
        vacate: (piece) => this.#memory.put(piece, NaN),
        release: (pack) => {
          const entry = this.#unreleased.find((one) => one.pack === pack)!;
          assert.equal(entry.released, false);
          entry.released = true;
          while (this.#unreleased[0]?.released) this.#unreleased.shift();
        },
        write: (id, from, to) => this.#jobs.push({ kind: "write", id, from, to }),
        read: (id, from, to) => {
          this.#memory.put(to, NaN);
          this.#jobs.push({ kind: "read", id, from, to });
        },
      },
    });
  }

  /** Runs to the end. Throws where nothing can happen before it, and where anything is wrong. */
  run(): void {
    for (let step = 0; !this.#isFinished; step++) {
      assert.ok(step < 200_000, "it goes on without end");
      const events = this.#possible();
      if (events.length === 0) assert.fail(`deadlock at frame ${this.#read}: ${JSON.stringify(this.#options)}`);
      events[this.#chance(events.length)]!();
      this.peak = Math.max(this.peak, this.store.usedBytes);
      this.spilled = Math.max(this.spilled, this.store.spilledBytes);
      assert.ok(this.store.usedBytes <= this.budget);
    }
    assert.equal(this.store.usedBytes, 0, "nothing is left in memory");
    assert.equal(this.store.spilledBytes, 0, "nothing is left in the file");
  }

  get #isFinished(): boolean {
    if (this.#slots.some(({ assignment }) => assignment !== undefined) || this.#jobs.length > 0) return false;
    if (this.#unkept.length > 0) return false;
    return this.#cut !== undefined || this.#scheduler.finished;
  }

  #possible(): (() => void)[] {
    const events: (() => void)[] = [];
    const tail = this.#unreleased[0]?.pack.first ?? this.#packStart;
    if (!this.#ended && this.#read - tail < this.#ring) events.push(() => this.#readFrame());
    if (!this.#ended && this.#decided > this.#packStart && this.#chance(100) < this.#options.earlyPacks) {
      events.push(() => this.#closePack());
    }
    for (const [index, job] of this.#jobs.entries()) {
      events.push(() => {
        this.#jobs.splice(index, 1);
        this.#finish(job);
      });
    }
    for (const index of this.#unkept) events.push(() => this.#keep(index));
    for (const slot of this.#slots) {
      if (slot.assignment === undefined) continue;
      if (slot.frame < slot.known && slot.canTake) events.push(() => this.#take(slot));
      if (slot.untold > 0) {
        events.push(() => {
          slot.untold = 0;
          slot.onPackTaken?.();
        });
      }
      if (slot.cancelled) {
        events.push(() => {
          this.#stop(slot);
          this.#dispatch();
        });
      } else if (slot.frame === slot.frames && slot.behind === undefined) events.push(() => this.#end(slot, "done"));
      if (this.#chance(100) < this.#options.failures) events.push(() => this.#end(slot, "failed"));
      if (slot.isCopy && this.#isCopied(slot.assignment) && this.#chance(50) === 0) {
        events.push(() => this.#end(slot, "failed"));
      }
    }
    const idle = this.#slots.find(({ isCopy, assignment }) => isCopy && assignment === undefined);
    if (idle !== undefined && events.length > 0 && this.#chance(4) === 0) events.push(() => this.#copy(idle));
    if (this.#chance(10) === 0 && events.length > 0) {
      events.push(() => {
        this.#capacity = 1 + this.#chance(this.#options.slots);
        this.#dispatch();
      });
    }
    return events;
  }

  #readFrame(): void {
    this.#read++;
    if (this.#read === this.#options.cutAt && this.#read < this.#total) {
      this.#ended = true;
      const lost = this.#segment < 0 ? 0 : this.#segment;
      this.store.giveUp(lost);
      this.store.then(() => this.#cutShort(lost));
      return;
    }
    this.#ended = this.#read === this.#total;
    const decided = this.#ended ? this.#total : Math.max(1, this.#read - lookahead);
    while (this.#decided < decided) this.#decide();
    if (!this.#ended) return;
    if (this.#packStart < this.#total) this.#closePack();
    this.#tell([], true);
  }

  #decide(): void {
    const frame = this.#decided++;
    if (this.#keyframes.has(frame)) {
      if (this.#packStart < frame) this.#closePack(frame);
      this.#segment++;
      this.#tell([frame], false);
    }
    const count = this.#decided - this.#packStart;
    if (count === this.#options.packFrames || this.#decided % this.#ring === 0) this.#closePack();
  }

  #closePack(end = this.#decided): void {
    const pack = { segment: this.#segment, first: this.#packStart, frames: end - this.#packStart };
    this.#packStart = end;
    this.#unreleased.push({ pack, released: false });
    this.store.add(pack);
  }

  #tell(keyframes: number[], complete: boolean): void {
    const decided = this.#decided;
    this.store.then(() => {
      const changed = this.#plan.advance({ decided, keyframes, complete });
      for (const index of changed) {
        const { frames } = this.#plan.segments[index]!;
        if (frames !== null) this.store.close(index, frames);
        if (this.#options.setAside.includes(index)) {
          this.#scheduler.setAside(index, "by chance");
          this.store.settle(index);
        }
      }
      this.#dispatch();
    });
  }

  #cutShort(lost: number): void {
    this.#cut = lost;
    for (const slot of this.#slots) {
      if (slot.assignment !== undefined && slot.assignment.segment.index >= lost) slot.cancelled = true;
    }
    for (const { index } of this.#plan.segments.slice(lost)) this.store.settle(index);
  }

  #finish({ kind, id, from, to }: Job): void {
    if (kind === "pack") {
      const bytes = 1 + this.#chance(to.bytes);
      this.#memory.put({ offset: to.offset, bytes }, id);
      this.store.packed(id, bytes);
    } else if (kind === "write") {
      assert.equal(this.#memory.at(from!), id, "what is written is still there");
      const isWritten = to.offset + to.bytes <= this.#options.diskBytes!;
      if (isWritten) this.#disk.put(to, id);
      this.store.written(id, isWritten);
    } else {
      assert.equal(this.#disk.at(from!), id, "what is read back was written");
      const isRead = this.#chance(100) >= this.#options.readFailures;
      if (isRead) this.#memory.put(to, id);
      this.store.loaded(id, isRead);
    }
  }

  #take(slot: FakeSlot): void {
    const pack = slot.feed.peek();
    assert.ok(pack !== undefined, "what may be read was published");
    if (pack.bytes === 0) return this.#end(slot, "failed");
    const closed = this.#packs.get(this.#memory.at(pack) ?? NaN);
    const { segment } = slot.assignment!;
    assert.deepEqual(
      [closed?.segment, closed?.first, closed?.frames],
      [segment.index, segment.first + slot.frame, pack.frames],
      "the slot reads the very next pack of its segment",
    );
    slot.frame += pack.frames;
    slot.bytes += pack.bytes;
    slot.feed.release();
    slot.untold++;
  }

  #end(slot: FakeSlot, how: "done" | "failed"): void {
    const { segment: { index } } = slot.assignment!;
    // What it has used it says before it says that it is done.
    if (how === "done" && slot.untold > 0) slot.onPackTaken!();
    const { frame } = slot;
    this.#stop(slot);
    const others = this.#slots.filter(({ assignment }) => assignment?.segment.index === index);
    // Cut off, or another slot has finished it, or is at it and may.
    const isOver = index >= (this.#cut ?? Infinity) || this.delivered.has(index);
    if (isOver || (how === "failed" && others.some(({ cancelled }) => !cancelled))) {
      return this.#dispatch();
    }
    if (how === "done") {
      this.delivered.set(index, frame);
      if (slot.isCopy) this.copiesWon++;
      if (this.#chance(2) === 0) { for (const other of others) other.cancelled = true; }
      this.#unkept.push(index);
    } else {
      const canRetry = this.store.canRetry(index);
      if (!canRetry) this.streamed++;
      const again = canRetry && this.#scheduler.fail(index, "by chance");
      if (!canRetry) this.#scheduler.commit(index);
      if (!again) this.store.settle(index);
    }
    this.#dispatch();
  }

  /** The slot is idle again; what waits for that goes on. */
  #stop(slot: FakeSlot): void {
    this.store.detach(slot.assignment!.segment.index, slot);
    slot.assignment = undefined;
    for (const other of this.#slots) {
      if (other.behind !== slot) continue;
      other.behind = undefined;
      other.onPackTaken?.();
    }
  }

  /** The slot that has finished the segment may be at another by now. */
  #keep(index: number): void {
    this.#unkept = this.#unkept.filter((one) => one !== index);
    this.#scheduler.commit(index);
    for (const slot of this.#slots) if (slot.assignment?.segment.index === index) slot.cancelled = true;
    this.store.settle(index);
    this.#dispatch();
  }

  /** Gives a slot a second copy of what another is at. */
  #copy(slot: FakeSlot): void {
    const running = this.#slots.filter(({ assignment, cancelled }) =>
      assignment !== undefined && !cancelled && !this.delivered.has(assignment.segment.index) &&
      this.store.canRetry(assignment.segment.index)
    );
    if (running.length === 0) return;
    this.#begin(slot, running[this.#chance(running.length)]!.assignment!);
  }

  #begin(slot: FakeSlot, assignment: Assignment): void {
    slot.begin(assignment);
    // Behind a segment that ends without another frame being read: what a scheduler has to see to.
    const closed = this.#slots.filter((other) => other !== slot && this.#isClosed(other));
    if (closed.length > 0 && this.#chance(100) < this.#options.waits) {
      slot.behind = closed[this.#chance(closed.length)]!;
      slot.creditBytes = this.#options.waitingPacks * mostPackBytes;
    }
    this.store.attach(assignment.segment.index, slot);
  }

  /** Whether more than one slot is at the segment, to finish it. */
  #isCopied({ segment }: Assignment): boolean {
    return this.#slots.filter(({ assignment, cancelled }) => assignment?.segment.index === segment.index && !cancelled)
      .length > 1;
  }

  #isClosed({ assignment }: FakeSlot): boolean {
    return assignment !== undefined && this.#plan.segments[assignment.segment.index]?.frames !== null;
  }

  /** As the run does: a slot at the open segment is no reason to leave a closed one waiting. */
  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.assignment !== undefined) continue;
      const running = this.#slots.filter((one) => !one.isCopy && this.#isClosed(one));
      if (!slot.isCopy && running.length >= this.#capacity) continue;
      // What comes back from a copy when the others are taken.
      const next = this.#scheduler.peek();
      if (slot.isCopy && (next === undefined || this.#plan.segments[next]!.frames === null)) continue;
      const assignment = this.#cut === undefined ? this.#scheduler.next() : this.#nextBelow(this.#cut);
      if (assignment === undefined) return;
      this.#begin(slot, assignment);
    }
  }

  #nextBelow(lost: number): Assignment | undefined {
    const assignment = this.#scheduler.next();
    if (assignment !== undefined && assignment.segment.index >= lost) return undefined;
    return assignment;
  }

  /** From 0 to below `count` (mulberry32). */
  #chance(count: number): number {
    let t = this.#random = (this.#random + 0x6d2b79f5) | 0;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * count);
  }
}
