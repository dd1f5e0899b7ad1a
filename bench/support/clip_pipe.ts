// A clip of any length for a pipe: a few frames made once, sent over and over by another process that does nothing else.

import { type Clip, clipFrames, clipLength } from "../../lib/media/demo_clip.ts";
import { y4mHeader } from "../../lib/media/y4m_writer.ts";

export class ClipPipe {
  /** A named pipe. */
  readonly path: string;
  readonly #folder: string;
  readonly #roundFrames: number;

  /** Writes the clip's frames into the folder. */
  constructor(folder: string, clip: Clip) {
    this.#folder = folder;
    this.#roundFrames = clipLength(clip);
    this.path = `${folder}/pipe`;
    new Deno.Command("mkfifo", { args: [this.path] }).outputSync();
    Deno.writeTextFileSync(`${folder}/header`, y4mHeader(clip));
    using file = Deno.openSync(`${folder}/frames`, { write: true, create: true });
    const line = new TextEncoder().encode("FRAME\n");
    for (const frame of clipFrames(clip)) {
      for (const bytes of [line, frame]) for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    }
  }

  /** Starts to send the clip so often that it has at least `frames`. Gives how many there are. */
  send(frames: number): number {
    const rounds = Math.ceil(frames / this.#roundFrames);
    const script = 'exec >"$0/pipe"; cat "$0/header"; n=0; while [ $n -lt $1 ]; do cat "$0/frames"; n=$((n+1)); done';
    new Deno.Command("sh", { args: ["-c", script, this.#folder, `${rounds}`], stderr: "null" }).spawn().unref();
    return rounds * this.#roundFrames;
  }
}
