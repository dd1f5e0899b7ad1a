// IVF files put together by hand, byte by byte, for the tests of what reads and compares them.

export interface MadePacket {
  readonly timestamp: number;
  /** At most 255 bytes. */
  readonly data: readonly number[];
}

/** 160x96 at 25/1 with the frame count its header is to announce. */
export function madeIvf(announcedFrames: number, packets: readonly MadePacket[]): Uint8Array {
  const bytes = [..."DKIF\0\0\x20\0AV01"].map((letter) => letter.charCodeAt(0));
  bytes.push(160, 0, 96, 0, 25, 0, 0, 0, 1, 0, 0, 0, announcedFrames, 0, 0, 0, 0, 0, 0, 0);
  for (const { timestamp, data } of packets) bytes.push(data.length, 0, 0, 0, timestamp, 0, 0, 0, 0, 0, 0, 0, ...data);
  return new Uint8Array(bytes);
}
