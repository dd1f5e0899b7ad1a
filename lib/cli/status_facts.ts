// What `status` says, worked out once: the JSON object of --json, from which status_text.ts makes lines for people. Frames
// are those of the input, from 0; what cannot be said is null.

import type { EncoderSettings } from "../encode/settings.ts";
import type { Part, StoreStatus } from "../resume/store_status.ts";
import { zoneTexts } from "./encode_zones.ts";
import type { Identity } from "../resume/identity.ts";
import { proxyWords } from "./proxies/proxy_words.ts";
import { rav1eArguments } from "./rav1e_command.ts";
import { shellQuote } from "./shell_quote.ts";

export interface StatusFacts {
  readonly output: string;
  readonly store: string;
  /** Of the source's sides, where it is one of its proxies; else null. */
  readonly proxyPercent: number | null;
  /** "unnamed": all is encoded and written, and the output has not got its name. "complete": it has; others of its set have not. */
  readonly state: "running" | "interrupted" | "unnamed" | "complete";
  /** Frames; `known` are those whose segments are known. */
  readonly frames: {
    readonly done: number;
    readonly left: number | null;
    readonly known: number;
    readonly all: number | null;
  };
  readonly segments: { readonly done: number; readonly known: number; readonly planComplete: boolean };
  /** Part of the frames that is done, 0 to 1. */
  readonly fraction: number | null;
  /** Of finished packets. */
  readonly bytes: number;
  /** The command that encodes the same; a pipe is "-"; the paths of zones and of a film grain table are not known. */
  readonly command: string;
  readonly settings: EncoderSettings;
  /** Clauses, in order. */
  readonly zones: readonly string[];
  /** ISO 8601. */
  readonly begun: string;
  readonly runs: number;
  readonly lastRun: {
    readonly started: string;
    readonly lastHeard: string;
    readonly ended: "running" | "clean" | "failed" | "killed";
    /** Of this machine; 0 where workers encode alone. */
    readonly slots: number;
    /** Wall time, and frames of segments that it finished. */
    readonly seconds: number;
    readonly frames: number;
    readonly fps: number | null;
  };
  /** Seconds left at that pace; null unless running. */
  readonly eta: number | null;
  /** Segments that are being encoded; empty unless running. */
  readonly running: readonly (InputFrames & { readonly seconds: number })[];
  /** What a stop would lose now: minutes of slots on segments that are not finished. */
  readonly stopCostSlotMinutes: number;
  /** Segments that the process has died with too often. */
  readonly setAside: readonly (InputFrames & { readonly deaths: number })[];
  /** Found damaged at the last start, to be encoded again. */
  readonly damaged: readonly InputFrames[];
}

export interface InputFrames {
  readonly segment: number;
  readonly firstFrame: number;
  readonly lastFrame: number;
}

export interface StatusMoment {
  readonly output: string;
  readonly store: string;
  readonly running: boolean;
  /** Of what is under the output's name; undefined where there is nothing. */
  readonly outputBytes: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function statusFacts(
  status: StoreStatus,
  { output, store, running, outputBytes, now }: StatusMoment,
): StatusFacts {
  const { beginning: { identity, begun }, plan, frames, framesDone, lastRun } = status;
  const { skip, limit } = identity.range;
  const inputFrames = ({ segment, first, frames }: Part): InputFrames => ({
    segment,
    firstFrame: skip + first,
    lastFrame: skip + first + Math.max(1, frames) - 1,
  });
  // A clock that was set back makes no negative time.
  const seconds = Math.max(0, ((running ? now : lastRun.lastHeard) - lastRun.started) / 1000);
  const fps = lastRun.frames > 0 && seconds > 0 ? lastRun.frames / seconds : null;
  const left = frames === null ? null : Math.max(0, frames - framesDone);
  const atWork = running ? status.begun.map((part) => ({ part, seconds: Math.max(0, (now - part.since) / 1000) })) : [];
  const words = rav1eArguments({
    input: identity.input?.path ?? identity.reading?.path ?? "-",
    output,
    skip,
    limit,
    timeBase: undefined,
    filmGrainTablePath: identity.settings.filmGrainTable === null ? null : "TABLE",
  }, identity.settings);
  const zoneWords = identity.settings.zones?.length > 0 ? ["--zones", "ZONES"] : [];
  return {
    output,
    store,
    proxyPercent: identity.reading?.proxyPercent ?? null,
    state: status.final !== undefined && status.final.bytes === outputBytes
      ? "complete"
      : running
      ? "running"
      : status.final !== undefined
      ? "unnamed"
      : "interrupted",
    frames: { done: framesDone, left, known: plan.decided, all: frames },
    segments: { done: status.segmentsDone, known: plan.keyframes.length, planComplete: plan.complete },
    fraction: frames === null ? null : frames === 0 ? 1 : framesDone / frames,
    bytes: status.bytes,
    command: [
      "rav1e-by-gop",
      ...(identity.reading?.proxyPercent === undefined
        ? [...zoneWords, ...words.slice(1)]
        : proxyWords(words.slice(1), identity.reading.proxyPercents ?? [identity.reading.proxyPercent])),
      ...readingWords(identity),
    ].map(shellQuote).join(" "),
    settings: identity.settings,
    zones: zoneTexts(identity.settings.zones ?? [], skip),
    begun: new Date(begun).toISOString(),
    runs: status.runs,
    lastRun: {
      started: new Date(lastRun.started).toISOString(),
      lastHeard: new Date(lastRun.lastHeard).toISOString(),
      ended: running ? "running" : lastRun.ended === null ? "killed" : lastRun.ended ? "clean" : "failed",
      slots: lastRun.slots,
      seconds,
      frames: lastRun.frames,
      fps,
    },
    eta: running && fps !== null && left !== null ? left / fps : null,
    running: atWork.map(({ part, seconds }) => ({ ...inputFrames(part), seconds })),
    stopCostSlotMinutes: atWork.reduce((sum, { seconds }) => sum + seconds, 0) / 60,
    setAside: status.setAside.map((part) => ({ ...inputFrames(part), deaths: part.deaths })),
    damaged: status.damaged.map(inputFrames),
  };
}

/** What a child was asked, as options. */
function readingWords({ reading }: Identity): string[] {
  const words: string[] = [];
  if (reading?.videoFilter) words.push("--video-filter", reading.videoFilter);
  if (reading?.bitDepth) words.push("--bit-depth", `${reading.bitDepth}`);
  return words;
}
