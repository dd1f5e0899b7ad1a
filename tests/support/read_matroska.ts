// Reads a Matroska file as an oracle does: every element where its size says it is, nothing forgiven. A reader apart from
// the program's writer. RFC 8794 (EBML), RFC 9559 (Matroska). What the tests look at is taken apart, the rest kept as bytes.

/** A frame of the file. */
export interface MatroskaFrame {
  /** In ticks. */
  readonly ticks: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

export interface MatroskaFile {
  readonly docType: string;
  /** Nanoseconds a tick. */
  readonly scale: number;
  /** In ticks; undefined where the file does not say. */
  readonly duration: number | undefined;
  /** Elements of the track's entry, and of its video, by their ids in hexadecimal. */
  readonly track: ReadonlyMap<string, Uint8Array>;
  readonly frames: readonly MatroskaFrame[];
  /** Frames of each cluster. */
  readonly clusters: readonly number[];
  /** For each cue point its time, and the frame that stands where it leads. */
  readonly cues: readonly { readonly ticks: number; readonly frame: number }[];
}

interface Element {
  readonly id: string;
  readonly start: number;
  readonly data: number;
  readonly end: number;
}

const ids = { segment: "18538067", cluster: "1f43b675", info: "1549a966", tracks: "1654ae6b", cues: "1c53bb6b" };
/** Whose contents are elements too, where the tests look. */
const parents = new Set(["ae", "e0", "55b0", "55d0", "7670"]);

export function readMatroska(bytes: Uint8Array): MatroskaFile {
  const [header, segment, ...rest] = elements(bytes, 0, bytes.length);
  if (header?.id !== "1a45dfa3" || segment?.id !== ids.segment || rest.length > 0) {
    throw new Error("It is not an EBML header and one segment");
  }
  const docType = text(bytes, find(elements(bytes, header.data, header.end), "4282"));
  const parts = elements(bytes, segment.data, segment.end);
  const info = elements(bytes, find(parts, ids.info).data, find(parts, ids.info).end);
  const duration = info.find(({ id }) => id === "4489");
  const track = new Map<string, Uint8Array>();
  flatten(bytes, elements(bytes, find(parts, ids.tracks).data, find(parts, ids.tracks).end), track);
  const frames: MatroskaFrame[] = [], clusters: number[] = [], places = new Map<number, number>();
  for (const cluster of parts.filter(({ id }) => id === ids.cluster)) {
    const inside = elements(bytes, cluster.data, cluster.end);
    const start = number(bytes, find(inside, "e7"));
    const blocks = inside.filter(({ id }) => id === "a3");
    clusters.push(blocks.length);
    for (const block of blocks) {
      places.set(block.start, frames.length);
      const view = new DataView(bytes.buffer, bytes.byteOffset + block.data);
      if (view.getUint8(0) !== 0x81) throw new Error("A block is of no track 1");
      frames.push({
        ticks: start + view.getInt16(1),
        isKey: (view.getUint8(3) & 0x80) !== 0,
        data: bytes.subarray(block.data + 4, block.end),
      });
    }
  }
  checkSeekHead(bytes, parts, segment.data);
  const index = parts.find(({ id }) => id === ids.cues);
  const cues = (index === undefined ? [] : elements(bytes, index.data, index.end)).map((point) => {
    const inside = elements(bytes, point.data, point.end), positions = find(inside, "b7");
    const place = elements(bytes, positions.data, positions.end);
    const cluster = parts.find(({ start }) => start === segment.data + number(bytes, find(place, "f1")));
    const frame = cluster && places.get(cluster.data + number(bytes, find(place, "f0")));
    if (frame === undefined) throw new Error("A cue point leads to no block");
    return { ticks: number(bytes, find(inside, "b3")), frame };
  });
  return {
    docType,
    scale: number(bytes, find(info, "2ad7b1")),
    duration: duration === undefined ? undefined : float(bytes, duration),
    track,
    frames,
    clusters,
    cues,
  };
}

/** Every part that it names is where it says. */
function checkSeekHead(bytes: Uint8Array, parts: readonly Element[], base: number): void {
  const head = parts.find(({ id }) => id === "114d9b74");
  for (const seek of head === undefined ? [] : elements(bytes, head.data, head.end)) {
    const inside = elements(bytes, seek.data, seek.end), wanted = find(inside, "53ab");
    const id = bytes.subarray(wanted.data, wanted.end).toHex(), at = base + number(bytes, find(inside, "53ac"));
    if (!parts.some((part) => part.id === id && part.start === at)) throw new Error(`There is no ${id} at ${at}`);
  }
}

function flatten(bytes: Uint8Array, found: readonly Element[], into: Map<string, Uint8Array>): void {
  for (const { id, data, end } of found) {
    if (parents.has(id)) flatten(bytes, elements(bytes, data, end), into);
    else into.set(id, bytes.subarray(data, end));
  }
}

function elements(bytes: Uint8Array, from: number, to: number): Element[] {
  const found: Element[] = [];
  for (let at = from; at < to;) {
    const idLength = Math.clz32(bytes[at]!) - 23;
    const id = bytes.subarray(at, at + idLength).toHex();
    const sizeAt = at + idLength, length = Math.clz32(bytes[sizeAt]!) - 23;
    let size = bytes[sizeAt]! & (0xff >> length), ones = size === 0xff >> length;
    for (let n = 1; n < length; n++) {
      size = size * 256 + bytes[sizeAt + n]!;
      ones &&= bytes[sizeAt + n] === 0xff;
    }
    const data = sizeAt + length, end = ones ? to : data + size;
    if (!(end <= to)) throw new Error(`Element ${id} at ${at} ends at ${end}, beyond ${to}`);
    found.push({ id, start: at, data, end });
    at = end;
  }
  return found;
}

function find(found: readonly Element[], id: string): Element {
  const element = found.find((one) => one.id === id);
  if (element === undefined) throw new Error(`There is no element ${id}`);
  return element;
}

export function number(bytes: Uint8Array, { data, end }: { data: number; end: number }): number {
  return bytes.subarray(data, end).reduce((value, byte) => value * 256 + byte, 0);
}

function float(bytes: Uint8Array, { data }: Element): number {
  return new DataView(bytes.buffer, bytes.byteOffset + data).getFloat64(0);
}

function text(bytes: Uint8Array, { data, end }: Element): string {
  return new TextDecoder().decode(bytes.subarray(data, end));
}
