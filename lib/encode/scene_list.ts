// A scene list: where the keyframes of a video are, found once and used for any number of encodes. It says what it was
// made of, and an encode that differs in anything that decides keyframes refuses it, so that the same list gives the same
// bytes as detection itself. One JSON object in UTF-8:
//
//   format, version   "rav1e-by-gop scenes", 1
//   rav1e, avSceneChange                 versions of the encoder and of its scene detector
//   width, height, bitDepth, chromaSampling, frameRate {num, den}   of the video; frames per second
//   skip, frames      frames of the input left out at its start; frames that follow and were looked at
//   sceneDetection    "standard", "fast" or "none"
//   minKeyint, keyint frames between keyframes, at least and at most; keyint 0 is no limit
//   lowLatency, highBitdepth             true or false, as the options of these names
//   forcedKeyframes   frames that --force-keyframes named, ascending
//   keyframes         frames, ascending, the first 0
//
// Frames are counted from the first that is encoded. Other fields are left alone. Keyframes may be changed by hand.

import type { LibraryInfo, ResolvedSettings } from "../../ffi/library.ts";
import { InputError, UsageError } from "../errors.ts";
import { printable, quotedPath } from "../media/printable.ts";
import type { Ratio } from "../media/video_format.ts";
import type { Detected } from "./plan.ts";
import { JsonFields, type JsonObject } from "./json_fields.ts";
import type { EncoderSettings } from "./settings.ts";

const format = "rav1e-by-gop scenes";
const version = 1;

/** The fields of the document beside `format` and `version`; the head of this file explains them. */
export interface SceneList {
  readonly rav1e: string;
  readonly avSceneChange: string;
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly chromaSampling: string;
  readonly frameRate: Ratio;
  readonly skip: number;
  readonly frames: number;
  readonly sceneDetection: string;
  readonly minKeyint: number;
  readonly keyint: number;
  readonly lowLatency: boolean;
  readonly highBitdepth: boolean;
  readonly forcedKeyframes: readonly number[];
  readonly keyframes: readonly number[];
}

/** What decides where keyframes are, of an encode or of a list that is to be made. */
export interface KeyframeContext {
  readonly library: Pick<LibraryInfo, "rav1e" | "avSceneChange">;
  readonly settings: EncoderSettings;
  readonly resolved: Pick<ResolvedSettings, "keyint" | "minKeyint" | "sceneDetection" | "onePiece">;
  readonly skip: number;
  /** Frames to encode at most; 0 is all. */
  readonly limit: number;
  /** Frames to encode; null where the input has not said. */
  readonly frames: number | null;
}

/** The list of keyframes that were found. */
export function makeSceneList(
  { library, settings, resolved, skip }: KeyframeContext,
  found: Pick<SceneList, "frames" | "forcedKeyframes" | "keyframes">,
): SceneList {
  return {
    rav1e: library.rav1e,
    avSceneChange: library.avSceneChange,
    width: settings.width,
    height: settings.height,
    bitDepth: settings.bitDepth,
    chromaSampling: settings.chromaSampling,
    frameRate: { num: settings.timeBase.den, den: settings.timeBase.num },
    skip,
    frames: found.frames,
    sceneDetection: resolved.sceneDetection,
    minKeyint: resolved.minKeyint,
    keyint: settings.keyint === 0 ? 0 : resolved.keyint,
    lowLatency: settings.lowLatency,
    highBitdepth: settings.highBitdepth,
    forcedKeyframes: found.forcedKeyframes,
    keyframes: found.keyframes,
  };
}

/** The document, a field a line, newline at the end. */
export function sceneListText(list: SceneList): string {
  const fields = Object.entries({ format, version, ...list });
  return `{\n${fields.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(",\n")}\n}\n`;
}

/** Reads a document and checks all that can be checked without the video. `path` is for messages. Throws InputError. */
export function parseSceneList(text: string, path: string): SceneList {
  const refuse = (what: string, cause?: unknown) =>
    new InputError(`Cannot use ${quotedPath(path)} as a scene list: ${what}`, { cause });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw refuse(`it is not JSON (${printable((error as Error).message, 100)})`, error);
  }
  const isObject = typeof document === "object" && document !== null && !Array.isArray(document);
  if (!isObject || (document as JsonObject).format !== format) {
    throw refuse(`it is none; one is made by rav1e-by-gop scenes`);
  }
  const fields = new JsonFields(document as JsonObject, refuse);
  const found = fields.wholeNumber("version", 0);
  if (found !== version) throw refuse(`it has version ${found}, this program reads ${version}`);
  const list: SceneList = {
    rav1e: fields.text("rav1e"),
    avSceneChange: fields.text("avSceneChange"),
    width: fields.wholeNumber("width", 1),
    height: fields.wholeNumber("height", 1),
    bitDepth: fields.wholeNumber("bitDepth", 1),
    chromaSampling: fields.text("chromaSampling"),
    frameRate: fields.ratio("frameRate"),
    skip: fields.wholeNumber("skip", 0),
    frames: fields.wholeNumber("frames", 1),
    sceneDetection: fields.text("sceneDetection"),
    minKeyint: fields.wholeNumber("minKeyint", 0),
    keyint: fields.wholeNumber("keyint", 0),
    lowLatency: fields.flag("lowLatency"),
    highBitdepth: fields.flag("highBitdepth"),
    forcedKeyframes: fields.wholeNumbers("forcedKeyframes"),
    keyframes: fields.wholeNumbers("keyframes"),
  };
  const fault = faultOfFrames(list);
  if (fault !== undefined) throw refuse(fault);
  return list;
}

/** What is wrong with the frames that a list names; undefined for nothing. */
function faultOfFrames({ keyframes, forcedKeyframes, frames, keyint }: SceneList): string | undefined {
  if (keyframes[0] !== 0) return `its first keyframe is ${keyframes[0] ?? "missing"}, not 0`;
  for (const [what, numbers] of [["keyframe", keyframes], ["forced keyframe", forcedKeyframes]] as const) {
    for (const [at, frame] of numbers.entries()) {
      const before = numbers[at - 1] ?? -1;
      if (frame <= before) return `its ${what} ${frame} comes after ${before}`;
      if (frame >= frames) return `its ${what} ${frame} is beyond its ${frames} frames`;
    }
  }
  const known = new Set(keyframes);
  const missing = forcedKeyframes.find((frame) => !known.has(frame));
  if (missing !== undefined) return `its forced keyframe ${missing} is not among its keyframes`;
  for (const [at, frame] of keyframes.entries()) {
    const next = keyframes[at + 1] ?? frames;
    if (keyint > 0 && next - frame > keyint) {
      return `it has ${next - frame} frames from keyframe ${frame} on, more than its keyint of ${keyint}`;
    }
  }
  return undefined;
}

/**
 * What the list says of a video, as detection would report it. Throws InputError with all that differs where it was made
 * of something else, UsageError where the encode takes no list. Where `frames` of the context is null the caller has to
 * compare the list's `frames` with the video's once they are known.
 */
export function checkSceneList(
  list: SceneList,
  path: string,
  context: KeyframeContext,
): Detected {
  refuseOnePiece("--scenes", context.resolved);
  const { frames, keyframes, forcedKeyframes } = list;
  const most = context.limit === 0 ? frames : Math.min(frames, context.limit);
  const ours = makeSceneList(context, { frames: context.frames ?? most, keyframes, forcedKeyframes });
  const differences = differencesOf(list, ours);
  if (differences.length > 0) {
    throw new InputError(
      `Cannot use ${quotedPath(path)} for this encode: ${differences.join("; ")}; ` +
        "make it again: rav1e-by-gop scenes, with the same options",
    );
  }
  return { decided: frames, keyframes, complete: true };
}

/** The keyframes of a list, and those that zones begin with. */
export function withZoneStarts(detected: Detected, { zones }: Pick<EncoderSettings, "zones">): Detected {
  const starts = zones.map(({ first }) => first).filter((first) => first < detected.decided);
  return { ...detected, keyframes: [...new Set([...detected.keyframes, ...starts])].sort((a, b) => a - b) };
}

/** Each thing that differs, with both values. */
function differencesOf(list: SceneList, ours: SceneList): string[] {
  const size = ({ width, height }: SceneList) => `${width}x${height}`;
  const rate = ({ frameRate: { num, den } }: SceneList) => `${num}/${den}`;
  // Nothing but the Standard detector looks at it.
  const rateCounts = ours.sceneDetection === "standard";
  const compared: [string, (list: SceneList) => string | number | boolean][] = [
    ["rav1e", ({ rav1e }) => rav1e],
    ["av-scenechange", ({ avSceneChange }) => avSceneChange],
    ["size", size],
    ["bit depth", ({ bitDepth }) => bitDepth],
    ["chroma sampling", ({ chromaSampling }) => chromaSampling],
    ...(rateCounts ? [["frame rate", rate] as [string, typeof rate]] : []),
    ["frames skipped", ({ skip }) => skip],
    ["frames", ({ frames }) => frames],
    ["scene detection (--scd-speed, --speed)", ({ sceneDetection }) => sceneDetection],
    ["--min-keyint", ({ minKeyint }) => minKeyint],
    ["--keyint", ({ keyint }) => keyint],
    ["--low-latency", ({ lowLatency }) => lowLatency],
    ["--high-bitdepth", ({ highBitdepth }) => highBitdepth],
  ];
  return compared.flatMap(([name, value]) => {
    const [theirs, own] = [value(list), value(ours)];
    return theirs === own ? [] : [`${name}: ${printable(`${theirs}`, 40)} in the list, ${own} here`];
  });
}

/** Refuses frames of --force-keyframes that cannot be served. Throws UsageError. */
export function checkForcedKeyframes(
  forced: readonly number[],
  { resolved, frames }: Pick<KeyframeContext, "resolved" | "frames">,
): void {
  if (forced.length === 0) return;
  refuseOnePiece("--force-keyframes", resolved);
  const beyond = forced.find((frame) => frames !== null && frame >= frames);
  if (beyond !== undefined) {
    throw new UsageError(
      `--force-keyframes ${beyond}: there are ${frames} frames to encode, 0 to ${frames! - 1}, ` +
        "counted from the first of them",
    );
  }
}

function refuseOnePiece(option: string, { onePiece }: Pick<ResolvedSettings, "onePiece">): void {
  if (!onePiece) return;
  throw new UsageError(
    `${option}: this video has to be encoded in one piece, with rav1e placing its keyframes ` +
      "(--high-bitdepth with 8 bits, or --rdo-lookahead-frames below 4); drop one of them",
  );
}
