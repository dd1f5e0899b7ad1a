// Speeds, quantizers and what steers the encoder's decisions about a frame. Slow speeds get tiny clips.

import { clip, scenes } from "../../support/clips.ts";
import { type OracleCase, range } from "../case.ts";

const cutsOfAllLengths = scenes(13, 31, 40, 16);
const cuts = [0, 13, 44, 84];
const tiny = clip(scenes(7, 6), { width: 48, height: 48 });
const small = clip(scenes(16, 14), { width: 96, height: 64 });
const everyday = clip(cutsOfAllLengths, { width: 128, height: 72 });

const speeds: OracleCase[] = [
  ...[0, 1, 2].map((speed): OracleCase => ({
    name: `speed ${speed}`,
    clip: tiny,
    args: ["--speed", `${speed}`, "--min-keyint", "4"],
    keyframes: [0, 7],
  })),
  ...[3, 4, 5].map((speed): OracleCase => ({
    name: `speed ${speed}`,
    clip: small,
    args: ["--speed", `${speed}`],
    keyframes: [0, 16],
  })),
  ...[6, 7, 8, 9, 10].map((speed): OracleCase => ({
    name: `speed ${speed}`,
    clip: everyday,
    args: ["--speed", `${speed}`],
    keyframes: cuts,
  })),
];

const quantizers = [1, 20, 200, 255].flatMap((quantizer): OracleCase[] => [
  {
    name: `quantizer ${quantizer} at speed 6`,
    clip: small,
    args: ["--quantizer", `${quantizer}`],
    keyframes: [0, 16],
  },
  {
    name: `quantizer ${quantizer} at speed 10`,
    clip: everyday,
    args: ["--speed", "10", "--quantizer", `${quantizer}`],
    keyframes: cuts,
    differsFrom: "speed 10",
  },
]);

const decisions: OracleCase[] = [
  {
    name: "tune Psnr at speed 6",
    clip: everyday,
    args: ["--tune", "Psnr"],
    keyframes: cuts,
    differsFrom: "speed 6",
  },
  {
    name: "tune Psnr at speed 9",
    clip: everyday,
    args: ["--speed", "9", "--tune", "Psnr"],
    keyframes: cuts,
    differsFrom: "speed 9",
  },
  ...[1, 2, 3, 4, 5, 60].map((frames): OracleCase => ({
    name: `rdo-lookahead-frames ${frames}`,
    clip: everyday,
    args: ["--speed", "8", "--rdo-lookahead-frames", `${frames}`],
    keyframes: cuts,
    differsFrom: "speed 8",
  })),
  // Looking ahead less than a reordered group makes a segment's last frames depend on when the next one's were sent. On
  // smooth pictures it does not show.
  ...([[64, 64, 2, 7], [16, 200, 3, 11]] as const).map(([width, height, frames, keyint]): OracleCase => ({
    name: `rdo-lookahead-frames ${frames}, keyint ${keyint}, rough 12-bit pictures`,
    clip: clip([{ ...scenes(36)[0]!, noise: 60 }], { width, height, bitDepth: 12 }),
    args: [...["--speed", "10", "--quantizer", "1"], "--keyint", `${keyint}`, "--rdo-lookahead-frames", `${frames}`],
    keyframes: range(0, Math.floor(35 / keyint)).map((i) => i * keyint),
  })),
  {
    name: "high-bitdepth at speed 6",
    clip: small,
    args: ["--high-bitdepth"],
    keyframes: [0, 16],
  },
  {
    name: "high-bitdepth at speed 10",
    clip: everyday,
    args: ["--speed", "10", "--high-bitdepth"],
    keyframes: cuts,
  },
];

const slots = [1, 3, 7].map((threads): OracleCase => ({
  name: `${threads} slots`,
  clip: everyday,
  args: ["--speed", "10"],
  threads,
  keyframes: cuts,
}));

export const speedCases: readonly OracleCase[] = [...speeds, ...quantizers, ...decisions, ...slots];
