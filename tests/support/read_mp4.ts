// Reads an MP4 file of one track as an oracle does, from its sample tables or from its fragments (ISO/IEC 14496-12). A
// reader apart from the program's writer.

export interface Mp4Sample {
  /** In ticks. */
  readonly start: number;
  readonly duration: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

export interface Mp4File {
  /** Ticks a second. */
  readonly timescale: number;
  /** As the media header has it. */
  readonly duration: number;
  /** Contents of the boxes in the sample entry, by their types. */
  readonly entry: ReadonlyMap<string, Uint8Array>;
  /** What the track header says of how it is shown: the matrix a b u c d v x y w, and its size before that. */
  readonly shown: { readonly matrix: readonly number[]; readonly width: number; readonly height: number };
  readonly samples: readonly Mp4Sample[];
  /** Samples of each fragment. */
  readonly fragments: readonly number[];
}

interface Box {
  readonly type: string;
  readonly start: number;
  readonly data: number;
  readonly end: number;
}

/** Of the boxes of a file, in their order. */
export function boxTypes(bytes: Uint8Array): string[] {
  return boxes(bytes, 0, bytes.length).map(({ type }) => type);
}

const parents = new Set(["moov", "trak", "mdia", "minf", "stbl", "mvex"]);

export function readMp4(bytes: Uint8Array): Mp4File {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const top = boxes(bytes, 0, bytes.length);
  if (top[0]?.type !== "ftyp") throw new Error("It does not begin with ftyp");
  const inside = new Map<string, Box>();
  const visit = (found: Box[]) => {
    for (const box of found) {
      inside.set(box.type, box);
      if (parents.has(box.type)) visit(boxes(bytes, box.data, box.end));
    }
  };
  visit(top.filter(({ type }) => type === "moov"));
  const box = (type: string) => {
    const found = inside.get(type);
    if (found === undefined) throw new Error(`There is no ${type}`);
    return found;
  };
  const u32 = (at: number) => view.getUint32(at);
  const u64 = (at: number) => Number(view.getBigUint64(at));
  const isLong = bytes[box("mdhd").data] === 1;
  const [entry] = boxes(bytes, box("stsd").data + 8, box("stsd").end);
  if (entry?.type !== "av01") throw new Error("It is not AV1");
  const header = box("tkhd"), size = header.end - 8, matrix = size - 36;
  const fixed = (at: number, bits: number) => view.getInt32(at) / 2 ** bits;
  const file = {
    shown: {
      matrix: Array.from({ length: 9 }, (_, n) => fixed(matrix + 4 * n, n % 3 === 2 ? 30 : 16)),
      width: fixed(size, 16),
      height: fixed(size + 4, 16),
    },
    timescale: u32(box("mdhd").data + (isLong ? 20 : 12)),
    duration: isLong ? u64(box("mdhd").data + 24) : u32(box("mdhd").data + 16),
    entry: new Map(
      boxes(bytes, entry.data + 78, entry.end).map(({ type, data, end }) => [type, bytes.subarray(data, end)]),
    ),
  };
  const fragments = top.filter(({ type }) => type === "moof").map((moof) => readFragment(bytes, moof));
  if (fragments.length > 0) {
    return { ...file, samples: fragments.flat(), fragments: fragments.map(({ length }) => length) };
  }

  const list = (type: string, width: number, from = 8) => {
    const { data, end } = box(type), values: number[] = [];
    for (let at = data + from; at < end; at += width) values.push(width === 8 ? u64(at) : u32(at));
    return values;
  };
  const sizes = list("stsz", 4, 12), keys = inside.has("stss") ? new Set(list("stss", 4)) : undefined;
  const offsets = inside.has("co64") ? list("co64", 8) : list("stco", 4);
  const changes = list("stsc", 4), times = list("stts", 4);
  const durations = times.flatMap((value, n) => n % 2 === 0 ? Array<number>(value).fill(times[n + 1]!) : []);
  const samples: Mp4Sample[] = [];
  let start = 0, change = 0;
  for (const [chunk, offset] of offsets.entries()) {
    if (changes[change + 3] === chunk + 1) change += 3;
    let at = offset;
    for (let n = 0; n < changes[change + 1]!; n++) {
      const size = sizes[samples.length]!, duration = durations[samples.length]!;
      const isKey = keys?.has(samples.length + 1) ?? true;
      const media = top.find(({ type, data, end }) => type === "mdat" && at >= data && at + size <= end);
      if (media === undefined) throw new Error(`Sample ${samples.length} is not in mdat`);
      samples.push({ start, duration, isKey, data: bytes.subarray(at, at + size) });
      start += duration;
      at += size;
    }
  }
  if (samples.length !== sizes.length || durations.length !== sizes.length) throw new Error("The tables disagree");
  return { ...file, samples, fragments: [] };
}

function readFragment(bytes: Uint8Array, moof: Box): Mp4Sample[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [, traf] = boxes(bytes, moof.data, moof.end);
  const [, tfdt, trun] = boxes(bytes, traf!.data, traf!.end);
  let start = Number(view.getBigUint64(tfdt!.data + 4)), at = moof.start + view.getUint32(trun!.data + 8);
  const samples: Mp4Sample[] = [];
  for (let row = trun!.data + 12; row < trun!.end; row += 12) {
    const duration = view.getUint32(row), size = view.getUint32(row + 4), flags = view.getUint32(row + 8);
    samples.push({ start, duration, isKey: (flags & 0x10000) === 0, data: bytes.subarray(at, at + size) });
    start += duration;
    at += size;
  }
  return samples;
}

function boxes(bytes: Uint8Array, from: number, to: number): Box[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found: Box[] = [];
  for (let at = from; at < to;) {
    const small = view.getUint32(at), isLarge = small === 1;
    const size = isLarge ? Number(view.getBigUint64(at + 8)) : small;
    const type = new TextDecoder("latin1").decode(bytes.subarray(at + 4, at + 8));
    const end = at + size;
    if (size < 8 || end > to) throw new Error(`Box ${type} at ${at} ends at ${end}, beyond ${to}`);
    found.push({ type, start: at, data: at + (isLarge ? 16 : 8), end });
    at = end;
  }
  return found;
}
