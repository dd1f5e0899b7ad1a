// Gives an MP4 file of one video another display matrix, as a phone writes it that was held otherwise: no command of this
// machine mirrors.

/** Numbers a b, c d of the matrix, whole ones. */
export type Turning = readonly [a: number, b: number, c: number, d: number];

export const turnings = {
  90: [0, 1, -1, 0],
  180: [-1, 0, 0, -1],
  270: [0, -1, 1, 0],
  mirrored: [-1, 0, 0, 1],
} as const satisfies Record<string | number, Turning>;

/** A copy. The first track header is the video's (ISO/IEC 14496-12, section 8.3.2, version 0). */
export function withDisplayMatrix(mp4: Uint8Array, [a, b, c, d]: Turning): Uint8Array {
  const copy = mp4.slice(), text = new TextDecoder("latin1").decode(copy), at = text.indexOf("tkhd");
  if (at < 0 || copy[at + 4] !== 0) throw new Error("There is no short track header");
  const view = new DataView(copy.buffer);
  for (const [number, value] of [a, b, 0, c, d].entries()) view.setInt32(at + 44 + 4 * number, value * 0x10000);
  return copy;
}
