// One run of an ffmpeg that copies packets: started, watched, and how it ended in words. What it says is bounded; how many
// frames it has passed on is counted by itself (-progress on standard error, between its other lines).

import { IncompleteError } from "../errors.ts";
import { printable } from "../media/printable.ts";

export interface FfmpegEnd {
  /** Why it did not do what it was to, one clause; undefined where it did. */
  readonly fault: string | undefined;
  /** Video packets that it passed on. */
  readonly frames: number;
  /** The first line that it said of anything, which tells most; undefined where it said nothing. */
  readonly said: string | undefined;
}

const lineChars = 200;
/** Of a line that does not end. */
const mostLineChars = 64 * 1024;
const progressLine = /^[a-z0-9_]+=\s*\S*$/;

export class FfmpegRun {
  readonly #child: Deno.ChildProcess;
  readonly ended: Promise<FfmpegEnd>;
  #frames = 0;
  #said: string | undefined;
  /** Some versions end well all the same. */
  #hasNoEnd = false;

  /** Throws IncompleteError with why it cannot be started, one clause. */
  constructor(args: readonly string[], { piped }: { piped: boolean }) {
    const stdio = piped ? "piped" : "null";
    try {
      this.#child = new Deno.Command("ffmpeg", {
        args: [...args],
        stdin: stdio,
        stdout: stdio,
        stderr: "piped",
        // Ctrl-C at a terminal is for this program, which ends it.
        detached: true,
        env: { AV_LOG_FORCE_NOCOLOR: "1" },
      }).spawn();
    } catch (error) {
      const why = error instanceof Deno.errors.NotFound ? "there is no ffmpeg on the PATH" : printable(String(error));
      throw new IncompleteError(why, { cause: error });
    }
    this.ended = this.#watch();
  }

  get stdin(): WritableStream<Uint8Array> {
    return this.#child.stdin;
  }

  get stdout(): ReadableStream<Uint8Array> {
    return this.#child.stdout;
  }

  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #watch(): Promise<FfmpegEnd> {
    const [, { code, signal }] = await Promise.all([this.#listen(), this.#child.status]);
    const said = this.#said;
    const fault = signal !== null
      ? `ffmpeg was ended by ${signal}`
      : code !== 0 || this.#hasNoEnd
      ? `ffmpeg says "${said ?? "nothing"}" (exit code ${code})`
      : undefined;
    return { fault, frames: this.#frames, said };
  }

  async #listen(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const piece of this.#child.stderr) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split(/[\r\n]+/);
      rest = lines.pop()!.slice(-mostLineChars);
      for (const line of lines) this.#hear(line.trim());
    }
    this.#hear(rest.trim());
  }

  #hear(line: string): void {
    const frames = /^frame=\s*([0-9]+)$/.exec(line)?.[1];
    if (frames !== undefined) this.#frames = Number(frames);
    if (/^Error writing trailer/.test(line)) this.#hasNoEnd = true;
    if (frames === undefined && line !== "" && !progressLine.test(line)) this.#said ??= printable(line, lineChars);
  }
}
