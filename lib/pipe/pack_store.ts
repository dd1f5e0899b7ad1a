// Where the packs of a pipe are between the reader and the slots, and what goes when there is no more room. It starts nothing
// itself: it is told what happened and calls its devices. Kept at any time:
//
// - Packs take no more bytes than the budget, those being made counted with all they could become; and those in memory hold
//   no more frames than they may.
// - A pack stays until its segment is settled, in memory or in the file, so that other slots can try the segment again, or at
//   the same time. The one exception: when nothing else can make room and only the segment that the next pack belongs to holds
//   memory, what all its slots have used of it is dropped ("streamed").
// - What a slot was told of stays where it is until the slot has taken it or is detached, whatever becomes of the segment.
// - What the run hears of (`then`) comes in the reader's order, behind the packs before it. So whatever segment the run knows
//   the end of is stored whole, can be finished without another byte being read, and is; its room is free then. What holds
//   the rest up is at most the open segment, and that is streamed. Packs come back from the file to a part of the memory that
//   nothing else may take, and are used and dropped there; slots that would leave them lying (FedSlot.isSated) get none. That
//   is why no budget from `smallestStoreBytes` on ends in a deadlock (tests/unit/pipe/pack_store_simulation_test.ts tries).

import type { FedSlot } from "../encode/video_source.ts";
import type { PackCursor } from "./pack_cursor.ts";
import { PackHoldings } from "./pack_holdings.ts";
import { packsToSpill } from "./spill_order.ts";
import { type PackStoreOptions, smallestStoreBytes, type StoreDevices } from "./store_devices.ts";
import { type ClosedPack, type StoredPack, StoredSegment } from "./stored_segment.ts";

/** Packs that are written to the file at once. */
const writesAtOnce = 2;
/** Packs that a slot has before it, where others can go to the file and come back. */
const packsAhead = 2;

export class PackStore {
  readonly #options: PackStoreOptions;
  readonly #devices: StoreDevices;
  readonly #holdings: PackHoldings;
  readonly #segments = new Map<number, StoredSegment>();
  readonly #cursors = new Map<FedSlot, PackCursor>();
  readonly #packs = new Map<number, StoredPack>();
  /** Packs that wait for room, and what waits for them. */
  readonly #queue: (ClosedPack | (() => void))[] = [];
  readonly #settled = new Set<number>();
  #givenUpFrom = Infinity;
  #nextId = 0;
  #packing = 0;
  #writing = 0;
  #pumping = false;
  #pumpAgain = false;

  constructor(options: PackStoreOptions) {
    if (options.budgetBytes < smallestStoreBytes(options)) {
      throw new RangeError(
        `Cannot keep packs in ${options.budgetBytes} bytes: ${smallestStoreBytes(options)} are needed`,
      );
    }
    this.#options = options;
    this.#devices = options.devices;
    this.#holdings = new PackHoldings(options);
  }

  /** Bytes of memory in use. */
  get usedBytes(): number {
    return this.#holdings.memoryBytes;
  }

  /** Bytes of packs in the file. */
  get spilledBytes(): number {
    return this.#holdings.diskBytes;
  }

  /** A pack that the reader has closed. */
  add(pack: ClosedPack): void {
    this.#queue.push(pack);
    this.#pump();
  }

  /** Calls `what` once all packs added before have room. */
  then(what: () => void): void {
    this.#queue.push(what);
    this.#pump();
  }

  /** A segment has ended: its packs were all added. */
  close(segment: number, frames: number): void {
    // One without packs was settled, or finished by an earlier run.
    const stored = this.#segments.get(segment);
    if (stored === undefined) return;
    stored.frames = frames;
    stored.publish();
  }

  /** Segments from this on will not be finished: no more of them is stored. */
  giveUp(from: number): void {
    this.#givenUpFrom = from;
    this.#pump();
  }

  /** Begins to tell the slot, which is at no other segment, of this one's packs, from the first on. */
  attach(segment: number, slot: FedSlot): void {
    const before = this.#cursors.get(slot);
    if (before !== undefined) {
      throw new TypeError(`Cannot attach a slot to segment ${segment}: it is at segment ${before.segment.index}`);
    }
    if (this.#settled.has(segment)) throw new TypeError(`Cannot attach a slot to segment ${segment}: it was settled`);
    const ahead = this.#options.spill ? packsAhead : Infinity;
    const cursor = this.#segment(segment).attach(slot, ahead, (cursor) => this.#onTaken(cursor));
    this.#cursors.set(slot, cursor);
    cursor.publish();
    this.#pump();
  }

  /** The slot has stopped reading; one that is not attached to the segment has nothing to stop. */
  detach(segment: number, slot: FedSlot): void {
    const cursor = this.#cursors.get(slot);
    if (cursor === undefined || cursor.segment.index !== segment) return;
    this.#cursors.delete(slot);
    const stored = cursor.segment;
    stored.detach(cursor);
    if (stored.settled) this.#sweep(stored);
    for (const pack of stored.packs) {
      if (pack.memory?.area === "loading" && pack.busy === undefined && !stored.isInUse(pack)) {
        this.#holdings.freeMemory(pack);
      }
    }
    this.#pump();
  }

  /** Its frames are not needed again, those that come later included. */
  settle(segment: number): void {
    this.#settled.add(segment);
    const stored = this.#segments.get(segment);
    if (stored !== undefined) {
      stored.settled = true;
      this.#sweep(stored);
    }
    this.#pump();
  }

  canRetry(segment: number): boolean {
    return !this.#settled.has(segment) && this.#segments.get(segment)?.streamed !== true;
  }

  /** A packer has finished a pack, of so many bytes. */
  packed(id: number, bytes: number): void {
    const pack = this.#packs.get(id)!;
    pack.busy = undefined;
    this.#packing--;
    this.#devices.release(pack.closed);
    if (pack.unwanted) this.#drop(pack);
    else {
      this.#holdings.made(pack, bytes);
      this.#segment(pack.closed.segment).publish();
    }
    this.#pump();
  }

  /** A pack is in the file, or could not be written there. */
  written(id: number, isWritten: boolean): void {
    const pack = this.#packs.get(id)!;
    pack.busy = undefined;
    this.#writing--;
    this.#holdings.written(pack, isWritten);
    if (pack.unwanted) this.#drop(pack);
    else if (isWritten && !this.#isInUse(pack)) this.#holdings.freeMemory(pack);
    this.#pump();
  }

  /** A pack is back in memory, or could not be read. */
  loaded(id: number, isRead: boolean): void {
    const pack = this.#packs.get(id)!;
    pack.busy = undefined;
    if (pack.unwanted) this.#drop(pack);
    else {
      const stored = this.#segment(pack.closed.segment);
      if (isRead) stored.publish();
      else stored.fail(pack);
      // The slot it was loaded for may have stopped meanwhile.
      if (!isRead || (pack.memory!.area === "loading" && !stored.isInUse(pack))) this.#holdings.freeMemory(pack);
    }
    this.#pump();
  }

  #onTaken(cursor: PackCursor): void {
    const { segment } = cursor;
    for (const pack of cursor.take()) {
      if (segment.isInUse(pack)) continue;
      // What can be had from the file again need not wait for another try in memory.
      if (pack.disk !== undefined && pack.busy === undefined) this.#holdings.freeMemory(pack);
    }
    if (segment.settled) this.#sweep(segment);
    cursor.publish();
    this.#pump();
  }

  /** Gives up what nobody reads of a segment that is settled, and the segment with the last of its slots. */
  #sweep(stored: StoredSegment): void {
    for (const pack of stored.packs) if (!stored.isInUse(pack)) this.#drop(pack);
    if (!stored.isAttached) this.#segments.delete(stored.index);
  }

  /** Does all that can be done now. What it calls may lead back here: then it goes round once more. */
  #pump(): void {
    this.#pumpAgain = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#pumpAgain) {
        this.#pumpAgain = false;
        for (const cursor of this.#cursors.values()) this.#load(cursor);
        while (this.#admit());
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Brings back the packs that a slot needs next. */
  #load(cursor: PackCursor): void {
    if (!cursor.wantsPacks) return;
    for (let number = cursor.published; number < cursor.taken + packsAhead; number++) {
      const pack = cursor.segment.packs[number];
      if (pack === undefined) return;
      if (pack.disk === undefined || pack.memory !== undefined || pack.busy !== undefined) continue;
      const isNeededNow = cursor.isStarving && number === cursor.published;
      const memory = this.#holdings.takeToLoad(pack, isNeededNow);
      if (memory === undefined) return;
      pack.busy = "loading";
      this.#devices.read(pack.id, pack.disk, memory.piece);
    }
  }

  /** Serves the head of the queue. False where nothing can be done for it now. */
  #admit(): boolean {
    const head = this.#queue[0];
    if (head === undefined) return false;
    if (typeof head === "function") {
      this.#queue.shift();
      head();
      return true;
    }
    if (head.segment >= this.#givenUpFrom || this.#settled.has(head.segment)) {
      this.#queue.shift();
      this.#devices.release(head);
      return true;
    }
    if (this.#packing >= this.#options.packers) return false;
    const memory = this.#holdings.take(head);
    if (memory === undefined) return this.#makeRoom(head.segment);
    this.#queue.shift();
    this.#packing++;
    const { packs } = this.#segment(head.segment);
    const pack: StoredPack = {
      id: this.#nextId++,
      closed: head,
      number: packs.length,
      memory,
      disk: undefined,
      busy: "packing",
      unwanted: false,
    };
    packs.push(pack);
    this.#packs.set(pack.id, pack);
    this.#devices.pack(pack.id, head, memory.piece);
    return true;
  }

  /** Room for a pack of `segment`. True where some was made at once; false where it comes later, or not. */
  #makeRoom(segment: number): boolean {
    const victims = this.#options.spill && this.#writing < writesAtOnce ? packsToSpill(this.#segments.values()) : [];
    const copied = victims.find(({ disk }) => disk !== undefined);
    if (copied !== undefined) {
      this.#holdings.freeMemory(copied);
      return true;
    }
    for (const victim of victims) {
      if (this.#writing >= writesAtOnce) return false;
      const disk = this.#holdings.takeDisk(victim);
      if (disk === undefined) break;
      victim.busy = "writing";
      this.#writing++;
      this.#devices.write(victim.id, victim.memory!.piece, disk);
    }
    return this.#writing === 0 && this.#packing === 0 && this.#stream(segment);
  }

  /** Drops a pack that all slots of the segment have used, where that segment alone holds memory. */
  #stream(segment: number): boolean {
    const stored = this.#segments.get(segment);
    if (stored === undefined) return false;
    for (const other of this.#segments.values()) {
      if (other !== stored && other.packs.some(({ memory }) => memory?.area === "main")) return false;
    }
    const used = stored.packs.slice(0, stored.taken);
    const pack = used.find(({ memory }) => memory !== undefined);
    // One that is being loaded was for a slot that is gone: it is seen again when that is done.
    if (pack === undefined || pack.busy !== undefined) return false;
    stored.streamed = true;
    for (const gone of used.slice(0, pack.number + 1)) {
      this.#holdings.freeMemory(gone);
      this.#holdings.freeDisk(gone);
    }
    return true;
  }

  #isInUse(pack: StoredPack): boolean {
    return this.#segments.get(pack.closed.segment)?.isInUse(pack) ?? false;
  }

  /** Gives up a pack, as soon as no thread is at it. */
  #drop(pack: StoredPack): void {
    if (pack.busy !== undefined) pack.unwanted = true;
    else {
      this.#holdings.freeMemory(pack);
      this.#holdings.freeDisk(pack);
      this.#packs.delete(pack.id);
    }
  }

  #segment(index: number): StoredSegment {
    let stored = this.#segments.get(index);
    if (stored === undefined) {
      stored = new StoredSegment(index);
      this.#segments.set(index, stored);
    }
    return stored;
  }
}
