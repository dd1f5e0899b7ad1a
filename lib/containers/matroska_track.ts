// The one track of a Matroska file: what its sequence header says, said again where players look before they decode, with
// the frame's duration, the shape of its samples and what is known of the display it was made on.

import type { Ratio } from "../media/video_format.ts";
import type { QuarterTurn, VideoDescription } from "./container.ts";
import { element, float, text, uint } from "./ebml.ts";
import { contentLightOf, masteringDisplayOf } from "./hdr.ts";
import { id } from "./matroska_ids.ts";
import { av1Configuration, readSequenceHeader, type SequenceHeader } from "./sequence_header.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export const trackNumber = 1;
const videoTrack = 1;
const progressive = 2;
const rectangular = 0;
/** Of DisplayUnit: DisplayWidth and DisplayHeight are no sizes but their ratio. */
const aspectRatioUnit = 3;
/** Of ChromaSitingHorz and ChromaSitingVert. */
const siting = { collocated: 1, half: 2 } as const;

/** `isConstant`: all frames last equally long; `sequenceHeader` is the whole OBU. */
export function trackEntry(video: VideoDescription, sequenceHeader: Bytes, isConstant: boolean): Bytes {
  const { frameRate, width, height } = video;
  return element(
    id.trackEntry,
    uint(id.trackNumber, trackNumber),
    uint(id.trackUid, trackNumber),
    uint(id.trackType, videoTrack),
    uint(id.flagLacing, 0),
    text(id.language, "und"),
    text(id.codecId, "V_AV1"),
    element(id.codecPrivate, av1Configuration(sequenceHeader)),
    ...(isConstant ? [uint(id.defaultDuration, Math.max(1, Math.round(1e9 * frameRate.den / frameRate.num)))] : []),
    element(
      id.video,
      uint(id.flagInterlaced, progressive),
      uint(id.pixelWidth, width),
      uint(id.pixelHeight, height),
      ...displaySize(video),
      colour(video, readSequenceHeader(sequenceHeader)),
      ...projection(video.turn),
    ),
  );
}

/** In samples of the video's size where that is exact, else their ratio. */
function displaySize({ width, height, sampleAspectRatio }: VideoDescription): Bytes[] {
  const { num, den } = sampleAspectRatio;
  if (num === den) return [];
  const wide = width * num / den, high = height * den / num;
  const size = (width: number, height: number) => [uint(id.displayWidth, width), uint(id.displayHeight, height)];
  if (num > den && Number.isInteger(wide)) return size(wide, height);
  if (num < den && Number.isInteger(high)) return size(width, high);
  const ratio = reduced({ num: width * num, den: height * den });
  return [...size(ratio.num, ratio.den), uint(id.displayUnit, aspectRatioUnit)];
}

function reduced({ num, den }: Ratio): Ratio {
  let [a, b] = [num, den];
  while (b > 0) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}

/** RFC 9559, section 5.1.4.1.28.41 and following; the roll counts the other way, from -180 to 180. */
export function projection(turn: QuarterTurn): Bytes[] {
  if (turn === 0) return [];
  const roll = turn > 180 ? 360 - turn : -turn;
  return [element(id.projection, uint(id.projectionType, rectangular), float(id.projectionPoseRoll, roll))];
}

function colour(video: VideoDescription, header: SequenceHeader): Bytes {
  const light = contentLightOf(video.contentLight);
  return element(
    id.colour,
    uint(id.matrixCoefficients, header.matrix),
    uint(id.bitsPerChannel, header.bitDepth),
    ...subsampling(header),
    uint(id.range, header.isFullRange ? 2 : 1),
    uint(id.transferCharacteristics, header.transfer),
    uint(id.primaries, header.primaries),
    ...(light === undefined ? [] : [uint(id.maxCll, light.maximum), uint(id.maxFall, light.frameAverage)]),
    ...masteringMetadata(video),
  );
}

function subsampling(header: SequenceHeader): Bytes[] {
  if (header.isMonochrome) return [];
  const { subsamplingX, subsamplingY, chromaSamplePosition } = header;
  const sizes = [uint(id.chromaSubsamplingHorz, subsamplingX), uint(id.chromaSubsamplingVert, subsamplingY)];
  if (chromaSamplePosition === 0) return sizes;
  const vertical = chromaSamplePosition === 1 ? siting.half : siting.collocated;
  return [...sizes, uint(id.chromaSitingHorz, siting.collocated), uint(id.chromaSitingVert, vertical)];
}

function masteringMetadata(video: VideoDescription): Bytes[] {
  const display = masteringDisplayOf(video.masteringDisplay);
  if (display === undefined) return [];
  const { red, green, blue, white, maxLuminance, minLuminance } = display;
  return [element(
    id.masteringMetadata,
    float(id.redX, red[0]),
    float(id.redY, red[1]),
    float(id.greenX, green[0]),
    float(id.greenY, green[1]),
    float(id.blueX, blue[0]),
    float(id.blueY, blue[1]),
    float(id.whiteX, white[0]),
    float(id.whiteY, white[1]),
    float(id.luminanceMax, maxLuminance),
    float(id.luminanceMin, minLuminance),
  )];
}
