// ffprobe's JSON, field by field: what is absent, of another type or out of range is undefined, and nothing else comes out.

import type { Ratio } from "../media/video_format.ts";

export type Fields = Readonly<Record<string, unknown>>;

const most = 0xffffffff;

export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {};
}

export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** A name as ffmpeg's tables have them: what a message or a comparison may hold. */
export function nameOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.,:+-]{1,200}$/.test(value) ? value : undefined;
}

/** A whole number, from `least` on, written as number or digits. */
export function wholeOf(value: unknown, least = 0, greatest = Number.MAX_SAFE_INTEGER): number | undefined {
  const number = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= least && number <= greatest
    ? number
    : undefined;
}

/** Seconds, written in decimals. */
export function secondsOf(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^-?\d{1,12}(\.\d{1,12})?$/.test(value)) return undefined;
  return Number(value);
}

/** "24000/1001" or "4:3" with both parts above 0. */
export function ratioOf(value: unknown): Ratio | undefined {
  const parts = typeof value === "string" ? /^(\d{1,10})[/:](\d{1,10})$/.exec(value) : null;
  if (parts === null) return undefined;
  const [num, den] = [Number(parts[1]), Number(parts[2])];
  return num >= 1 && den >= 1 && num <= most && den <= most ? { num, den } : undefined;
}

/** "13250/50000" as a number, 0 and above. */
export function fractionOf(value: unknown): number | undefined {
  const parts = typeof value === "string" ? /^(\d{1,10})\/(\d{1,10})$/.exec(value) : null;
  return parts === null || Number(parts[2]) === 0 ? undefined : Number(parts[1]) / Number(parts[2]);
}
