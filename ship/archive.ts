// The self-extracting executable: the launcher, a zstd frame for each file, the manifest, a trailer. What the parts mean
// and how they are read is in launcher/src/payload.rs. The manifest names every file's hash, so equal builds have equal
// names in the cache.

import { basename } from "node:path";
import { packed } from "./frame.ts";
import type { Run } from "./command.ts";

const magic = "RBGSHIP1";
const programName = "rav1e-by-gop";

export interface Contents {
  /** The launcher's file. */
  readonly launcher: string;
  /** Path of the runtime. It is unpacked under the program's name, which is what process lists show. */
  readonly runtime: string;
  /** Paths of the rest; their names must differ. */
  readonly others: readonly string[];
  /** Words between the program and the user's; {folder} is where the files are. */
  readonly arguments: readonly string[];
  /** Seconds since 1970. */
  readonly built: number;
  /** Folder of frames made before. */
  readonly frames: string;
}

/** Writes the executable and returns its size in bytes. */
export async function writeArchive(output: string, contents: Contents, run: Run): Promise<number> {
  const lines = [`built ${contents.built}`, ...contents.arguments.map((word) => `argument ${word}`)];
  const frames: Uint8Array[] = [];
  const files = contents.others.map((path) => ({ path, name: basename(path), mode: "400" }));
  files.unshift({ path: contents.runtime, name: programName, mode: "500" });
  for (const { path, name, mode } of files) {
    const { frame, sha256, size } = await packed(path, contents.frames, run);
    lines.push(`file ${mode} ${size} ${sha256} ${frame.length} ${name}`);
    frames.push(frame);
  }
  const manifest = new TextEncoder().encode(lines.join("\n") + "\n");
  const framesLength = frames.reduce((sum, { length }) => sum + length, 0);
  const part = `${output}.part`;
  {
    using file = Deno.openSync(part, { write: true, create: true, truncate: true, mode: 0o755 });
    for (const bytes of [Deno.readFileSync(contents.launcher), ...frames, manifest, trailer()]) writeAll(file, bytes);
  }
  Deno.chmodSync(part, 0o755);
  // A program that runs cannot be written, only replaced.
  Deno.renameSync(part, output);
  return Deno.statSync(output).size;

  function trailer(): Uint8Array {
    const bytes = new Uint8Array(24);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(framesLength), true);
    view.setBigUint64(8, BigInt(manifest.length), true);
    bytes.set(new TextEncoder().encode(magic), 16);
    return bytes;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
