// One run of an ffmpeg that copies packets: started, watched, and how it ended in words. What it says is bounded; how many
// frames it has passed on is counted by itself (-progress on standard error, between its other lines). None outlives this
// program: where it works through pipes of ours, these end it; where it works from file to file, a shell beside it does that
// has the reading end of a pipe into which nobody ever writes.

import { IncompleteError } from "../errors.ts";
import { isThere } from "../machine/files.ts";
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

const notFound = "there is no ffmpeg on the PATH";

const shell = "/bin/sh";
/** Of a shell that finds no such program. */
const notFoundCode = 127;
/**
 * Runs the words behind it, and ends as they do. Should standard input end before, all of the process group is killed: that
 * is, the program, this shell and who waits for it. What the shell itself says of that is of no interest.
 */
const guard = `
command -v "$1" >/dev/null || exit ${notFoundCode}
exec 3<&0 4>&2 </dev/null 2>/dev/null
"$@" 2>&4 3<&- 4>&- & program=$!
{ exec 4>&-; read -r _ <&3; kill -KILL 0; } & guard=$!
exec 3<&-
wait "$program"; code=$?
kill -KILL "$guard"
if [ "$code" -gt 128 ]; then kill "-$((code - 128))" "$$"; fi
exit "$code"`;

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
    // Nearly every system has that shell.
    const isGuarded = !piped && isThere(shell);
    const before = isGuarded ? ["-c", guard, "guard", program] : [];
    try {
      this.#child = new StartedChild({
        program: isGuarded ? shell : program,
        args: [...before, ...args],
        stdin: piped || isGuarded ? "piped" : "null",
        stdout: piped ? "piped" : "null",
        hasOwnSession: true,
        onSaid: (text) => this.#listen(text),
      });
    } catch (error) {
      if (!(error instanceof CannotStart)) throw error;
      const why = error.isMissing ? notFound : printable(error.message);
      throw new IncompleteError(why, { cause: error });
    }
    this.ended = this.#watch(isGuarded);
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

  async #watch(isGuarded: boolean): Promise<FfmpegEnd> {
    const [{ code, signal }] = await Promise.all([this.#child.status, this.#child.said]);
    this.#hear(this.#rest.trim());
    // Until here it had to stay open.
    if (isGuarded) await this.#child.stdin.close().catch(() => {});
    const said = this.#said;
    const fault = signal !== null
      ? `ffmpeg was ended by ${signal}`
      : isGuarded && code === notFoundCode && said === undefined
      ? notFound
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

  #hear(heard: string): void {
    // A muxer says where it lies in memory: another place each time.
    const line = heard.replaceAll(/ @ 0x[0-9a-f]+\]/g, "]");
    const frames = /^frame=\s*([0-9]+)$/.exec(line)?.[1];
    if (frames !== undefined) this.#frames = Number(frames);
    if (/^Error writing trailer/.test(line)) this.#hasNoEnd = true;
    if (frames === undefined && line !== "" && !progressLine.test(line)) this.#said ??= printable(line, lineChars);
  }
}
