// Standard output, or a pipe or device that has a name, as an output that is written straight.

import type { StreamTarget } from "./output_target.ts";

export type Stream = Deno.FsFile | typeof Deno.stdout;

/** Not the file's own: what that is given is lost when the file is closed behind it (Deno 2.9.6). */
export function writableOf(stream: Stream): WritableStream<Uint8Array> {
  return new WritableStream({
    async write(bytes) {
      for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
    },
  });
}

/** Opening a pipe waits for its reader. */
export async function openStream({ path }: StreamTarget): Promise<Stream> {
  return path === null ? Deno.stdout : await Deno.open(path, { write: true });
}
