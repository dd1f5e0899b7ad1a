// Small y4m files for the tests of this folder: bytes in memory, and files in a folder that goes with the test.

import { join } from "node:path";

/** Header line with its newline, then frames of `line`, newline, samples. */
export function y4mBytes(header: string, frames: readonly { line?: string; samples: Uint8Array }[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [encoder.encode(header + "\n")];
  for (const frame of frames) parts.push(encoder.encode((frame.line ?? "FRAME") + "\n"), frame.samples);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** `count` frames of `frameBytes` samples, all of a frame's samples being its number plus 1. */
export function numberedFrames(count: number, frameBytes: number, line = (_frame: number) => "FRAME") {
  return Array.from({ length: count }, (_, frame) => ({
    line: line(frame),
    samples: new Uint8Array(frameBytes).fill(frame + 1),
  }));
}

/** A folder that is removed when the `using` block ends. */
export class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "media-test-" });

  /** Writes a file and returns its path. */
  write(name: string, bytes: Uint8Array): string {
    const path = join(this.path, name);
    Deno.writeFileSync(path, bytes);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
