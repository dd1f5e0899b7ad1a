// The thread that knows what was sent: takes the packs of each try apart as they go out, and hashes their frames one after the
// other, as the worker's encoder does.

import { FrameDigest } from "../../../ffi/digest.ts";
import { type Library, openLibrary } from "../../../ffi/library.ts";
import { Unpacker } from "../../../ffi/packs.ts";
import { threadCpuSeconds } from "../../machine/cpu_time.ts";

export interface InputDigestSetup {
  /** Path of the encoder library. */
  readonly library: string;
  readonly frameBytes: number;
}

/** `id`: of the try. A try's packs come in order; `finish` or `drop` is its last. */
export type InputDigestInput =
  | { kind: "setup"; setup: InputDigestSetup }
  | { kind: "pack"; id: number; pack: Uint8Array<ArrayBuffer> }
  | { kind: "finish"; id: number }
  | { kind: "drop"; id: number };

/** `cpuSeconds` are those of the thread in all. */
export type InputDigestReport =
  | { kind: "taken"; bytes: number; cpuSeconds: number }
  /** null where a pack of the try could not be taken apart. */
  | { kind: "digest"; id: number; digest: Uint8Array<ArrayBuffer> | null };

interface InputDigestScope {
  onmessage: ((event: MessageEvent<InputDigestInput>) => void) | null;
  postMessage(report: InputDigestReport): void;
}

const scope = self as unknown as InputDigestScope;
let library: Library;
let unpacker: Unpacker;
let frame: Uint8Array<ArrayBuffer>;
/** Of the tries that are going on; null where one has gone wrong. */
const digests = new Map<number, FrameDigest | null>();

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "setup":
      library = openLibrary(data.setup.library);
      unpacker = new Unpacker(library);
      frame = new Uint8Array(data.setup.frameBytes);
      return;
    case "pack":
      take(data.id, data.pack);
      return scope.postMessage({ kind: "taken", bytes: data.pack.length, cpuSeconds: threadCpuSeconds() });
    case "finish":
      scope.postMessage({ kind: "digest", id: data.id, digest: digests.get(data.id)?.finish() ?? null });
      return drop(data.id);
    case "drop":
      return drop(data.id);
  }
};

function take(id: number, pack: Uint8Array): void {
  if (!digests.has(id)) digests.set(id, new FrameDigest(library));
  const digest = digests.get(id);
  if (digest === null || digest === undefined) return;
  try {
    for (let left = unpacker.open(pack, frame.length); left > 0; left--) {
      unpacker.next(frame);
      digest.update(frame);
    }
  } catch {
    drop(id);
    digests.set(id, null);
  }
}

function drop(id: number): void {
  digests.get(id)?.close();
  digests.delete(id);
}
