// What the pictures are: depths, chroma samplings, sizes, tiles, and all that a y4m header may say about them.

import { type Clip, clip, scenes, type Y4mParameters } from "../../support/clips.ts";
import type { OracleCase } from "../case.ts";

const cuts = { keyframes: [0, 17] };
const film = (format: Partial<Omit<Clip, "scenes">> = {}) => clip(scenes(17, 15), format);

/** All that the rav1e command reads: it refuses 10-bit 4:0:0. */
const formats: OracleCase[] = ([
  ["4:0:0", 8],
  ["4:0:0", 12],
  ["4:2:0", 10],
  ["4:2:0", 12],
  ["4:2:2", 8],
  ["4:2:2", 10],
  ["4:2:2", 12],
  ["4:4:4", 8],
  ["4:4:4", 10],
  ["4:4:4", 12],
] as const).flatMap(([chromaSampling, bitDepth]): OracleCase[] => [
  {
    name: `${chromaSampling} ${bitDepth} bit at speed 9`,
    clip: film({ chromaSampling, bitDepth }),
    args: ["--speed", "9"],
    ...cuts,
  },
  {
    name: `${chromaSampling} ${bitDepth} bit at speed 6`,
    clip: film({ chromaSampling, bitDepth, width: 64, height: 64 }),
    ...cuts,
  },
  {
    name: `${chromaSampling} ${bitDepth} bit at speed 10, odd size, low latency`,
    clip: film({ chromaSampling, bitDepth, width: 67, height: 45 }),
    args: ["--speed", "10", "--low-latency"],
    // The fast detector's threshold does not grow with the depth as sample differences do: motion looks like cuts.
    keyframes: { 8: [0, 17], 10: [0, 17, 30], 12: [0, 31] }[bitDepth],
  },
]);

const sizes: OracleCase[] = ([
  [16, 16],
  [17, 33],
  [33, 17],
  [31, 64],
  [66, 66],
  [129, 65],
  [320, 180],
] as const).flatMap(([width, height]): OracleCase[] =>
  ["6", "10"].map((speed) => ({
    name: `${width}x${height} at speed ${speed}`,
    clip: film({ width, height }),
    args: ["--speed", speed],
    keyframes: [0, width === 16 && speed === "10" ? 18 : 17],
  }))
);

const wide = film({ width: 256, height: 160 });
const tiles: OracleCase[] = [
  { name: "tiles 2", args: ["--tiles", "2"], tiles: "2x1" },
  { name: "tiles 4", args: ["--tiles", "4"], tiles: "2x2" },
  { name: "tiles 5, which become more", args: ["--tiles", "5"], tiles: "2x3" },
  { name: "tile-cols 4", args: ["--tile-cols", "4"], tiles: "4x1" },
  { name: "tile-rows 2", args: ["--tile-rows", "2"], tiles: "1x2" },
  { name: "tile-rows and tile-cols", args: ["--tile-rows", "2", "--tile-cols", "2"], tiles: "2x2" },
  { name: "more tile-cols than fit", args: ["--tile-cols", "16"], tiles: "4x1" },
  { name: "tiles 4 at speed 6", speed: "6", args: ["--tiles", "4"], tiles: "2x2" },
].map(({ speed = "9", ...one }) => ({ ...one, clip: wide, args: ["--speed", speed, ...one.args], ...cuts }));
const tilesOf422: OracleCase = {
  name: "tiles 4 of 4:2:2",
  clip: film({ width: 320, height: 160, chromaSampling: "4:2:2" }),
  args: ["--speed", "9", "--tiles", "4"],
  tiles: "3x2",
  ...cuts,
};

/** Each header is read like rav1e reads it, or as rav1e is told by `stockArgs`. */
const headers: OracleCase[] = ([
  ["C420jpeg", { colour: "420jpeg" }],
  ["C420", { colour: "420" }, [], "header C420jpeg"],
  ["C420mpeg2", { colour: "420mpeg2" }, [], "header C420"],
  ["C420paldv", { colour: "420paldv" }, [], "header C420mpeg2"],
  ["without C", { colour: null }, [], "header C420jpeg"],
  ["without F", { frameRate: null }],
  ["F30000:1001", { frameRate: "30000:1001" }],
  ["F1:1", { frameRate: "1:1" }],
  ["A0:0", { others: ["A0:0"] }],
  ["A4:3", { others: ["A4:3"] }, [], "header A0:0"],
  ["A128:117", { others: ["A128:117"] }, [], "header A4:3"],
  ["XCOLORRANGE=FULL", { others: ["XCOLORRANGE=FULL"] }, ["--range", "Full"], "header XCOLORRANGE=LIMITED"],
  ["XCOLORRANGE=LIMITED", { others: ["XCOLORRANGE=LIMITED"] }],
  ["interlaced", { others: ["It"] }],
  ["of ffmpeg", { others: ["Ip", "A1:1", "XYSCSS=420JPEG", "XCOLORRANGE=LIMITED"] }],
  ["unknown X", { others: ["XNOBODY=KNOWS", "X"] }],
  ["XLENGTH", { others: ["XLENGTH=32"] }],
  ["FRAME parameters", { frameParameters: (n) => n % 3 === 1 ? " Ip" : n % 3 === 2 ? " XFRAME=" + n : "" }],
] as [string, Y4mParameters, string[]?, string?][]).map(([name, y4m, stockArgs, differsFrom]) => ({
  name: `header ${name}`,
  clip: film(),
  y4m,
  args: ["--speed", "10"],
  stockArgs,
  differsFrom,
  ...cuts,
}));

export const formatCases: readonly OracleCase[] = [...formats, ...sizes, ...tiles, tilesOf422, ...headers];
