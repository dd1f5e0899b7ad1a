// Stores, identities and segments for tests: small, made from numbers, so that a segment proves which one it is.

import { defaultOptions } from "../../../lib/encode/settings.ts";
import type { Identity } from "../../../lib/resume/identity.ts";
import type { FinishedSegment } from "../../../lib/resume/segment_rows.ts";
import { settingsOf } from "../../support/settings_of.ts";

export function identity(changes: Partial<Identity> = {}): Identity {
  return {
    settings: settingsOf({ speed: defaultOptions.speed }),
    range: { skip: 0, frames: null, limit: 0 },
    rav1e: "0.8.1",
    avSceneChange: "0.14.1",
    abi: 2,
    input: null,
    scenes: null,
    forcedKeyframes: [],
    ...changes,
  };
}

/** Frames of every sample segment. */
export const framesOfASegment = 10;

/** Segment `index` of a plan of equal segments; its bytes are made from its number. */
export function segment(index: number, bytesOfAPacket = 100): FinishedSegment {
  const sizes = Uint32Array.from({ length: framesOfASegment }, (_, frame) => bytesOfAPacket + (index + frame) % 7);
  const data = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  for (let at = 0, state = index + 1; at < data.length; at++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    data[at] = state >> 16;
  }
  return {
    index,
    first: index * framesOfASegment,
    frames: framesOfASegment,
    sizes,
    data,
    seconds: index + 0.1,
    firstFrameSentAt: 1e12 + index + 0.5,
    inputDigest: new Uint8Array(32).fill(index),
  };
}

/** A complete plan of so many of them. */
export function plan(segments: number) {
  const keyframes = Array.from({ length: segments }, (_, index) => index * framesOfASegment);
  return { decided: segments * framesOfASegment, keyframes, complete: true };
}

export const opening = { output: "/films/out.ivf", mayReplace: false };
export const runState = { slots: 4, slotBytes: 100e6 };
