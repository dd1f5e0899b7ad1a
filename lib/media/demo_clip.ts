// Moving pictures made by code, the same bits on every machine: whole-number arithmetic only and a generator of random
// numbers of its own, no sines, no floating point. The demo encodes such a clip, and so do the tests, whose committed
// sums depend on every sample: a change here changes them all.
// A clip is scenes one after the other. A scene has a texture that pans behind discs which move on their own, with
// noise, and may fade or flash. Samples are made at 12 bits and cut down to the clip's depth.

import { PictureTexture, RandomNumbers } from "./demo_texture.ts";
import type { ChromaSampling } from "./video_format.ts";

export interface Scene {
  /** At least 1. */
  readonly frames: number;
  /** What the scene shows; equal seeds show equal pictures. */
  readonly seed: number;
  /** How far the texture moves, in quarter luma samples a frame; 0 where absent. */
  readonly panX?: number;
  readonly panY?: number;
  /** Moving discs; 2 where absent. */
  readonly discs?: number;
  /** Height of the noise in 8-bit steps, 0 to 32; 2 where absent. */
  readonly noise?: number;
  /** Brightness at the scene's first and last frame, 0 (black) to 256; [256, 256] where absent. */
  readonly fade?: readonly [number, number];
  /** Frames of the scene, from 0, that flash nearly white. */
  readonly flashes?: readonly number[];
}

export interface Clip {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 8 | 10 | 12;
  readonly chromaSampling: ChromaSampling;
  readonly scenes: readonly Scene[];
}

/** Frames of all scenes. */
export function clipLength(clip: Clip): number {
  return clip.scenes.reduce((sum, scene) => sum + scene.frames, 0);
}

/** What `deno task demo` encodes: three scenes, each with motion of its own, and a flash in the second. */
export const demoClip: Clip = {
  width: 640,
  height: 360,
  bitDepth: 8,
  chromaSampling: "4:2:0",
  scenes: [
    { frames: 50, seed: 1, panX: 10, panY: 2, discs: 3, fade: [0, 256] },
    { frames: 60, seed: 2, panX: -6, panY: 3, discs: 4, flashes: [30] },
    { frames: 40, seed: 3, panX: 3, panY: -8, discs: 2 },
  ],
};

/**
 * Every frame in order, laid out as y4m does: planes Y, Cb, Cr without padding, one byte a sample at 8 bits, two
 * little-endian above. The buffer is used again for the next frame: copy what must be kept.
 */
export function* clipFrames(clip: Clip): Generator<Uint8Array> {
  const planes = planeShapes(clip);
  const samples = planes.reduce((sum, plane) => sum + plane.width * plane.height, 0);
  const frame = new Uint8Array(clip.bitDepth === 8 ? samples : samples * 2);
  const values = new Uint16Array(samples);
  for (const scene of clip.scenes) {
    const painter = new ScenePainter(clip, scene);
    for (let n = 0; n < scene.frames; n++) {
      let at = 0;
      for (const plane of planes) {
        painter.paint(n, plane, values.subarray(at, at + plane.width * plane.height));
        at += plane.width * plane.height;
      }
      packSamples(values, clip.bitDepth, frame);
      yield frame;
    }
  }
}

interface PlaneShape {
  readonly index: 0 | 1 | 2;
  readonly width: number;
  readonly height: number;
  /** Luma samples per sample of this plane, as powers of two. */
  readonly shiftX: 0 | 1;
  readonly shiftY: 0 | 1;
}

function planeShapes(clip: Clip): PlaneShape[] {
  const luma: PlaneShape = { index: 0, width: clip.width, height: clip.height, shiftX: 0, shiftY: 0 };
  if (clip.chromaSampling === "4:0:0") return [luma];
  const shiftX = clip.chromaSampling === "4:4:4" ? 0 : 1;
  const shiftY = clip.chromaSampling === "4:2:0" ? 1 : 0;
  const chroma = { width: (clip.width + shiftX) >> shiftX, height: (clip.height + shiftY) >> shiftY, shiftX, shiftY };
  return [luma, { index: 1, ...chroma } as PlaneShape, { index: 2, ...chroma } as PlaneShape];
}

/** Black, or no colour, at 12 bits. */
const neutral = [256, 2048, 2048] as const;

class ScenePainter {
  readonly #scene: Scene;
  readonly #texture: PictureTexture;
  readonly #discs: Disc[];
  /** Triangular, -256 to 255. Every row of every frame starts to read at another place. */
  readonly #noise = new Int16Array(4096);

  constructor(clip: Clip, scene: Scene) {
    this.#scene = scene;
    const random = new RandomNumbers(scene.seed);
    this.#texture = new PictureTexture(random);
    this.#discs = Array.from({ length: scene.discs ?? 2 }, () => new Disc(clip, random));
    for (let i = 0; i < this.#noise.length; i++) this.#noise[i] = random.below(257) + random.below(257) - 256;
  }

  /** Paints frame `n` of the scene, 12-bit samples. */
  paint(n: number, plane: PlaneShape, into: Uint16Array): void {
    const { panX = 0, panY = 0, noise = 2, fade = [256, 256], flashes = [] } = this.#scene;
    const { width, height, shiftX, shiftY } = plane;
    const left = (n * panX) >> 2, top = (n * panY) >> 2;
    for (let y = 0; y < height; y++) {
      this.#texture.readRow(plane.index, left, top + (y << shiftY), shiftX, into.subarray(y * width, (y + 1) * width));
    }
    for (const disc of this.#discs) disc.paint(n, plane, this.#texture, into);

    const last = Math.max(1, this.#scene.frames - 1);
    const gain = fade[0] + Math.trunc(((fade[1] - fade[0]) * n) / last);
    const flash = flashes.includes(n);
    const zero = neutral[plane.index];
    const rows = new RandomNumbers(this.#scene.seed * 4099 + n * 3 + plane.index);
    for (let y = 0; y < height; y++) {
      const noiseStart = rows.below(4096);
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        let value = into[i]!;
        if (gain !== 256) value = zero + (((value - zero) * gain) >> 8);
        if (flash) value += ((plane.index === 0 ? 4095 : 2048) - value) * 3 >> 2;
        value += (this.#noise[(noiseStart + x) & 4095]! * noise) >> 4;
        into[i] = value < 0 ? 0 : value > 4095 ? 4095 : value;
      }
    }
  }
}

/** A disc of another part of the texture, inverted, that crosses the picture and bounces at its edges. */
class Disc {
  readonly #radius: number;
  readonly #x: number;
  readonly #y: number;
  readonly #stepX: number;
  readonly #stepY: number;
  readonly #width: number;
  readonly #height: number;
  readonly #offset: number;

  constructor(clip: Clip, random: RandomNumbers) {
    const smaller = Math.min(clip.width, clip.height);
    this.#radius = (smaller >> 4) + 2 + random.below((smaller >> 3) + 1);
    this.#width = clip.width;
    this.#height = clip.height;
    this.#x = random.below(clip.width);
    this.#y = random.below(clip.height);
    this.#stepX = random.below(9) - 4;
    this.#stepY = random.below(7) - 3;
    this.#offset = random.below(200) + 20;
  }

  paint(n: number, plane: PlaneShape, texture: PictureTexture, into: Uint16Array): void {
    const { width, height, shiftX, shiftY, index } = plane;
    const centreX = bounce(this.#x + n * this.#stepX, this.#width),
      centreY = bounce(this.#y + n * this.#stepY, this.#height);
    const radius = this.#radius;
    const firstX = Math.max(0, (centreX - radius) >> shiftX), lastX = Math.min(width - 1, (centreX + radius) >> shiftX);
    const firstY = Math.max(0, (centreY - radius) >> shiftY),
      lastY = Math.min(height - 1, (centreY + radius) >> shiftY);
    for (let y = firstY; y <= lastY; y++) {
      const dy = (y << shiftY) - centreY;
      for (let x = firstX; x <= lastX; x++) {
        const dx = (x << shiftX) - centreX;
        if (dx * dx + dy * dy > radius * radius) continue;
        into[y * width + x] = 4095 - texture.read(index, dx + this.#offset, dy + this.#offset);
      }
    }
  }
}

/** Folds a straight path into 0 .. size-1. */
function bounce(position: number, size: number): number {
  const period = 2 * size;
  const folded = ((position % period) + period) % period;
  return folded < size ? folded : period - 1 - folded;
}

function packSamples(values: Uint16Array, bitDepth: 8 | 10 | 12, into: Uint8Array): void {
  if (bitDepth === 8) {
    for (let i = 0; i < values.length; i++) into[i] = values[i]! >> 4;
    return;
  }
  const shift = 12 - bitDepth;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! >> shift;
    into[2 * i] = value & 255;
    into[2 * i + 1] = value >> 8;
  }
}
