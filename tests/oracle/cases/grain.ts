// Film grain. A table's entries are ranges of time from the first encoded frame; the encoder changes an entry's seed
// with each frame that uses it and starts again at each keyframe. So ranges must begin, end, overlap and leave gaps
// inside segments and at their edges, and `grain` names the frames on which a decoder must see them.

import { clip, scenes } from "../../support/clips.ts";
import { type OracleCase, range } from "../case.ts";

/** One E entry: [from, to) in 100 ns. `strength` is the scaling of the brightest samples, 0 to 255. */
interface Entry {
  from: number | string;
  to: number | string;
  seed?: number;
  strength?: number;
  apply?: 0 | 1;
  chroma?: boolean;
}

/** The frames' time at 25 frames a second. */
const at = (frame: number) => frame * 400_000;
const forever = "9223372036854775807";
const zeros = (count: number) => Array(count).fill("0").join(" ");

function table(...entries: Entry[]): string {
  let text = "filmgrn1\n";
  for (const { from, to, seed = 7391, strength = 96, apply = 1, chroma = false } of entries) {
    text += `E ${from} ${to} ${apply} ${seed} 1\n`;
    if (apply === 0) continue;
    text += "\tp 3 7 0 11 0 1 128 192 256 128 192 256\n";
    text += `\tsY 4  0 ${strength >> 1} 54 ${strength >> 1} 108 ${strength} 255 ${strength}\n`;
    text += chroma
      ? `\tsCb 2 0 ${strength} 255 ${strength}\n\tsCr 2 0 ${strength} 255 ${strength}\n`
      : "\tsCb 0\n\tsCr 0\n";
    text += "\tcY 1 -4 1 4 8 3 -2 -6 9 14 -27 -25 -2 4 5 15 -80 94 28 -3 -2 6 -47 121\n";
    text += chroma
      ? "\tcCb -3 1 -4 6 -1 2 -2 1 11 -10 -2 -16 -1 3 -2 -14 -26 65 19 -3 -5 2 -6 75 -1\n" +
        "\tcCr 0 0 -4 8 -1 0 1 2 -1 -9 4 -7 -5 -2 -5 -14 0 45 18 3 -3 4 8 49 5\n"
      : `\tcCb ${zeros(25)}\n\tcCr ${zeros(25)}\n`;
  }
  return text;
}

/** Keyframes at 0, 20, 33, 63 of 80 frames. */
const film = clip(scenes(20, 13, 30, 17));
const cuts = [0, 20, 33, 63];
const base: OracleCase = { name: "no grain", clip: film, args: ["--speed", "10"], keyframes: cuts };

const grainy = (name: string, entries: Entry[], grain: number[], more: Partial<OracleCase> = {}): OracleCase => ({
  ...base,
  name: `grain table: ${name}`,
  files: { "grain.tbl": table(...entries) },
  grain,
  ...more,
  args: [...more.args ?? base.args!, "--film-grain-table", "grain.tbl"],
});

// At 10 bits the fast detector takes the last cut for one of many.
const deep: Partial<OracleCase> = { clip: { ...film, bitDepth: 10 }, keyframes: cuts.slice(0, 3) };

const always: Entry = { from: 0, to: forever };
const tables: OracleCase[] = [
  grainy("one entry for ever", [always], range(0, 79), { differsFrom: "no grain" }),
  grainy("chroma too", [{ ...always, chroma: true }], range(0, 79), { differsFrom: "grain table: one entry for ever" }),
  grainy("ranges with gaps and an open end", [
    { from: at(4), to: at(9), strength: 60 },
    { from: at(15), to: at(27), seed: 1234, chroma: true },
    { from: at(40), to: at(52), seed: 99, strength: 40 },
    { from: at(70), to: forever, seed: 42 },
  ], [...range(4, 8), ...range(15, 26), ...range(40, 51), ...range(70, 79)]),
  grainy("ranges that meet at keyframes", [
    { from: 0, to: at(20) },
    { from: at(33), to: at(63), seed: 5, strength: 50 },
  ], [...range(0, 19), ...range(33, 62)]),
  grainy("a range that meets the next one inside a segment", [
    { from: 0, to: at(41) },
    { from: at(41), to: forever, seed: 777, strength: 200 },
  ], range(0, 79)),
  grainy("overlapping ranges, of which the first one counts", [
    { from: at(10), to: at(45), seed: 1 },
    { from: at(5), to: at(70), seed: 2, strength: 180 },
    { from: 0, to: at(75), seed: 3, strength: 30 },
  ], range(0, 74)),
  grainy("an inner range before an outer one", [
    { from: at(36), to: at(44), seed: 8, strength: 220 },
    { from: at(22), to: at(60), seed: 9 },
  ], range(22, 59)),
  grainy("ranges of one frame", [
    { from: at(19), to: at(20) },
    { from: at(20), to: at(21), seed: 3 },
    { from: at(62), to: at(63), seed: 4 },
    { from: at(79), to: at(80), seed: 6 },
  ], [19, 20, 62, 79]),
  grainy("bounds between frames", [
    { from: at(6) + 1, to: at(12) + 1 },
    { from: at(35) - 1, to: at(50) - 1, seed: 11 },
  ], [...range(7, 12), ...range(35, 49)]),
  grainy("an empty range, and one that is switched off", [
    { from: at(30), to: at(30) },
    { from: at(34), to: at(38), apply: 0 },
    { from: at(36), to: at(50), seed: 21 },
  ], range(36, 49)),
  grainy("only after the end", [{ from: at(500), to: forever }], [], { differsFrom: "no grain" }),
  // 55792 + 3 * 3248 is 65536: the fourth frame's seed would be 0, and the encoder never uses 0.
  grainy("a seed that comes round to 0", [{ ...always, seed: 55_792 }], range(0, 79)),
  grainy("low latency", [{ from: at(4), to: at(40) }, { from: at(50), to: forever, seed: 2 }], [
    ...range(4, 39),
    ...range(50, 79),
  ], { args: ["--speed", "10", "--low-latency"] }),
  grainy("short segments", [{ from: at(3), to: at(31) }, { from: at(33), to: at(77), seed: 2 }], [
    ...range(3, 30),
    ...range(33, 76),
  ], { args: ["--speed", "10", "--keyint", "5"], keyframes: range(0, 15).map((i) => i * 5), threads: 3 }),
  grainy("speed 6", [{ from: at(12), to: at(25) }, { from: at(28), to: at(66), seed: 2 }], [
    ...range(12, 24),
    ...range(28, 65),
  ], { args: ["--speed", "6"] }),
  grainy("lines that end in CR LF", [{ from: at(30), to: at(50) }], range(30, 49), {
    files: { "grain.tbl": table({ from: at(30), to: at(50) }).replaceAll("\n", "\r\n") },
  }),
  grainy("skip and limit", [{ from: at(3), to: at(20) }, { from: at(30), to: forever, seed: 2 }], [
    ...range(3, 19),
    ...range(30, 43),
  ], { args: ["--speed", "10", "--skip", "20", "--limit", "44"], frames: 44, keyframes: [0, 13] }),
  // Frame 12's time is 12 * 10^7 * 1001 / 24000 = 5005000 exactly, frame 25's 10427083.3 rounded down.
  grainy("24000/1001 frames a second", [{ from: 5_005_000, to: 10_427_083 }, { from: 13_763_750, to: 27_000_000 }], [
    ...range(12, 24),
    ...range(33, 64),
  ], { y4m: { frameRate: "24000:1001" } }),
  grainy("10 bit", [{ from: at(2), to: at(29), chroma: true }, { from: at(60), to: forever }], [
    ...range(2, 28),
    ...range(60, 79),
  ], deep),
  grainy("4:4:4", [{ from: at(10), to: at(50), chroma: true }], range(10, 49), {
    clip: { ...film, chromaSampling: "4:4:4" },
  }),
  grainy("4:0:0", [{ from: at(10), to: at(50) }], range(10, 49), { clip: { ...film, chromaSampling: "4:0:0" } }),
];

const pq = ["--primaries", "BT2020", "--transfer", "SMPTE2084", "--matrix", "BT2020NCL"];
const photons = (name: string, strength: number, more: Partial<OracleCase> = {}): OracleCase => ({
  ...base,
  name: `photon noise: ${name}`,
  grain: range(0, 79),
  ...more,
  args: [...base.args!, ...more.args ?? [], "--photon-noise", `${strength}`],
});

const photonNoise: OracleCase[] = [
  photons("8", 8, { differsFrom: "no grain" }),
  photons("64", 64, { differsFrom: "photon noise: 8" }),
  photons("10 bit", 20, deep),
  photons("10 bit, PQ", 20, { ...deep, args: pq, differsFrom: "photon noise: 10 bit" }),
  photons("full range", 20, { y4m: { others: ["XCOLORRANGE=FULL"] }, stockArgs: ["--range", "Full"] }),
  photons("4:0:0", 20, { clip: { ...film, chromaSampling: "4:0:0" } }),
];

export const grainCases: readonly OracleCase[] = [base, ...tables, ...photonNoise];
