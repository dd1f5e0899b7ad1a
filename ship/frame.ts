// A file as one zstd frame with a checksum. Deno's own 95 MB take a minute at the level that keeps the executable small, so
// frames are kept by their contents' hash. As a program (`deno run ship/frame.ts FILE FRAME`) it makes one, beside
// whatever else is being built: the call does not come back before it is done.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { fromFileUrl, type Run } from "./command.ts";

/** With a window of 128 MB, which the launcher allows (unpack.rs): 32.1 MB for Deno 2.9.6. */
const level = 19, windowLog = 27;
/** Below this a frame is made on the spot. */
const smallBytes = 1 << 20;

export interface Packed {
  readonly frame: Uint8Array;
  /** Of the contents, in hexadecimal. */
  readonly sha256: string;
  readonly size: number;
}

/** Packs a file, or takes what `frames` has of it. */
export async function packed(path: string, frames: string, run: Run): Promise<Packed> {
  const bytes = Deno.readFileSync(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (bytes.length < smallBytes) return { frame: compress(bytes), sha256, size: bytes.length };
  const stored = join(frames, `${sha256}-${level}.zst`);
  if (!exists(stored)) {
    Deno.mkdirSync(frames, { recursive: true });
    await run(Deno.execPath(), ["run", "-A", fromFileUrl(new URL(import.meta.url)), path, stored]);
  }
  return { frame: Deno.readFileSync(stored), sha256, size: bytes.length };
}

function compress(bytes: Uint8Array): Uint8Array {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_windowLog]: windowLog,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
  return zstdCompressSync(bytes, { params });
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const [path, target] = Deno.args as [string, string];
  Deno.writeFileSync(`${target}.part`, compress(Deno.readFileSync(path)));
  Deno.renameSync(`${target}.part`, target);
}
