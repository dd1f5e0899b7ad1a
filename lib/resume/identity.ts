// What an encode is, as far as its bytes depend on it: two runs with the same identity may share their segments, any other
// two may not. Only what changes bytes is compared; the rest is there for people. Differences are said in the words of the
// command line.

import type { EncoderSettings, ZoneSettings } from "../encode/settings.ts";
import type { Ratio } from "../media/video_format.ts";
import type { Reading } from "../inputs/opened_source.ts";
import { type Fingerprint, sameContent } from "./fingerprint.ts";
import { sharedByLimits } from "./limit_change.ts";
import { zonesThatCount } from "./zone_changes.ts";

export interface Identity {
  readonly settings: EncoderSettings;
  readonly range: {
    /** Frames of the input before the first that is encoded. */
    readonly skip: number;
    /** Frames to encode; null while a pipe has not ended. */
    readonly frames: number | null;
    /** As the command line has it; 0 is all. */
    readonly limit: number;
  };
  /** Versions. */
  readonly rav1e: string;
  readonly avSceneChange: string;
  /** Of the library's interface; informs only. */
  readonly abi: number;
  /** The input's content; null for a pipe. */
  readonly input: Fingerprint | null;
  /** What was asked of the child that reads it; null or absent where there is none. */
  readonly reading?: Reading | null;
  /** SHA-256 in hexadecimal of the scene list that was given; null without one. */
  readonly scenes: string | null;
  /** Frames that were forced to be keyframes, ascending. */
  readonly forcedKeyframes: readonly number[];
}

/** Names where the property's own, with spaces, would not be understood. */
const names: Partial<Record<keyof EncoderSettings, string>> = {
  minKeyint: "min-keyint",
  noSceneDetection: "no-scene-detection",
  timeBase: "the frame rate",
  sampleAspectRatio: "the sample aspect ratio",
  highBitdepth: "high-bitdepth",
};

/**
 * What keeps `now` from going on with what `stored` began, a clause each: "speed is 8, was 6". Empty when nothing does.
 * `decided`: frames of which the plan is known; later zones may be others.
 */
export function differences(stored: Identity, now: Identity, decided = Infinity): string[] {
  return [
    ...settingDifferences(stored.settings, now.settings),
    ...zoneDifferences(stored, now, decided),
    ...changed("skip", stored.range.skip, now.range.skip),
    ...frameDifferences(stored, now),
    ...changed("rav1e", stored.rav1e, now.rav1e),
    ...changed("av-scenechange", stored.avSceneChange, now.avSceneChange),
    ...sceneDifferences(stored.scenes, now.scenes),
    ...changed("force-keyframes", listed(stored.forcedKeyframes), listed(now.forcedKeyframes)),
    ...readingDifferences(stored.reading ?? null, now.reading ?? null),
    ...inputDifferences(stored, now),
  ];
}

function settingDifferences(stored: EncoderSettings, now: EncoderSettings): string[] {
  // A field that only one of the two programs knows is a difference as well.
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(now)])] as (keyof EncoderSettings)[];
  return keys.flatMap((key) => {
    if (key === "zones" || JSON.stringify(stored[key]) === JSON.stringify(now[key])) return [];
    if (key === "filmGrainTable") return [grainDifference(stored[key], now[key])];
    if (key === "timeBase") return changed(names[key]!, rate(stored[key]), rate(now[key]));
    return changed(names[key] ?? spelled(key), shown(stored[key]), shown(now[key]));
  });
}

/** The first zone that is another one. Frames are those of the input. */
function zoneDifferences(stored: Identity, now: Identity, decided: number): string[] {
  // Stores of older versions have none.
  const counting = ({ settings }: Identity) => zonesThatCount(settings.zones ?? [], decided);
  const theirs = counting(stored), ours = counting(now);
  const said = (zone: ZoneSettings | undefined) => {
    if (zone === undefined) return "none";
    const { first, speed, quantizer, photonNoise } = zone;
    return `from frame ${
      now.range.skip + first
    } on speed ${speed}, quantizer ${quantizer}, photon noise ${photonNoise}`;
  };
  for (let at = 0; at < Math.max(theirs.length, ours.length); at++) {
    const [before, after] = [said(theirs[at]), said(ours[at])];
    if (before !== after) return [`zone ${at + 1} is ${after}, was ${before}`];
  }
  return [];
}

function grainDifference(stored: string | null, now: string | null): string {
  if (stored === null) return "there is a film grain table, there was none";
  return now === null ? "there is no film grain table, there was one" : "the film grain table is another one";
}

function sceneDifferences(stored: string | null, now: string | null): string[] {
  if (stored === now) return [];
  if (stored === null) return ["there is a scene list, there was none"];
  return now === null ? ["there is no scene list, there was one"] : ["the scene list is another one"];
}

/** The number of frames is the input's where nothing limits it, else the command line's. */
function frameDifferences(stored: Identity, now: Identity): string[] {
  const before = stored.range.frames, after = now.range.frames;
  if (before === null || after === null) {
    if (sharedByLimits(stored, now) !== undefined) return [];
    return changed("limit", limitWord(stored.range.limit), limitWord(now.range.limit));
  }
  if (before === after) return [];
  if (stored.range.limit !== now.range.limit) {
    return [`there are ${after} frames to encode (limit ${limitWord(now.range.limit)}), there were ${before}`];
  }
  return [`the input has ${after + now.range.skip} frames, had ${before + stored.range.skip}`];
}

function readingDifferences(stored: Reading | null, now: Reading | null): string[] {
  return [
    ...changed("what reads the input", stored?.via ?? "this program", now?.via ?? "this program"),
    ...changed("its stream", stored?.stream ?? 0, now?.stream ?? 0),
    ...changed("video-filter", stored?.videoFilter ?? "none", now?.videoFilter ?? "none"),
    ...changed("its conversion", stored?.conversion ?? "none", now?.conversion ?? "none"),
  ];
}

function inputDifferences({ input: stored }: Identity, { input: now }: Identity): string[] {
  if (stored === null || now === null || sameContent(stored, now)) return [];
  if (stored.size !== now.size) return [`the input has ${now.size} bytes, had ${stored.size}`];
  return ["the input's content is another one"];
}

/** How far the input's frames must be looked at before finished segments are taken for its own. */
export function inputTrust(stored: Identity, now: Identity): "same" | "check-frames" | "pipe" {
  // A pipe's frames are hashed as they are read.
  if (now.input === null) return "pipe";
  if (stored.input === null) return "check-frames";
  return stored.input.modified === now.input.modified ? "same" : "check-frames";
}

function changed<T>(name: string, stored: T, now: T): string[] {
  return stored === now ? [] : [`${name} is ${now}, was ${stored}`];
}

function spelled(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "not set";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (isRatio(value)) return `${value.num}:${value.den}`;
  return String(value);
}

function isRatio(value: unknown): value is Ratio {
  return typeof value === "object" && value !== null && "num" in value && "den" in value;
}

/** A time base as frames a second. */
function rate(timeBase: Ratio | undefined): string {
  return timeBase === undefined ? "not set" : `${timeBase.den}/${timeBase.num}`;
}

function limitWord(limit: number): string {
  return limit === 0 ? "none" : `${limit}`;
}

function listed(frames: readonly number[]): string {
  return frames.length === 0 ? "none" : frames.join(",");
}
