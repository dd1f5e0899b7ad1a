// The threads that work for the store: packers, and the one that owns the temporary file. They answer in the order they are
// asked; whatever goes wrong in a thread is told once.

import { packBound } from "../../ffi/packs.ts";
import type { Piece } from "./pack_arena.ts";
import type { PackerInput, PackerReport, PackerSetup } from "./packer_thread.ts";
import type { SpillInput, SpillReport, SpillSetup } from "./spill_thread.ts";
import type { ClosedPack } from "./stored_segment.ts";

export class Packers {
  readonly #setup: PackerSetup;
  readonly #workers: Worker[];
  readonly #idle: Worker[];
  readonly #ringFrames: number;
  readonly #cpuSeconds = new Map<Worker, number>();

  constructor(
    setup: PackerSetup & { readonly packers: number; readonly ringFrames: number },
    onPacked: (id: number, bytes: number) => void,
    onFailure: (reason: string) => void,
  ) {
    const { library, ring, arena, frameBytes, shape, packers, ringFrames } = setup;
    this.#setup = { library, ring, arena, frameBytes, shape };
    this.#ringFrames = ringFrames;
    this.#workers = Array.from({ length: packers }, (_, number) => {
      const worker = new Worker(new URL("./packer_thread.ts", import.meta.url), {
        type: "module",
        name: `packer ${number}`,
      });
      worker.onmessage = ({ data }: MessageEvent<PackerReport>) => {
        if (data.kind === "failed") return onFailure(data.reason);
        this.#cpuSeconds.set(worker, data.cpuSeconds);
        this.#idle.push(worker);
        onPacked(data.id, data.bytes);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        onFailure(`its thread ended: ${event.message}`);
      };
      worker.postMessage({ kind: "setup", setup: this.#setup } satisfies PackerInput);
      return worker;
    });
    this.#idle = [...this.#workers];
  }

  /** Of all its threads so far. */
  get cpuSeconds(): number {
    return [...this.#cpuSeconds.values()].reduce((sum, seconds) => sum + seconds, 0);
  }

  /** Only while one is idle. */
  pack(id: number, { first, frames }: ClosedPack, room: Piece): void {
    const { frameBytes } = this.#setup;
    const ringOffset = (first % this.#ringFrames) * frameBytes;
    const job = { id, ringOffset, frames, arenaOffset: room.offset, room: packBound(frameBytes, frames) };
    this.#idle.pop()!.postMessage({ kind: "job", job } satisfies PackerInput);
  }

  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

export interface SpillEvents {
  /** The file is there. */
  opened(): void;
  /** `reason` where it failed. */
  written(id: number, reason: string | null): void;
  loaded(id: number, reason: string | null): void;
  /** There is no file. */
  refused(reason: string): void;
}

export class SpillFile {
  readonly #worker: Worker;

  constructor(setup: SpillSetup, events: SpillEvents) {
    this.#worker = new Worker(new URL("./spill_thread.ts", import.meta.url), { type: "module", name: "spill" });
    this.#worker.onmessage = ({ data }: MessageEvent<SpillReport>) => {
      switch (data.kind) {
        case "opened":
          return events.opened();
        case "refused":
          return events.refused(data.reason);
        case "written":
          return events.written(data.id, data.reason);
        case "loaded":
          return events.loaded(data.id, data.reason);
      }
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      events.refused(`its thread ended: ${event.message}`);
    };
    this.#post({ kind: "setup", setup });
  }

  write(id: number, from: Piece, to: Piece): void {
    this.#post({ kind: "write", id, from, to });
  }

  read(id: number, from: Piece, to: Piece): void {
    this.#post({ kind: "read", id, from, to });
  }

  close(): void {
    this.#worker.terminate();
  }

  #post(message: SpillInput): void {
    this.#worker.postMessage(message);
  }
}
