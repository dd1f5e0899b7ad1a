// A folder with a source and what becomes of it, for tests of proxies.

import { hasDav1d } from "./dav1d.ts";
import { runProgram } from "./program.ts";
import { messages, type ProgressLine } from "./running_program.ts";
import { ffmpeg, hasFfmpeg } from "./scaled_frames.ts";
import { WorkFolder } from "./work_folder.ts";

export const proxyTestsAreIgnored = !hasFfmpeg || !hasDav1d;
export const sourceFrames = 40;
const recordName = ".rav1e-by-gop.proxies";
/** Its quarter is what rav1e takes at least, and a little. */
const [width, height] = [128, 96];

export interface RawSource {
  /** Frames a second. */
  readonly rate?: string;
  readonly frames?: number;
}

export interface ProxyRun {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly lines: ProgressLine[];
  readonly notes: string[];
  readonly warnings: string[];
  readonly errors: string[];
}

export class ProxyFolder extends WorkFolder {
  constructor() {
    super();
    Deno.mkdirSync(this.file("out"));
  }

  /** A video whose pictures move, and change in brightness so much that no two neighbours are alike. */
  async raw({ rate = "25", frames = sourceFrames }: RawSource = {}): Promise<string> {
    const path = this.file("raw.nut");
    const brightness = "120+50*sin(N*1.7)+40*sin((X+N*9)/9)*sin(Y/7+N/3)";
    const picture = `color=gray:s=${width}x${height}:r=${rate},geq=lum='${brightness}':cb='128+30*sin(X/11+N)':cr=128`;
    await ffmpeg("-f", "lavfi", "-i", picture, "-frames:v", `${frames}`, "-c:v", "ffv1", "-pix_fmt", "yuv420p", path);
    return path;
  }

  /** Runs the command on a source; proxies go to "out", as IVF where nothing else is asked for. */
  async proxies(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ProxyRun> {
    const words = ["proxies", "--container", "ivf", ...args, "-o", this.file("out"), "--progress", "json"];
    const { code, signal, stderr } = await runProgram(words, { env });
    const said = stderr.trimEnd().split("\n").filter((line) => line !== "");
    const of = (kind: string) => messages(said, kind);
    return {
      code,
      signal,
      lines: said.map((line): ProgressLine => JSON.parse(line)),
      notes: of("note"),
      warnings: of("warning"),
      errors: of("error"),
    };
  }

  /** Names in a folder within, sorted; the record of complete proxies is not among them. */
  namesIn(folder: string): string[] {
    const names = Array.from(Deno.readDirSync(this.file(folder)), ({ name }) => name);
    return names.filter((name) => name !== recordName).sort();
  }

  /** Nothing is known any more of what was made. */
  forget(): void {
    Deno.removeSync(this.file(`out/${recordName}`));
  }

  /** A video with cuts at these frames of `frames`; pictures move between. */
  async cuts(frames: number, cuts: readonly number[]): Promise<string> {
    const pictures = ["testsrc2", "mandelbrot", "color=c=red", "testsrc", "smptebars"];
    const starts = [0, ...cuts];
    const parts = starts.map((start, at) => {
      const picture = pictures[at % pictures.length]!, length = (starts[at + 1] ?? frames) - start;
      return `${picture}${
        picture.includes("=") ? ":" : "="
      }s=${width}x${height}:r=25,trim=end_frame=${length},setsar=1,` +
        `format=yuv420p,setpts=PTS-STARTPTS[p${at}]`;
    });
    const graph = `${parts.join(";")};${parts.map((_, at) => `[p${at}]`).join("")}concat=n=${parts.length}:v=1:a=0`;
    const path = this.file("cuts.mkv");
    await ffmpeg("-filter_complex", graph, "-c:v", "ffv1", "-pix_fmt", "yuv420p", path);
    return path;
  }
}

/** Has ffmpeg make a file in the folder; gives its path. */
export async function makeSource(folder: WorkFolder, name: string, ...args: string[]): Promise<string> {
  await ffmpeg(...args, folder.file(name));
  return folder.file(name);
}
