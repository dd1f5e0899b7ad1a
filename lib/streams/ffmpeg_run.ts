// One run of an ffmpeg that copies packets: started, watched, and how it ended in words. What it says is bounded; how many
// frames it has passed on is counted by itself (-progress on standard error, between its other lines).

import { IncompleteError } from "../errors.ts";
import { CannotStart, StartedChild } from "../machine/started_child.ts";
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
  readonly #child: StartedChild;
  readonly ended: Promise<FfmpegEnd>;
  #frames = 0;
  /** Of the line that is being said. */
  #rest = "";
  #said: string | undefined;
  /** Some versions end well all the same. */
  #hasNoEnd = false;

  /** Throws IncompleteError with why it cannot be started, one clause. */
  constructor(args: readonly string[], { piped, program }: { piped: boolean; program: string }) {
    const stdio = piped ? "piped" : "null";
    try {
      this.#child = new StartedChild({
        program,
        args,
        stdin: stdio,
        stdout: stdio,
        hasOwnSession: true,
        onSaid: (text) => this.#listen(text),
      });
    } catch (error) {
      if (!(error instanceof CannotStart)) throw error;
      const why = error.isMissing ? "there is no ffmpeg on the PATH" : printable(error.message);
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
    this.#child.kill();
  }

  async #watch(): Promise<FfmpegEnd> {
    const [{ code, signal }] = await Promise.all([this.#child.status, this.#child.said]);
    this.#hear(this.#rest.trim());
    const said = this.#said;
    const fault = signal !== null
      ? `ffmpeg was ended by ${signal}`
      : code !== 0 || this.#hasNoEnd
      ? `ffmpeg says "${said ?? "nothing"}" (exit code ${code})`
      : undefined;
    return { fault, frames: this.#frames, said };
  }

  #listen(text: string): void {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = lines.pop()!.slice(-mostLineChars);
    for (const line of lines) this.#hear(line.trim());
  }

  #hear(line: string): void {
    const frames = /^frame=\s*([0-9]+)$/.exec(line)?.[1];
    if (frames !== undefined) this.#frames = Number(frames);
    if (/^Error writing trailer/.test(line)) this.#hasNoEnd = true;
    if (frames === undefined && line !== "" && !progressLine.test(line)) this.#said ??= printable(line, lineChars);
  }
}
