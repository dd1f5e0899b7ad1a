// The random numbers and textures of demo_clip.ts. Whole numbers below 2^32 only (Math.imul and >>>), so that every
// machine and every JavaScript engine makes the same ones.

/** A 32-bit counter mixed until its bits look random (the finaliser of MurmurHash3). */
export class RandomNumbers {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed | 0, 0x9e3779b1) | 0;
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return mix(this.#state);
  }

  /** 0 to limit - 1, for limits up to 65536; not perfectly even, and evenly imperfect everywhere. */
  below(limit: number): number {
    return ((this.next() >>> 16) * limit) >>> 16;
  }
}

function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Samples a row and rows of a texture, a power of two; it repeats in both directions. */
const size = 256;

/** Three planes of smooth random shapes over finer ones, 12 bits a sample, with the colours of one scene. */
export class PictureTexture {
  readonly #planes: readonly Uint16Array[];

  constructor(random: RandomNumbers) {
    const middle = 1100 + random.below(1900);
    const contrast = 700 + random.below(900);
    const rough = random.below(4);
    this.#planes = [
      texturePlane(random, middle, contrast, rough),
      texturePlane(random, 1400 + random.below(1300), 300 + random.below(400), 0),
      texturePlane(random, 1400 + random.below(1300), 300 + random.below(400), 0),
    ];
  }

  /** The sample at a place in luma coordinates, which may be negative. */
  read(plane: 0 | 1 | 2, x: number, y: number): number {
    return this.#planes[plane]![((y & (size - 1)) * size) + (x & (size - 1))]!;
  }

  /** A row of samples from (left, top) in luma coordinates, each 1 << shiftX luma samples after the one before. */
  readRow(plane: 0 | 1 | 2, left: number, top: number, shiftX: number, into: Uint16Array): void {
    const samples = this.#planes[plane]!;
    const row = (top & (size - 1)) * size;
    for (let x = 0; x < into.length; x++) into[x] = samples[row + ((left + (x << shiftX)) & (size - 1))]!;
  }
}

/** Random values on lattices of 64, 16 and 4 samples, joined smoothly; `rough` (0 to 3) is the weight of the finest. */
function texturePlane(random: RandomNumbers, middle: number, contrast: number, rough: number): Uint16Array {
  const sum = new Int32Array(size * size);
  const layers = [{ cell: 64, weight: 4 }, { cell: 16, weight: 2 }, { cell: 4, weight: rough }];
  for (const { cell, weight } of layers) {
    const seed = random.next();
    if (weight > 0) addLayer(sum, seed, cell, weight);
  }
  const weights = 6 + rough;
  const plane = new Uint16Array(size * size);
  for (let i = 0; i < plane.length; i++) {
    // sum / weights is 0 .. 65535 with most of it near the middle.
    const offset = Math.trunc(sum[i]! / weights) - 32768;
    plane[i] = Math.min(4095, Math.max(0, middle + ((offset * contrast) >> 15)));
  }
  return plane;
}

function addLayer(sum: Int32Array, seed: number, cell: number, weight: number): void {
  const cells = size / cell;
  const corner = (x: number, y: number) => mix(seed + (y % cells) * cells + (x % cells)) >>> 16;
  // 3t^2 - 2t^3 in 256ths: no creases at the lattice's lines.
  const smooth = Int32Array.from({ length: cell }, (_, i) => {
    const t = Math.trunc((i * 256) / cell);
    return (t * t * (768 - 2 * t)) >> 16;
  });
  for (let cellY = 0; cellY < cells; cellY++) {
    for (let cellX = 0; cellX < cells; cellX++) {
      const a = corner(cellX, cellY), b = corner(cellX + 1, cellY);
      const c = corner(cellX, cellY + 1), d = corner(cellX + 1, cellY + 1);
      for (let y = 0; y < cell; y++) {
        const left = a + (((c - a) * smooth[y]!) >> 8), right = b + (((d - b) * smooth[y]!) >> 8);
        let at = (cellY * cell + y) * size + cellX * cell;
        for (let x = 0; x < cell; x++, at++) sum[at]! += weight * (left + (((right - left) * smooth[x]!) >> 8));
      }
    }
  }
}
