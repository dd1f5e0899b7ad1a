// A packer's thread: compresses packs out of the reader's ring into the arena, one at a time, as it is told.

import { threadCpuSeconds } from "../machine/cpu_time.ts";
import { openLibrary } from "../../ffi/library.ts";
import { type FrameShape, Packer } from "../../ffi/packs.ts";

export interface PackerSetup {
  /** Path of the encoder library. */
  readonly library: string;
  readonly ring: SharedArrayBuffer;
  readonly arena: SharedArrayBuffer;
  readonly frameBytes: number;
  readonly shape: FrameShape;
}

/** Offsets in bytes. */
export interface PackerJob {
  readonly id: number;
  readonly ringOffset: number;
  readonly frames: number;
  readonly arenaOffset: number;
  /** Bytes it may take. */
  readonly room: number;
}

export type PackerInput = { kind: "setup"; setup: PackerSetup } | { kind: "job"; job: PackerJob };
export type PackerReport = /** `cpuSeconds` are those of the thread in all. */
  { kind: "packed"; id: number; bytes: number; cpuSeconds: number } | { kind: "failed"; reason: string };

interface PackerScope {
  onmessage: ((event: MessageEvent<PackerInput>) => void) | null;
  postMessage(report: PackerReport): void;
}

const scope = self as unknown as PackerScope;
let setup: PackerSetup;
let packer: Packer | undefined;

scope.onmessage = ({ data }) => {
  try {
    if (data.kind === "setup") {
      setup = data.setup;
      packer = new Packer(openLibrary(setup.library));
    } else {
      const bytes = pack(data.job);
      scope.postMessage({ kind: "packed", id: data.job.id, bytes, cpuSeconds: threadCpuSeconds() });
    }
  } catch (error) {
    scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
};

function pack({ ringOffset, frames, arenaOffset, room }: PackerJob): number {
  const { frameBytes } = setup;
  return packer!.pack(
    new Uint8Array(setup.ring, ringOffset, frames * frameBytes),
    frameBytes,
    new Uint8Array(setup.arena, arenaOffset, room),
    setup.shape,
  );
}
