// Zones laid on a video: every frame that is encoded is in exactly one, and none reaches beyond the input's end. What does not
// fit is refused with the frames and what to write instead. Where the input's length is not known before it ends, what is
// left to be seen then is a ZonesReach.
//
// zones.toml counts frames of the input from 0, so that one file serves every part of it (--skip, --limit); an encode counts
// from the first that it encodes.

import type { EncoderOptions, ZoneSettings } from "../encode/settings.ts";
import { InputError } from "../errors.ts";
import type { Ratio } from "../media/video_format.ts";
import type { Zone, ZonePosition } from "./zone.ts";

export interface ZonedVideo {
  /** What the command line says. */
  readonly options: Pick<EncoderOptions, "speed" | "quantizer" | "photonNoise" | "filmGrainTable">;
  /** Frames a second; undefined where they are not shown at a constant rate: then zones are given by frames. */
  readonly frameRate: Ratio | undefined;
  /** Frames of the input before the first that is encoded. */
  readonly skip: number;
  /** Frames to encode, or at most; null is all that there are. */
  readonly frames: number | null;
  /** Frames of the whole input; null while nobody knows. */
  readonly inputFrames: number | null;
  /** The zones' file, for messages. */
  readonly file: string;
}

/** What the zones say of an input's length; frames of the whole input. */
export interface ZonesReach {
  readonly file: string;
  /** The last zone, for messages, and its first frame. */
  readonly lastZone: string;
  readonly lastFirst: number;
  /** So many frames there must be. */
  readonly least: number;
  /** And so many at most are in zones; null where the last one has no end. */
  readonly most: number | null;
}

export interface PlacedZones {
  /** Of the frames that are encoded, counted from the first of them. */
  readonly zones: readonly ZoneSettings[];
  readonly reach: ZonesReach;
}

/** A zone by frames of the input. */
interface Range {
  readonly zone: Zone;
  readonly first: number;
  /** One more than its last frame; null where the file does not say. */
  readonly end: number | null;
}

/** Throws InputError. */
export function placeZones(zones: readonly Zone[], video: ZonedVideo): PlacedZones {
  const ranges = zones.map((zone) => rangeOf(zone, video));
  for (const { zone } of ranges) refuseTwoGrains(zone, video);
  for (const [at, range] of ranges.entries()) if (at > 0) checkNeighbours(ranges[at - 1]!, range);
  const { file, skip } = video, last = ranges.at(-1)!;
  const reach = {
    file,
    lastZone: last.zone.place,
    lastFirst: last.first,
    least: last.end ?? last.first + 1,
    most: last.end,
  };
  checkStart(ranges[0]!, video);
  checkEnd(reach, ranges, video);
  const encodedEnd = video.frames === null ? Infinity : skip + video.frames;
  const placed = ranges.flatMap(({ zone, first }, at): ZoneSettings[] => {
    const end = ranges[at + 1]?.first ?? Infinity;
    if (end <= skip || first >= encodedEnd) return [];
    const { speed, quantizer, photonNoise } = video.options;
    return [{
      first: Math.max(0, first - skip),
      speed: zone.speed ?? speed,
      quantizer: zone.quantizer ?? quantizer,
      photonNoise: zone.photonNoise ?? photonNoise,
    }];
  });
  return { zones: placed, reach };
}

function rangeOf(zone: Zone, video: ZonedVideo): Range {
  const first = frameOf(zone.start, zone, video);
  const end = zone.end === undefined ? null : frameOf(zone.end, zone, video);
  if (end !== null && end <= first) {
    throw new InputError(`${zone.place}: it has no frame: it begins with frame ${first} and ends before frame ${end}`);
  }
  return { zone, first, end };
}

/** The frame that is shown at that time, or whose beginning is next to it: players round what they show. */
function frameOf(position: ZonePosition, { place }: Zone, { frameRate }: ZonedVideo): number {
  if (position.kind === "frame") return position.frame;
  if (frameRate === undefined) {
    throw new InputError(
      `${place}: times need a constant frame rate, which this video has not; give the zone's frames, first and last`,
    );
  }
  return Math.round(position.seconds * frameRate.num / frameRate.den);
}

function refuseTwoGrains({ place, photonNoise = 0 }: Zone, { options: { filmGrainTable } }: ZonedVideo): void {
  if (photonNoise === 0 || filmGrainTable === null) return;
  throw new InputError(`${place}: photon-noise and --film-grain-table exclude each other; drop one`);
}

function checkNeighbours(before: Range, { zone: { place }, first }: Range): void {
  const name = before.zone.place.replace(/^.*, /, "");
  if (first <= before.first) {
    const order = first === before.first ? "as does" : `and comes after`;
    throw new InputError(
      `${place}: it begins with frame ${first}, ${order} ${name}` +
        (first === before.first ? "; drop one" : `, which begins with ${before.first}; put them in order`),
    );
  }
  if (before.end === null || before.end === first) return;
  if (before.end > first) {
    throw new InputError(
      `${place}: it begins with frame ${first}, and ${name} reaches to frame ${before.end - 1}; ` +
        `set last = ${first - 1} there, or leave its end out`,
    );
  }
  throw new InputError(
    `${before.zone.place}: ${inNoZone(before.end, first, "after")}; set last = ${first - 1}, or add a zone there`,
  );
}

function checkStart({ zone: { place }, first }: Range, { skip }: ZonedVideo): void {
  if (first <= skip) return;
  throw new InputError(
    `${place}: ${inNoZone(skip, first, "before")}; add one with first = ${skip}, ` +
      "which without further keys is encoded as the command line says",
  );
}

function checkEnd(reach: ZonesReach, ranges: readonly Range[], { skip, frames, inputFrames }: ZonedVideo): void {
  if (inputFrames === null) return;
  for (const { zone: { place }, first, end } of ranges) {
    const last = end === null ? first : end - 1;
    if (last >= inputFrames) {
      const what = first >= inputFrames ? `it begins with frame ${first}` : `it reaches to frame ${last}`;
      throw new InputError(`${place}: ${what}, and the input has ${inputFrames} frames, 0 to ${inputFrames - 1}`);
    }
  }
  const encodedEnd = frames === null ? inputFrames : Math.min(inputFrames, skip + frames);
  if (reach.most !== null && reach.most < encodedEnd) {
    throw new InputError(
      `${reach.lastZone}: ${inNoZone(reach.most, encodedEnd, "after")}; leave its end out, or add a zone there`,
    );
  }
}

/** "frames 10 to 19 after it are in no zone", "frame 10 before it is in no zone". */
function inNoZone(first: number, end: number, where: "before" | "after"): string {
  return end - first === 1
    ? `frame ${first} ${where} it is in no zone`
    : `frames ${first} to ${end - 1} ${where} it are in no zone`;
}
