// Peak memory of one encoder slot, from what rav1e 0.8.1 keeps for a frame and for how many frames at once. Within 20 % of
// what bench/memory.ts measures over 360p to 2160p (tests/unit/machine/memory_model_test.ts holds it to that table).
//
// Each frame in the look-ahead (rav1e's src/encoder.rs, FrameState and CodedFrameData) has its input and a reconstruction,
// both padded, smaller copies of the luma plane, motion statistics for eight references and some figures a block. With
// reordered frames every second frame of a group comes with an entry that only shows it, and has all but the input anew.

import type { ResolvedSettings } from "../../ffi/library.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import { chromaSize } from "../media/video_format.ts";

/** What of the settings decides the size of planes. */
type PlaneSettings = Pick<EncoderSettings, "width" | "height" | "bitDepth" | "highBitdepth" | "chromaSampling">;

/** Samples around the luma plane on each side: a superblock, and what filters reach (src/frame/mod.rs). */
const lumaPadding = 64 + 16 + 8;
/** Frames that are encoded as a group when frames are reordered (src/encoder.rs, InterConfig). */
const groupFrames = 4;
/** Frames beyond the look-ahead at the peak: groups that wait for their last frame, and scene detection's distance. */
const framesBeyond = { reordered: 13, inOrder: 6 };
/** Frames kept as references alone. */
const referenceFrames = 3;
/** 8 references, 8 bytes for each block of 4x4: a motion vector and its cost (src/me.rs, MEStats). */
const motionBytesPerSample = 8 * 8 / 16;
/** Six figures of 4 bytes for each block of 8x8: importances, scales, costs, variances. */
const figureBytesPerSample = 6 * 4 / 64;
/** A thread with its JavaScript, the library, and what an encoder needs whatever the size. */
const threadBytes = 29e6;
/** What the detector holds: padded luma planes, statistics of its motion search (Standard alone), and its thread. */
const detectorPlanes = 13.8;
const detectorMotionBytesPerSample = 6;
const detectorThreadBytes = 22e6;

/** Bytes that a slot needs at its peak, its thread included, in segments of any length that the settings allow. */
export function bytesPerSlot(
  settings: PlaneSettings & Pick<EncoderSettings, "lowLatency">,
  resolved: Pick<ResolvedSettings, "rdoLookaheadFrames" | "keyint">,
): number {
  const { rdoLookaheadFrames: lookahead, keyint } = resolved;
  const reordered = !settings.lowLatency;
  const ahead = reordered
    ? Math.ceil(lookahead / groupFrames) * groupFrames + framesBeyond.reordered
    : lookahead + framesBeyond.inOrder;
  const frames = Math.min(ahead, keyint);
  const { input, shown, figures } = frameParts(settings);
  const coded = input + shown + figures;
  return threadBytes + frames * (coded + (reordered ? shown / 2 : 0)) +
    Math.min(referenceFrames, keyint - 1) * shown;
}

/** Bytes that the scene detector needs, its thread included. */
export function detectorBytes(settings: PlaneSettings, resolved: Pick<ResolvedSettings, "sceneDetection">): number {
  const motion = resolved.sceneDetection === "standard" ? detectorMotionBytesPerSample : 0;
  return detectorThreadBytes + detectorPlanes * lumaBytes(settings) + motion * settings.width * settings.height;
}

/** Bytes of a padded luma plane. */
function lumaBytes(settings: PlaneSettings): number {
  const width = roundUp(settings.width, 8), height = roundUp(settings.height, 8);
  return planeBytes(width, height, lumaPadding, lumaPadding, sampleBytes(settings));
}

function sampleBytes({ bitDepth, highBitdepth }: PlaneSettings): number {
  return bitDepth > 8 || highBitdepth ? 2 : 1;
}

/** Bytes of one frame in the encoder: the input's planes; a reconstruction with all that goes with it; the figures. */
function frameParts(settings: PlaneSettings): { input: number; shown: number; figures: number } {
  const bytes = sampleBytes(settings);
  const width = roundUp(settings.width, 8), height = roundUp(settings.height, 8);
  const chroma = chromaSize({ ...settings, width, height });
  const chromaPlanes = chroma.width === 0 ? 0 : 2 * planeBytes(
    chroma.width,
    chroma.height,
    lumaPadding * chroma.width / width,
    lumaPadding * chroma.height / height,
    bytes,
  );
  const input = lumaBytes(settings) + chromaPlanes;
  const smaller = [2, 4].map((by) => planeBytes(width / by, height / by, lumaPadding / by, lumaPadding / by, bytes));
  const motion = motionBytesPerSample * width * height;
  return {
    input,
    shown: smaller.reduce((sum, plane) => sum + plane, input + motion),
    figures: figureBytesPerSample * width * height,
  };
}

/** Rows start at multiples of 64 bytes, padding included (v_frame's src/plane.rs, PlaneConfig::new). */
function planeBytes(width: number, height: number, besideX: number, besideY: number, bytes: number): number {
  const alignment = 64 / bytes;
  return roundUp(roundUp(besideX, alignment) + width + besideX, alignment) * (height + 2 * besideY) * bytes;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
