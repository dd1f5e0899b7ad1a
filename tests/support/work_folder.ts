// A folder of a test's own and the small clip most black-box tests encode: three scenes, three segments.

import { type Clip, clip, scenes, writeClip, type Y4mParameters } from "./clips.ts";
import { runProgram } from "./program.ts";

/** 64x48, segments 0-11, 12-24 and 25-36. */
export const smallClip: Clip = clip(scenes(12, 13, 12), { width: 64, height: 48 });
export const smallClipFrames = 37;
/** Bytes of a frame of the small clip with its FRAME line. */
export const smallClipStride = 6 + 64 * 48 * 3 / 2;

export class WorkFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-test-" });

  /** Path of a file in the folder. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a clip, the small one where absent. */
  clip(name: string, parameters: Y4mParameters = {}, what = smallClip): void {
    writeClip(this.file(name), what, parameters);
  }

  write(name: string, bytes: Uint8Array | string): void {
    Deno.writeFileSync(this.file(name), typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  }

  read(name: string): Uint8Array {
    return Deno.readFileSync(this.file(name));
  }

  /** Names in the folder, sorted. */
  names(): string[] {
    return Array.from(Deno.readDirSync(this.path), ({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

let plain: Promise<Uint8Array> | undefined;

/** What the small clip becomes at speed 10 and nothing else said: the file that many tests must get, whatever happens. */
export function smallClipEncoded(): Promise<Uint8Array> {
  return plain ??= encodePlain();
}

async function encodePlain(): Promise<Uint8Array> {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { code, stderr } = await runProgram(["in.y4m", "-o", "out.ivf", "-s", "10"], { cwd: folder.path });
  if (code !== 0) throw new Error(`Cannot encode the small clip: exit code ${code}: ${stderr}`);
  return folder.read("out.ivf");
}
