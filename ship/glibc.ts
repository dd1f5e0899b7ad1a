// Which glibc an ELF file asks for: the newest version among the names of its version needs (LSB, "Symbol Versioning"),
// which stand in the file as text.

/** "2.27", or undefined where none is asked for. */
export function neededGlibc(file: Uint8Array): string | undefined {
  const text = new TextDecoder("latin1").decode(file);
  const versions = [...text.matchAll(/\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)/g)];
  const newest = versions.map(([, major, minor]) => [Number(major), Number(minor)] as const)
    .sort(([a, b], [c, d]) => a - c || b - d).at(-1);
  return newest?.join(".");
}
