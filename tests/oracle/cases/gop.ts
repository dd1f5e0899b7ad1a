// Where keyframes go: intervals, scene detection, low latency, the ends of clips, and parts of clips.

import { clip, type Scene, scenes } from "../../support/clips.ts";
import { type OracleCase, range } from "../case.ts";

/** Cuts at 20, 33, 63: three segments longer than most intervals below, one shorter. */
const film = clip(scenes(20, 13, 30, 17));
const steady = clip(scenes(43));
const every = (step: number, frames: number) => range(0, Math.ceil(frames / step) - 1).map((i) => i * step);

const intervals: OracleCase[] = [
  { name: "keyint 1", clip: film, args: ["--speed", "10", "--keyint", "1"], threads: 3, keyframes: range(0, 79) },
  { name: "keyint 2", clip: steady, args: ["--speed", "10", "--keyint", "2"], keyframes: every(2, 43) },
  { name: "keyint 0", clip: film, args: ["--speed", "10", "--keyint", "0"], keyframes: [0, 20, 33, 63] },
  { name: "keyint 0 without cuts", clip: steady, args: ["--speed", "10", "--keyint", "0"], keyframes: [0] },
  {
    name: "keyint 0, min-keyint 30, which it makes 0",
    clip: film,
    args: ["--speed", "10", "--keyint", "0", "--min-keyint", "30"],
    keyframes: [0, 20, 33, 63],
  },
  {
    name: "keyint 5-7",
    clip: film,
    args: ["--speed", "10", "--min-keyint", "5", "--keyint", "7"],
    keyframes: [0, 7, 14, 20, 27, 33, 40, 47, 54, 61, 68, 75],
  },
  {
    name: "keyint 5-7 at speed 6",
    clip: film,
    args: ["--min-keyint", "5", "--keyint", "7"],
    keyframes: [0, 7, 14, 20, 27, 33, 40, 47, 54, 61, 68, 75],
  },
  { name: "keyint 11", clip: film, args: ["--speed", "10", "--keyint", "11"], keyframes: every(11, 80) },
  {
    name: "keyint 12-20",
    clip: film,
    args: ["--speed", "10", "--min-keyint", "12", "--keyint", "20"],
    keyframes: [0, 20, 33, 53, 73],
  },
  {
    name: "keyint 3-33 at speed 6",
    clip: film,
    args: ["--min-keyint", "3", "--keyint", "33"],
    keyframes: [0, 20, 33, 63],
  },
  {
    name: "min-keyint 50 above keyint 20",
    clip: film,
    args: ["--speed", "10", "--min-keyint", "50", "--keyint", "20"],
    keyframes: every(20, 80),
  },
  {
    name: "min-keyint 0",
    clip: film,
    args: ["--speed", "10", "--min-keyint", "0"],
    keyframes: [0, 20, 33, 63],
  },
  {
    name: "cuts closer than min-keyint",
    clip: clip(scenes(20, 6, 20, 11, 25)),
    args: ["--speed", "9"],
    keyframes: [0, 20, 46],
  },
  {
    name: "min-keyint 1, cuts three frames apart",
    clip: clip(scenes(14, 3, 3, 3, 14)),
    args: ["--speed", "9", "--min-keyint", "1"],
    keyframes: [0, 23],
  },
  {
    name: "longer than a default keyint",
    clip: clip(scenes(250), { width: 64, height: 48 }),
    args: ["--speed", "10"],
    keyframes: [0, 240],
  },
];

/** keyint's own keyframe among the last frames, where the detector puts none. */
const lastKeyint: OracleCase[] = [
  { name: "keyint's keyframe three frames before the end", args: [] },
  { name: "keyint's keyframe three frames before the end, low latency", args: ["--low-latency"] },
  { name: "keyint's keyframe three frames before the end, no detection", args: ["--no-scene-detection"] },
].map(({ name, args }) => ({
  name,
  clip: steady,
  args: ["--speed", "10", "--keyint", "20", ...args],
  keyframes: [0, 20, 40],
}));

/** Scene detection's two ways tell the flashes apart differently. */
const carefulCuts = [0, 19, 32, 45], fastCuts = [0, 45];
const detection: OracleCase[] = [
  {
    name: "no-scene-detection",
    clip: film,
    args: ["--speed", "10", "--no-scene-detection", "--keyint", "25"],
    keyframes: [0, 25, 50, 75],
  },
  {
    name: "no-scene-detection at speed 6, no keyint",
    clip: clip(scenes(20, 13)),
    args: ["--no-scene-detection", "--keyint", "0"],
    keyframes: [0],
  },
  {
    name: "flash at speed 10, scd-speed 0",
    clip: clip(flash()),
    args: ["--speed", "10", "--scd-speed", "0"],
    keyframes: carefulCuts,
    differsFrom: "flash at speed 10",
  },
  {
    name: "flash at speed 9, scd-speed 1",
    clip: clip(flash()),
    args: ["--speed", "9", "--scd-speed", "1"],
    keyframes: fastCuts,
    differsFrom: "flash at speed 9",
  },
  ...([["9", carefulCuts], ["10", fastCuts]] as const).flatMap(([speed, keyframes]): OracleCase[] => [
    { name: `flash at speed ${speed}`, clip: clip(flash()), args: ["--speed", speed], keyframes },
    {
      name: `flash at speed ${speed}, low latency`,
      clip: clip(flash()),
      args: ["--speed", speed, "--low-latency"],
      keyframes,
    },
    { name: `fades at speed ${speed}`, clip: clip(fades()), args: ["--speed", speed], keyframes: [0, 50] },
  ]),
  {
    name: "detection on halved pictures at speed 10",
    clip: clip(scenes(14, 13), { width: 448, height: 256 }),
    args: ["--speed", "10"],
    keyframes: [0, 14],
  },
];

function flash(): Scene[] {
  const [first, second] = scenes(45, 20);
  return [{ ...first!, flashes: [18, 30, 31] }, second!];
}

function fades(): Scene[] {
  const [first, second, third] = scenes(25, 25, 20);
  return [{ ...first!, fade: [256, 0] }, { ...second!, fade: [0, 256] }, third!];
}

const lowLatency: OracleCase[] = [
  { name: "low latency at speed 6", clip: film, args: ["--low-latency"], keyframes: [0, 20, 33, 63] },
  { name: "low latency at speed 8", clip: film, args: ["--speed", "8", "--low-latency"], keyframes: [0, 20, 33, 63] },
  { name: "low latency at speed 10", clip: film, args: ["--speed", "10", "--low-latency"], keyframes: [0, 20, 33, 63] },
  {
    name: "low latency, keyint 3-9",
    clip: film,
    args: ["--speed", "10", "--low-latency", "--min-keyint", "3", "--keyint", "9"],
    keyframes: [0, 9, 18, 27, 33, 42, 51, 60, 63, 72],
  },
  {
    name: "low latency, switch frames",
    clip: film,
    args: ["--speed", "9", "--low-latency", "--switch-frame-interval", "5"],
    keyframes: [0, 20, 33, 63],
  },
];

/** The detector never puts a keyframe in the last four frames, unless the encoder runs with low latency. */
const lateCuts: OracleCase[] = [3, 4, 5].flatMap((left) =>
  ["6", "10"].flatMap((speed) =>
    [false, true].map((low): OracleCase => ({
      name: `cut ${left} frames before the end at speed ${speed}${low ? ", low latency" : ""}`,
      clip: clip(scenes(27, left)),
      args: ["--speed", speed, ...low ? ["--low-latency"] : []],
      keyframes: low || left > 4 ? [0, 27] : [0],
    }))
  )
);

const parts: OracleCase[] = [
  { name: "limit", clip: film, args: ["--limit", "40"], frames: 40, keyframes: [0, 20, 33] },
  { name: "limit beyond the end", clip: film, args: ["--limit", "400"], keyframes: [0, 20, 33, 63] },
  { name: "limit just after a cut", clip: film, args: ["--limit", "23"], frames: 23, keyframes: [0] },
  { name: "limit 1", clip: film, args: ["--limit", "1"], frames: 1, keyframes: [0] },
  { name: "skip to just before a cut", clip: film, args: ["--skip", "18"], frames: 62, keyframes: [0, 15, 45] },
  { name: "skip to a cut", clip: film, args: ["--skip", "20"], frames: 60, keyframes: [0, 13, 43] },
  { name: "skip and limit", clip: film, args: ["--skip", "25", "--limit", "44"], frames: 44, keyframes: [0, 38] },
].map((part) => ({ ...part, args: ["--speed", "10", ...part.args] }));

/** Clips shorter than the encoder's pyramid, lookahead and detector expect. */
const tiny = { width: 64, height: 48 };
const short: OracleCase[] = [
  ...range(1, 12).map((frames) => ({ name: `${frames} frames`, clip: clip(scenes(frames), tiny), keyframes: [0] })),
  ...[1, 2, 5].map((frames) => ({
    name: `${frames} frames, low latency`,
    clip: clip(scenes(frames), tiny),
    args: ["--low-latency"],
    keyframes: [0],
  })),
  ...range(8, 12).map((frames) => ({
    name: `${frames} frames, cut in the middle`,
    clip: clip(scenes(halfOf(frames), frames - halfOf(frames)), tiny),
    args: ["--min-keyint", "1"],
    keyframes: frames < 10 ? [0] : [0, halfOf(frames)],
  })),
  ...range(2, 9).map((frames) => ({
    name: `${frames} frames, cut in the middle, low latency`,
    clip: clip(scenes(halfOf(frames), frames - halfOf(frames)), tiny),
    args: ["--min-keyint", "1", "--low-latency"],
    keyframes: frames < 7 ? [0] : [0, halfOf(frames)],
  })),
].map((one: OracleCase) => ({ ...one, args: ["--speed", "8", ...one.args ?? []] }));

function halfOf(frames: number): number {
  return Math.ceil(frames / 2);
}

export const gopCases: readonly OracleCase[] = [
  ...intervals,
  ...lastKeyint,
  ...detection,
  ...lowLatency,
  ...lateCuts,
  ...parts,
  ...short,
];
