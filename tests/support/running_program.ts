// The program while it works, seen through --progress json: a test waits for what it says, never for a time.

import { startProgram } from "./program.ts";

export interface ProgressLine {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** Lines of standard error after the last one that was waited for. */
  readonly rest: string[];
  readonly stdout: Uint8Array;
}

export class RunningProgram {
  readonly process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #stdout: Promise<ArrayBuffer>;
  #partial = "";
  #ready: string[] = [];

  constructor(args: readonly string[], options: Parameters<typeof startProgram>[1] = {}) {
    this.process = startProgram([...args, "--progress", "json"], options);
    this.#lines = this.process.stderr.pipeThrough(new TextDecoderStream()).getReader();
    this.#stdout = new Response(this.process.stdout).arrayBuffer();
  }

  /** The next line for which `wanted` is true. Throws with what was said where there is none. */
  async until(wanted: (line: ProgressLine) => boolean): Promise<ProgressLine> {
    const said: string[] = [];
    for (let line; (line = await this.#line()) !== undefined;) {
      said.push(line);
      const parsed: ProgressLine = JSON.parse(line);
      if (wanted(parsed)) return parsed;
    }
    throw new Error(`The program ended before it said what was waited for: ${said.join("\n")}`);
  }

  /** Waits until a slot encodes. */
  async encoding(): Promise<void> {
    await this.until(({ type, slots }) =>
      type === "progress" && (slots as Record<string, unknown>[]).some((slot) => "segment" in slot)
    );
  }

  /** Waits for the end. */
  async ended(): Promise<Ended> {
    const rest: string[] = [];
    for (let line; (line = await this.#line()) !== undefined;) rest.push(line);
    const { code, signal } = await this.process.status;
    return { code, signal, rest, stdout: new Uint8Array(await this.#stdout) };
  }

  async #line(): Promise<string | undefined> {
    while (this.#ready.length === 0) {
      const { value, done } = await this.#lines.read();
      if (done) {
        const last = this.#partial;
        this.#partial = "";
        return last === "" ? undefined : last;
      }
      const pieces = (this.#partial + value).split("\n");
      this.#partial = pieces.pop()!;
      this.#ready.push(...pieces);
    }
    return this.#ready.shift();
  }
}

/** The text of messages of one kind among JSON lines. Throws where a line is not JSON. */
export function messages(lines: readonly string[], kind: string): string[] {
  return lines.map((line): ProgressLine => JSON.parse(line))
    .filter((line) => line.type === "message" && line.kind === kind).map(({ text }) => text as string);
}
