// Covers of a source as files, which ffmpeg can attach to what it makes only as such: in a folder of their own among the
// system's temporary ones, gone with this object.

import { join } from "node:path";
import { runTool } from "../inputs/run_tool.ts";
import { isThere, removeTemporary } from "../machine/files.ts";
import { printable } from "../media/printable.ts";
import type { CarriedStream } from "./carried.ts";

export class CoverFiles implements Disposable {
  readonly #folder: string | undefined;
  /** In the order of the streams; undefined for one that cannot be had. */
  readonly paths: readonly (string | undefined)[];
  /** Why not, a clause for each of those. */
  readonly faults: readonly string[];

  private constructor(folder: string | undefined, tries: readonly Tried[]) {
    this.#folder = folder;
    this.paths = tries.map(({ path }) => path);
    this.faults = tries.flatMap(({ fault }) => fault ?? []);
  }

  /** undefined where none of the streams is to be attached. */
  static async of(streams: readonly CarriedStream[], source: string, program: string): Promise<CoverFiles | undefined> {
    const covers = streams.filter(({ attached }) => attached !== undefined);
    if (covers.length === 0) return undefined;
    const leftOut = (index: number, why: string): Tried => ({ fault: `cover ${index} is left out: ${why}` });
    let folder: string;
    try {
      folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-" });
    } catch (error) {
      return new CoverFiles(undefined, covers.map(({ index }) => leftOut(index, printable(String(error)))));
    }
    const tries: Tried[] = [];
    for (const { index } of covers) {
      const path = join(folder, `${index}`), fault = await extract(source, index, path, program);
      tries.push(fault === undefined ? { path } : leftOut(index, fault));
    }
    return new CoverFiles(folder, tries);
  }

  [Symbol.dispose](): void {
    if (this.#folder !== undefined) removeTemporary(this.#folder);
  }
}

interface Tried {
  readonly path?: string;
  readonly fault?: string;
}

/** Gives why it cannot be done, one clause; undefined where it is. */
async function extract(source: string, index: number, path: string, program: string): Promise<string | undefined> {
  const answer = await runTool(program, [
    ..."-nostdin -hide_banner -nostats -loglevel error".split(" "),
    ...["-protocol_whitelist", "file,crypto,data", "-i", `file:${source}`, "-map", `0:${index}`],
    ...["-c", "copy", "-frames:v", "1", "-f", "image2pipe", `file:${path}`],
  ]).catch((error: Error) => error);
  if (answer === undefined) return "there is no ffmpeg on the PATH";
  if (answer instanceof Error) return printable(answer.message);
  if (answer.code === 0 && isThere(path)) return undefined;
  return `ffmpeg says "${answer.errors.join("; ")}" (exit code ${answer.code})`;
}
