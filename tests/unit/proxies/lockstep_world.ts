// Several sizes of one source without a thread or a clock: a child that writes frame after frame, each in every size, and waits
// where a pipe is full; a reader, packers and a store a size; slots that all sizes share, the earliest size first. At each step
// one of the things that could happen next happens, chosen by chance. Where nothing can before all is done, it is a deadlock.

import assert from "node:assert/strict";
import { Plan } from "../../../lib/encode/plan.ts";
import { type Assignment, here, Scheduler } from "../../../lib/encode/scheduler.ts";
import type { FedSlot } from "../../../lib/encode/video_source.ts";
import { FrameRing } from "../../../lib/pipe/frame_ring.ts";
import { PackCutter } from "../../../lib/pipe/pack_cutter.ts";
import { PackFeed } from "../../../lib/pipe/pack_feed.ts";
import { wholeSegmentBytes } from "../../../lib/pipe/pipe_memory.ts";
import { PackStore } from "../../../lib/pipe/pack_store.ts";
import { smallestStoreBytes } from "../../../lib/pipe/store_devices.ts";
import type { ClosedPack } from "../../../lib/pipe/stored_segment.ts";

export interface LockstepOptions {
  readonly frames: number;
  readonly keyint: number;
  /** Of each size, largest first. */
  readonly packFrames: readonly number[];
  readonly slots: number;
  /** Frames of a size that fit into its pipe; the next one holds the child up. */
  readonly pipeFrames: number;
  /** Segments are begun only when they are whole, and there is room for that. */
  readonly whole: boolean;
  /** The first size finds keyframes, at any distance up to keyint, and the others follow; else each has its own at every keyint. */
  readonly led: boolean;
  /** Bytes above the least that works. */
  readonly spareBytes: number;
  readonly seed: number;
}

const frameBytes = 100;
/** Frames after which a frame is decided. */
const lookahead = 6;
const bound = (frames: number) => 20 + frames * frameBytes;

class Slot implements FedSlot {
  readonly wantsPacks = true;
  readonly feed = new PackFeed();
  onPackTaken: (() => void) | undefined;
  known = 0;
  frames: number | null = null;
  frame = 0;
  at: { readonly size: Size; readonly assignment: Assignment } | undefined;

  get waits(): boolean {
    return this.frame === this.known && this.frame !== this.frames;
  }

  grow(known: number, frames: number | null): void {
    this.known = known;
    this.frames = frames;
  }
}

class Size {
  readonly plan = new Plan();
  readonly scheduler: Scheduler;
  readonly store: PackStore;
  readonly ring: FrameRing;
  readonly cutter: PackCutter;
  /** Frames in the pipe. */
  piped = 0;
  readonly packing: { readonly id: number; readonly bytes: number }[] = [];
  delivered = 0;
  #written = 0;
  #hasEnded = false;

  /** `leader`: whose keyframes are this one's. */
  constructor(
    readonly options: LockstepOptions,
    packFrames: number,
    readonly dispatch: () => void,
    readonly leader: Size | undefined,
    readonly isKeyframe: (frame: number) => boolean,
  ) {
    const { whole, keyint, spareBytes } = options;
    this.scheduler = new Scheduler(this.plan, [], true, whole);
    const least = smallestStoreBytes({ bound, packFrames });
    const room = whole ? Math.max(least, wholeSegmentBytes(Math.ceil(keyint / packFrames), bound(packFrames))) : least;
    const ringFrames = lookahead + 2 + 2 * packFrames;
    this.ring = new FrameRing(ringFrames);
    this.store = new PackStore({
      budgetBytes: room + spareBytes,
      mostFrames: Infinity,
      bound,
      packFrames,
      packers: 1,
      spill: false,
      devices: {
        pack: (id, { frames }) => this.packing.push({ id, bytes: bound(frames) }),
        move: () => {},
        vacate: () => {},
        release: (pack) => this.ring.release(pack.first),
        write: () => assert.fail("there is no file"),
        read: () => assert.fail("there is no file"),
      },
    });
    this.cutter = new PackCutter({
      packFrames,
      ringFrames,
      done: [],
      onPack: (pack) => this.#add(pack),
      onDetected: (detected) =>
        this.store.then(() => {
          for (const index of this.plan.advance(detected)) {
            const { frames } = this.plan.segments[index]!;
            if (frames !== null) this.store.close(index, frames);
          }
          this.dispatch();
        }),
    });
  }

  get isDone(): boolean {
    return this.scheduler.finished;
  }

  /** The child's next frame is in the pipe. */
  write(): void {
    this.#written++;
    this.piped++;
  }

  get canRead(): boolean {
    return this.piped > 0 && this.ring.hasRoom(this.cutter.start);
  }

  read(): void {
    this.piped--;
    this.ring.advance();
    if (this.leader === undefined) {
      this.#decide(this.ring.read === this.options.frames ? Infinity : this.ring.read - lookahead);
    }
  }

  /** It does not know all that its leader does. */
  get isBehind(): boolean {
    return this.leader !== undefined && !this.#hasEnded &&
      this.#followed > this.cutter.decided + (this.#isEnd ? -1 : 0);
  }

  follow(): void {
    this.#decide(this.#isEnd ? Infinity : this.#followed);
  }

  get #followed(): number {
    return Math.min(this.ring.read, this.leader!.cutter.decided);
  }

  get #isEnd(): boolean {
    return this.#followed === this.options.frames && this.leader!.#hasEnded;
  }

  #decide(until: number): void {
    const { cutter, options: { frames } } = this;
    while (cutter.decided < Math.min(until, frames)) cutter.decide(this.isKeyframe(cutter.decided));
    if (until <= frames) return;
    this.#hasEnded = true;
    cutter.finish();
  }

  #add(pack: ClosedPack): void {
    this.ring.lend(pack);
    this.store.add(pack);
  }
}

export class LockstepWorld {
  readonly #options: LockstepOptions;
  readonly #sizes: Size[];
  readonly #slots: Slot[];
  /** The frame that the child writes, and the size that it is at. */
  #frame = 0;
  #at = 0;
  #random: number;
  /** Slots beyond those there are that had to be used. */
  extra = 0;
  isDispatching = false;

  constructor(options: LockstepOptions) {
    this.#options = options;
    this.#random = options.seed;
    const isKeyframe = this.#keyframes();
    this.#sizes = [];
    for (const packFrames of options.packFrames) {
      const leader = options.led ? this.#sizes[0] : undefined;
      this.#sizes.push(new Size(options, packFrames, () => this.#dispatch(), leader, isKeyframe));
    }
    // One for each size may be begun beyond them.
    this.#slots = Array.from({ length: options.slots + options.packFrames.length }, () => new Slot());
  }

  /** Runs to the end; gives the frames that were encoded of each size. */
  run(): number[] {
    for (let step = 0; this.#sizes.some((size) => !size.isDone); step++) {
      assert.ok(step < 300_000, "it goes on without end");
      const events = this.#possible();
      if (events.length === 0) assert.fail(`deadlock at frame ${this.#frame}: ${JSON.stringify(this.#options)}`);
      events[this.#chance(events.length)]!();
    }
    return this.#sizes.map(({ delivered }) => delivered);
  }

  #keyframes(): (frame: number) => boolean {
    const { keyint, led, frames } = this.#options;
    if (!led) return (frame) => frame % keyint === 0;
    const keyframes = new Set<number>();
    for (let frame = 0; frame < frames; frame += 1 + this.#chance(keyint)) keyframes.add(frame);
    return (frame) => keyframes.has(frame);
  }

  #possible(): (() => void)[] {
    const events: (() => void)[] = [], { frames, pipeFrames } = this.#options;
    const size = this.#sizes[this.#at]!;
    if (this.#frame < frames && size.piped <= pipeFrames) events.push(() => this.#write(size));
    for (const size of this.#sizes) {
      if (size.canRead) events.push(() => size.read());
      if (size.isBehind) events.push(() => size.follow());
      const job = size.packing[0];
      if (job !== undefined) {
        events.push(() => {
          size.packing.shift();
          // Noise is as large as can be.
          size.store.packed(job.id, this.#chance(2) === 0 ? job.bytes : 1 + this.#chance(job.bytes));
        });
      }
    }
    for (const slot of this.#slots) {
      if (slot.at === undefined) continue;
      if (slot.frame < slot.known) events.push(() => this.#take(slot));
      else if (slot.frame === slot.frames) events.push(() => this.#end(slot));
    }
    return events;
  }

  /** The child writes a frame in all sizes before the next one in any. */
  #write(size: Size): void {
    size.write();
    this.#at = (this.#at + 1) % this.#sizes.length;
    if (this.#at === 0) this.#frame++;
  }

  #take(slot: Slot): void {
    const pack = slot.feed.peek()!;
    slot.frame += pack.frames;
    slot.feed.release();
    slot.onPackTaken?.();
    // It may be what others have waited for, or now wait itself.
    this.#dispatch();
  }

  #end(slot: Slot): void {
    const { size, assignment: { segment: { index } } } = slot.at!;
    size.delivered += slot.frame;
    size.store.detach(index, slot);
    slot.at = undefined;
    size.scheduler.arrive(index);
    size.scheduler.commit(index);
    size.store.settle(index);
    this.#dispatch();
  }

  /** The rules of SharedSlots and of the dispatcher: in the order of the sizes, and beyond the slots where all of them wait. */
  #dispatch(): void {
    if (this.isDispatching) return;
    this.isDispatching = true;
    for (let begun = true; begun;) {
      begun = this.#sizes.some((size) => this.#begin(size));
    }
    this.isDispatching = false;
  }

  #begin(size: Size): boolean {
    const index = size.scheduler.peek();
    if (index === undefined) return false;
    const atWork = this.#slots.filter(({ at }) => at !== undefined);
    const own = atWork.filter(({ at }) => at!.size === size);
    const isWhole = size.plan.segments[index]!.frames !== null;
    const mustBegin = !this.#options.whole && (isWhole || own.length === 0) && atWork.every(({ waits }) => waits);
    if (atWork.length >= this.#options.slots && !mustBegin) return false;
    const slot = this.#slots.find(({ at }) => at === undefined);
    assert.ok(slot !== undefined, "no more than one slot for each size beyond those there are");
    if (atWork.length >= this.#options.slots) this.extra++;
    slot.at = { size, assignment: size.scheduler.begin(index, here) };
    slot.known = slot.frame = 0;
    slot.frames = null;
    size.store.attach(index, slot);
    return true;
  }

  #chance(choices: number): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) | 0;
    return Math.floor(((this.#random >>> 0) / 2 ** 32) * choices);
  }
}
