// Reads small files that the command line names. A pipe (`<(...)` of a shell) has no size to ask for, and a wrong name may
// be that of a film: so much is read and no more.

/** The bytes of the file until its end, `most` of them at the most. Throws what the system says. */
export function readAtMost(path: string, most: number): Uint8Array {
  using file = Deno.openSync(path);
  let bytes = new Uint8Array(Math.min(most, 64 * 1024));
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      if (length === most) return bytes;
      const larger = new Uint8Array(Math.min(most, length * 2));
      larger.set(bytes);
      bytes = larger;
    }
    const got = file.readSync(bytes.subarray(length));
    if (got === null) return bytes.subarray(0, length);
    length += got;
  }
}
