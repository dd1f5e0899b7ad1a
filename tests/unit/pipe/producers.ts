// Who writes into the pipes of the tests: other processes, at speeds and with ends of their own.

import { join } from "node:path";
import { type Clip, clipFrames, writeClip, type Y4mParameters } from "../../support/clips.ts";

/** A folder with a clip in it, and pipes; removed when the `using` block ends, its writers with it. */
export class PipeFolder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "pipe-test-" });
  readonly #writers: Deno.ChildProcess[] = [];

  file(name: string): string {
    return join(this.path, name);
  }

  clip(clip: Clip, parameters: Y4mParameters = {}): { path: string; frames: Uint8Array[] } {
    const path = this.file("clip.y4m");
    writeClip(path, clip, parameters);
    return { path, frames: Array.from(clipFrames(clip), (frame) => frame.slice()) };
  }

  /** A named pipe into which a shell command writes: its standard output. `$1` is `file`. */
  pipe(command: string, file = this.file("clip.y4m")): string {
    const path = this.file(`pipe-${this.#writers.length}`);
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
    this.#writers.push(
      new Deno.Command("sh", {
        args: ["-c", `(${command}) >"$0"`, path, file],
        stdin: "null",
        stderr: "null",
      }).spawn(),
    );
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const writer of this.#writers) {
      try {
        writer.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await writer.status;
    }
    Deno.removeSync(this.path, { recursive: true });
  }
}
