// What is said about the pictures beside them: colour description, range, HDR metadata, level, time base, still
// pictures. Each must change the packets against the same encode without it.

import { clip, scenes } from "../../support/clips.ts";
import type { OracleCase } from "../case.ts";

const cuts = [0, 17];
const film = clip(scenes(17, 15));
const deep = clip(scenes(17, 15), { bitDepth: 10 });
const full = clip(scenes(17, 15), { chromaSampling: "4:4:4" });
const plain: OracleCase = { name: "no metadata", clip: film, args: ["--speed", "10"], keyframes: cuts };
const plainDeep: OracleCase = { name: "no metadata, 10 bit", clip: deep, args: ["--speed", "10"], keyframes: cuts };
const plainFull: OracleCase = { name: "no metadata, 4:4:4", clip: full, args: ["--speed", "10"], keyframes: cuts };

const said = (name: string, base: OracleCase, ...args: string[]): OracleCase => ({
  ...base,
  name,
  args: [...base.args!, ...args],
  differsFrom: base.name,
});

const bt709 = ["--primaries", "BT709", "--transfer", "BT709", "--matrix", "BT709"];
const pq = ["--primaries", "BT2020", "--transfer", "SMPTE2084", "--matrix", "BT2020NCL"];
const mastering = [
  "--mastering-display",
  "G(0.265,0.690)B(0.150,0.060)R(0.680,0.320)WP(0.3127,0.3290)L(1000.0,0.0001)",
];

const colours: OracleCase[] = [
  said("range Full", plain, "--range", "Full"),
  said("BT709", plain, ...bt709),
  said("transfer alone", plain, "--transfer", "BT709"),
  said("BT601 in another case", plain, "--primaries", "bt601", "--transfer", "BT601", "--matrix", "bt601"),
  said(
    "sRGB, full range",
    plainFull,
    "--range",
    "Full",
    "--primaries",
    "BT709",
    "--transfer",
    "SRGB",
    "--matrix",
    "Identity",
  ),
  said("PQ", plainDeep, ...pq),
  said("HLG", plainDeep, "--primaries", "BT2020", "--transfer", "HLG", "--matrix", "BT2020NCL"),
  said("mastering display", plainDeep, ...mastering),
  said("content light", plainDeep, "--content-light", "1000,400"),
  said(
    "mastering display and content light at speed 6",
    { ...plainDeep, args: ["--speed", "6"] },
    ...pq,
    ...mastering,
    "--content-light",
    "1000,400",
  ),
  { ...said("content light 0,0, which is none", plainDeep, "--content-light", "0,0"), differsFrom: undefined },
];

const levels: OracleCase[] = [
  said("level 3.0", plain, "--level", "3.0"),
  said("level 6.1", plain, "--level", "6.1"),
  { ...said("level unconstrained", plain, "--level", "unconstrained"), differsFrom: undefined },
  { ...said("level auto", plain, "--level", "auto"), differsFrom: undefined },
];

const rates: OracleCase[] = [
  {
    ...said("frame-rate and time-scale", plain, "--frame-rate", "30000", "--time-scale", "1001"),
    differsFrom: undefined,
  },
  {
    ...said("frame-rate over the header's", plain, "--frame-rate", "60", "--time-scale", "1"),
    y4m: { frameRate: "24:1" },
    differsFrom: undefined,
  },
];

const stills: OracleCase[] = [
  {
    name: "still picture",
    clip: clip(scenes(1)),
    args: ["--still-picture"],
    keyframes: [0],
    differsFrom: "one picture",
  },
  { name: "one picture", clip: clip(scenes(1)), keyframes: [0] },
  {
    name: "still picture from a film",
    clip: film,
    args: ["--still-picture", "--skip", "20", "--limit", "1"],
    frames: 1,
    keyframes: [0],
  },
  {
    name: "still picture at speed 2, 4:4:4, 10 bit",
    clip: clip(scenes(1), { chromaSampling: "4:4:4", bitDepth: 10, width: 97, height: 61 }),
    args: ["--still-picture", "--speed", "2"],
    keyframes: [0],
  },
  {
    name: "still picture smaller than a film may be",
    clip: clip(scenes(1), { width: 8, height: 9 }),
    args: ["--still-picture"],
    keyframes: [0],
  },
];

export const metadataCases: readonly OracleCase[] = [
  plain,
  plainDeep,
  plainFull,
  ...colours,
  ...levels,
  ...rates,
  ...stills,
];
