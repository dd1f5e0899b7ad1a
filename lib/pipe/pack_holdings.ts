// What packs hold of memory and of the temporary file: taken when a pack is to be made, written or loaded, given back when
// nobody needs it there. Packs in the main part of memory hold no more frames than they may; what nobody has any more, the
// system gets back. Whose turn it is, and whose packs go, the store decides.

import type { Piece } from "./pack_arena.ts";
import { PackMemory, type PackRoom } from "./pack_memory.ts";
import { SpillSpace } from "./spill_space.ts";
import type { PackStoreOptions, StoreDevices } from "./store_devices.ts";
import type { ClosedPack, StoredPack } from "./stored_segment.ts";

type HoldingsOptions = Pick<
  PackStoreOptions,
  "budgetBytes" | "mostFrames" | "bound" | "packFrames" | "spill" | "devices"
>;

export class PackHoldings {
  readonly #options: HoldingsOptions;
  readonly #devices: StoreDevices;
  readonly #memory: PackMemory;
  readonly #disk: SpillSpace;
  /** Frames in the main part of memory. */
  #frames = 0;

  constructor(options: HoldingsOptions) {
    const { budgetBytes, bound, packFrames, spill, devices } = options;
    this.#options = options;
    this.#devices = devices;
    this.#memory = new PackMemory(budgetBytes, spill ? bound(packFrames) : 0, (piece) => devices.vacate(piece));
    this.#disk = new SpillSpace(spill);
  }

  get memoryBytes(): number {
    return this.#memory.used;
  }

  get diskBytes(): number {
    return this.#disk.used;
  }

  /** Room for a pack that is to be made, as large as it could become; undefined where there is none now. */
  take({ frames }: ClosedPack): PackRoom | undefined {
    if (this.#frames > 0 && this.#frames + frames > this.#options.mostFrames) return undefined;
    const room = this.#memory.allocate(this.#options.bound(frames));
    if (room !== undefined) this.#frames += frames;
    return room;
  }

  /**
   * The pack was made, of so many bytes, where there was room for the most that it could become: what it became may fit
   * between others, further down. Without that there would be room for the next one less and less often.
   */
  made(pack: StoredPack, bytes: number): void {
    const room = this.#memory.trim(pack.memory!, bytes), lower = this.#memory.allocateBelow(room);
    pack.memory = lower ?? room;
    if (lower === undefined) return;
    this.#devices.move(room.piece, lower.piece);
    this.#memory.free(room);
  }

  /** Room for a pack that comes back from the file; `isNeededNow`: a slot waits for it. */
  takeToLoad(pack: StoredPack, isNeededNow: boolean): PackRoom | undefined {
    const room = this.#memory.allocateToLoad(pack.disk!.bytes, isNeededNow);
    if (room?.area === "main") this.#frames += pack.closed.frames;
    pack.memory = room;
    return room;
  }

  /** Room in the file for a pack in memory. */
  takeDisk(pack: StoredPack): Piece | undefined {
    return pack.disk = this.#disk.allocate(pack.memory!.piece.bytes);
  }

  /** The pack is in the file, or could not be written there. */
  written(pack: StoredPack, isWritten: boolean): void {
    if (isWritten) return this.#disk.wasWritten(pack.disk!);
    this.#disk.wasRefused(pack.disk!);
    pack.disk = undefined;
  }

  freeMemory(pack: StoredPack): void {
    if (pack.memory === undefined) return;
    if (pack.memory.area === "main") this.#frames -= pack.closed.frames;
    this.#memory.free(pack.memory);
    pack.memory = undefined;
  }

  freeDisk(pack: StoredPack): void {
    if (pack.disk !== undefined) this.#disk.free(pack.disk);
    pack.disk = undefined;
  }
}
