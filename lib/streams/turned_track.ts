// How a Matroska video is turned, said in what ffmpeg has made of it: most versions (before 6.1) neither read nor write that.
// The video gets a title that nobody means, which makes room: without it, and without the checksum, the tracks are written
// anew in as many bytes as they had, so that nothing behind them moves.

import type { QuarterTurn } from "../containers/container.ts";
import { element, filler } from "../containers/ebml.ts";
import { id } from "../containers/matroska_ids.ts";
import { projection } from "../containers/matroska_track.ts";
import { joinedBytes } from "../joined_bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Title of the video, to be put into ffmpeg's command. */
export const titleForTurn = "rav1e-by-gop: room for the turn of the picture";
/** The tracks are within the first so many bytes, or the file is left as it is. */
export const mostBytesToTracks = 16 * 1024 * 1024;

export interface TurnedTracks {
  /** Where they begin. */
  readonly at: number;
  /** All of them, to be written there. */
  readonly bytes: Bytes;
}

/**
 * Looks through the first bytes of a file. Gives "more" where the tracks are not whole in them, "none" where they have no
 * video with the title, or are not there.
 */
export function turnedTracks(file: Bytes, turn: QuarterTurn): TurnedTracks | "more" | "none" {
  const header = elementAt(file, 0);
  if (header === undefined) return "more";
  if (header.id !== id.ebml || header.end === undefined) return "none";
  const segment = elementAt(file, header.end);
  if (segment === undefined) return "more";
  if (segment.id !== id.segment) return "none";
  for (let at = segment.data;;) {
    const found = elementAt(file, at);
    if (found === undefined) return "more";
    if (found.end === undefined || found.id === id.cluster) return "none";
    if (found.id === id.tracks) {
      if (found.end > file.length) return "more";
      const bytes = turned(file.subarray(found.data, found.end), turn);
      return bytes === undefined ? "none" : { at: found.data, bytes };
    }
    at = found.end;
  }
}

/** The same number of bytes; undefined where there is no room. */
function turned(tracks: Bytes, turn: QuarterTurn): Bytes | undefined {
  const entries = children(tracks)?.filter((one) => one.id === id.trackEntry);
  if (entries === undefined) return undefined;
  let isFound = false;
  const written = entries.map((entry) => {
    const parts = children(entry.contents) ?? [];
    const title = parts.find((part) => part.id === id.name && decoded(part.contents) === titleForTurn);
    if (title === undefined) return entry.whole;
    isFound = true;
    const rest = parts.filter((part) => part !== title);
    return element(id.trackEntry, ...rest.map((part) => part.id === id.video ? turnedVideo(part, turn) : part.whole));
  });
  const spare = tracks.length - written.reduce((sum, { length }) => sum + length, 0);
  // A filler takes two bytes at least.
  if (!isFound || spare < 0 || spare === 1) return undefined;
  return joinedBytes([...written, ...(spare === 0 ? [] : [filler(spare)])]);
}

function turnedVideo({ contents, whole }: Child, turn: QuarterTurn): Bytes {
  const parts = children(contents);
  if (parts === undefined) return whole;
  const others = parts.filter((part) => part.id !== id.projection).map((part) => part.whole);
  return element(id.video, ...others, ...projection(turn));
}

interface Child {
  readonly id: number;
  readonly whole: Bytes;
  readonly contents: Bytes;
}

/** undefined where they do not follow each other to the very end. */
function children(parent: Bytes): Child[] | undefined {
  const found: Child[] = [];
  for (let at = 0; at < parent.length;) {
    const child = elementAt(parent, at);
    if (child?.end === undefined || child.end > parent.length) return undefined;
    const { data, end } = child;
    found.push({ id: child.id, whole: parent.subarray(at, end), contents: parent.subarray(data, end) });
    at = end;
  }
  return found;
}

/**
 * The id of the element at a place, where its contents begin, and where they end; that is undefined where its size is not
 * known. undefined where its head is not whole, or is none.
 */
function elementAt(bytes: Bytes, at: number): { id: number; data: number; end: number | undefined } | undefined {
  const idBytes = Math.clz32(bytes[at] ?? 0) - 23, sizeAt = at + idBytes;
  const sizeBytes = Math.clz32(bytes[sizeAt] ?? 0) - 23, data = sizeAt + sizeBytes;
  if (idBytes > 4 || sizeBytes > 8 || data > bytes.length) return undefined;
  const number = (from: number, to: number, first: number) => {
    let value = first;
    for (let n = from; n < to; n++) value = value * 256 + bytes[n]!;
    return value;
  };
  const most = 0xff >> sizeBytes, marked = bytes[sizeAt]! & most;
  const isUnknown = marked === most && bytes.subarray(sizeAt + 1, data).every((byte) => byte === 0xff);
  const end = isUnknown ? undefined : data + number(sizeAt + 1, data, marked);
  return { id: number(at, sizeAt, 0), data, end };
}

function decoded(bytes: Bytes): string {
  return new TextDecoder().decode(bytes);
}
