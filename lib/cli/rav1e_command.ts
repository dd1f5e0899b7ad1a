// The `rav1e` 0.8.1 command that writes the same packets, ready to be pasted into a shell: what --verbose prints and
// what tests run as the oracle. Quantizer and speed always, of the rest what differs from the defaults, which both
// programs share. Where rav1e does not look at the input's header (full range) the option says what the header said.

import { defaultOptions, type EncoderSettings } from "../encode/settings.ts";
import type { EncodeCommand } from "./command.ts";
import { shellQuote } from "./shell_quote.ts";

type RunFacts = Pick<EncodeCommand, "input" | "output" | "skip" | "limit" | "timeBase" | "filmGrainTablePath">;

/** Options with a value that are written as they are when they are not the default. */
const valued = [
  ["--min-keyint", "minKeyint"],
  ["--keyint", "keyint"],
  ["--switch-frame-interval", "switchFrameInterval"],
  ["--rdo-lookahead-frames", "rdoLookaheadFrames"],
  ["--scd-speed", "scdSpeed"],
  ["--tune", "tune"],
  ["--tiles", "tiles"],
  ["--tile-rows", "tileRows"],
  ["--tile-cols", "tileCols"],
  ["--photon-noise", "photonNoise"],
  ["--primaries", "primaries"],
  ["--transfer", "transfer"],
  ["--matrix", "matrix"],
  ["--mastering-display", "masteringDisplay"],
  ["--content-light", "contentLight"],
  ["--level", "level"],
] as const;

const switches = [
  ["--low-latency", "lowLatency"],
  ["--no-scene-detection", "noSceneDetection"],
  ["--still-picture", "stillPicture"],
  ["--high-bitdepth", "highBitdepth"],
] as const;

/** One line, no newline: "rav1e --speed 6 --quantizer 100 -o film.ivf film.y4m". */
export function rav1eCommand(run: RunFacts, settings: EncoderSettings): string {
  return rav1eArguments(run, settings).map(shellQuote).join(" ");
}

/** The same as words, the program's name first. */
export function rav1eArguments(run: RunFacts, settings: EncoderSettings): string[] {
  const words = ["rav1e", "--speed", `${settings.speed}`, "--quantizer", `${settings.quantizer}`];
  for (const [option, key] of valued) {
    if (settings[key] !== null && settings[key] !== defaultOptions[key]) words.push(option, `${settings[key]}`);
  }
  for (const [option, key] of switches) if (settings[key]) words.push(option);
  // rav1e takes the input as limited whatever its header says.
  if (settings.range === "Full") words.push("--range", "Full");
  if (run.filmGrainTablePath !== null) words.push("--film-grain-table", plainPath(run.filmGrainTablePath));
  if (run.timeBase) words.push("--frame-rate", `${run.timeBase.den}`, "--time-scale", `${run.timeBase.num}`);
  if (run.skip > 0) words.push("--skip", `${run.skip}`);
  if (run.limit > 0) words.push("--limit", `${run.limit}`);
  return [...words, "-o", plainPath(run.output), plainPath(run.input)];
}

/** A path that rav1e takes neither for an option nor for one of its subcommands; "-" stays. */
function plainPath(path: string): string {
  return /^-./.test(path) || path === "advanced" || path === "help" ? `./${path}` : path;
}
