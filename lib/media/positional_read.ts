// Reading and writing a regular file at an offset, whole or not at all. It moves the file's position, so a file is one reader's own.
// Deno's own files and not node:fs, whose first import costs a thread 16 ms and 11 MB (bench/read_frames.ts has the
// reads themselves).

/**
 * Fills `into` from byte `position` of the file on. Returns the bytes read: fewer than asked for only where the file
 * ends. Throws what the system reports.
 */
export function readAt(file: Deno.FsFile, into: Uint8Array, position: number): number {
  file.seekSync(position, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < into.length) {
    const count = file.readSync(into.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** Resolves when the system has all of it. Throws what it reports. */
export async function writeAt(file: Deno.FsFile, bytes: Uint8Array, position: number): Promise<void> {
  await file.seek(position, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
