// Whether a file that another program wrote reaches its end: ffmpeg can end well on a disk that is full. Looked at from
// outside: a Matroska segment knows its size once it is complete, an MP4 file has its movie box before its samples, and
// neither ends before or behind what its sizes say.

import type { ContainerFormat } from "../containers/container.ts";

const ebmlHeader = 0x1a45dfa3;
const segment = 0x18538067;
const boxType = { moov: 0x6d6f6f76, mdat: 0x6d646174 } as const;
/** Ids and sizes of Matroska are no longer. */
const mostHeadBytes = 12;

/** Throws what the system reports. */
export function isWholeFile(path: string, format: ContainerFormat): boolean {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  const read = (at: number): DataView<ArrayBuffer> => {
    const bytes = new Uint8Array(16);
    file.seekSync(at, Deno.SeekMode.Start);
    for (let got = 0, count; got < bytes.length; got += count) {
      count = file.readSync(bytes.subarray(got));
      if (count === null) break;
    }
    return new DataView(bytes.buffer);
  };
  return format === "mp4" ? isWholeMp4(read, size) : isWholeMatroska(read, size);
}

/** The boxes follow each other up to the end, and the movie box comes before samples. */
function isWholeMp4(read: (at: number) => DataView, size: number): boolean {
  let at = 0, hasMovie = false, hasSamples = false;
  while (at + 8 <= size) {
    const head = read(at), small = head.getUint32(0);
    const bytes = small === 1 ? Number(head.getBigUint64(8)) : small;
    if (bytes < 8) return false;
    const type = head.getUint32(4);
    hasMovie ||= type === boxType.moov;
    hasSamples ||= type === boxType.mdat;
    if (hasSamples && !hasMovie) return false;
    at += bytes;
  }
  return at === size && hasSamples;
}

/** The header, and a segment that ends where the file does. */
function isWholeMatroska(read: (at: number) => DataView, size: number): boolean {
  const header = read(0);
  if (header.getUint32(0) !== ebmlHeader) return false;
  const own = sizeAt(header);
  if (own.value === undefined) return false;
  const segmentAt = 4 + own.length + own.value;
  const head = read(segmentAt);
  if (head.getUint32(0) !== segment) return false;
  const { value, length } = sizeAt(head);
  return value !== undefined && segmentAt + 4 + length + value === size;
}

/** The size behind an id of 4 bytes, undefined where it is not known, and how many bytes it takes itself. */
function sizeAt(head: DataView): { value: number | undefined; length: number } {
  const length = Math.clz32(head.getUint8(4)) - 23;
  if (4 + length > mostHeadBytes) return { value: undefined, length };
  let value = head.getUint8(4) & (0xff >> length), isUnknown = value === 0xff >> length;
  for (let n = 1; n < length; n++) {
    const byte = head.getUint8(4 + n);
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { value: isUnknown ? undefined : value, length };
}
