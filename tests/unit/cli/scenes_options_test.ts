import assert from "node:assert/strict";
import type { ScenesCommand } from "../../../lib/cli/command.ts";
import { encodeOptions } from "../../../lib/cli/option_table.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { defaultOptions } from "../../../lib/encode/settings.ts";
import { UsageError } from "../../../lib/errors.ts";
import { refusal } from "./refusal.ts";

function scenes(...words: string[]): ScenesCommand {
  const command = parseCommandLine(["scenes", ...words]);
  assert(command.command === "scenes");
  return command;
}

Deno.test("scenes needs an input alone and then writes to standard output", () => {
  assert.deepEqual(scenes("in.y4m"), {
    command: "scenes",
    input: "in.y4m",
    output: "-",
    options: { ...defaultOptions },
    timeBase: undefined,
    skip: 0,
    limit: 0,
    expectFrames: undefined,
    oneReader: false,
    inputVia: undefined,
    bitDepth: undefined,
    videoFilter: undefined,
    forceKeyframes: [],
    overwrite: false,
    progress: "auto",
    quiet: false,
    verbose: false,
  });
});

Deno.test("scenes takes what decides keyframes, as encode does", () => {
  const words = ["-s", "9", "-i", "3", "-I", "30", "--scd-speed", "1", "--low-latency", "--skip", "5", "-l", "7"];
  const more = ["--force-keyframes", "2,6", "--frame-rate", "30", "-o", "a.json", "-y", "--quiet"];
  const command = scenes(...words, "in.y4m", ...more);
  const options = { speed: 9, minKeyint: 3, keyint: 30, scdSpeed: 1, lowLatency: true };
  assert.deepEqual(command.options, { ...defaultOptions, ...options });
  assert.deepEqual([command.skip, command.limit, command.forceKeyframes], [5, 7, [2, 6]]);
  assert.deepEqual([command.output, command.overwrite, command.progress], ["a.json", true, "none"]);
  assert.deepEqual(command.timeBase, { num: 1, den: 30 });
});

Deno.test("scenes refuses every other option by its name", () => {
  const values: Record<string, string> = {
    format: "mkv",
    audio: "none",
    subtitles: "none",
    tune: "Psnr",
    range: "Full",
    primaries: "BT709",
    transfer: "SRGB",
    matrix: "BT709",
    level: "5.1",
    memory: "light",
    "input-via": "y4m",
    "bit-depth": "10",
    progress: "none",
    "content-light": "1000,400",
    "mastering-display": "G(0.2,0.6)B(0.1,0.1)R(0.6,0.3)WP(0.3,0.3)L(1000,0)",
  };
  const names = encodeOptions.map(({ flags }) => flags.split(", ").at(-1)!.replace(/^-+/, ""));
  const refused = encodeOptions.flatMap(({ value, valueIsOptional }, at) => {
    const name = names[at]!;
    const takesWord = value !== undefined && !valueIsOptional;
    const words = [name.length === 1 ? `-${name}` : `--${name}`, ...takesWord ? [values[name] ?? "1"] : []];
    try {
      parseCommandLine(["scenes", "in.y4m", ...words, ...name === "time-scale" ? ["--frame-rate", "25"] : []]);
      return [];
    } catch (error) {
      assert(error instanceof UsageError);
      assert.match(error.message, new RegExp(`^scenes takes no --${name}: `));
      return [name];
    }
  });
  const taken = ["output", "y", "limit", "skip", "expect-frames", "speed", "low-latency", "min-keyint", "keyint"];
  const more = ["scd-speed", "no-scene-detection", "force-keyframes", "tune", "high-bitdepth", "frame-rate"];
  const read = ["one-reader", "input-via", "bit-depth", "video-filter"];
  const told = ["time-scale", "progress", "no-progress", "quiet", "verbose"];
  assert.deepEqual(refused, names.filter((name) => ![...taken, ...more, ...read, ...told].includes(name)));
  assert.equal(
    refusal("scenes", "in.y4m", "--qp", "5"),
    "scenes takes no --quantizer: it does not decide where keyframes are; drop it",
  );
  assert.match(refusal("scenes", "in.y4m", "--scenes", "a.json"), /^scenes takes no --scenes/);
});

Deno.test("scenes wants one input", () => {
  assert.match(refusal("scenes"), /^no input; say rav1e-by-gop scenes INPUT/);
  assert.match(refusal("scenes", "my", "film.y4m"), /^unexpected argument film.y4m/);
  assert.match(refusal("scenes", ""), /^input '': must be a file name/);
  assert.match(refusal("scenes", "in.y4m", "--time-scale", "1001"), /needs --frame-rate/);
});

Deno.test("A file called scenes is encoded when it is named as a file", () => {
  for (const words of [["./scenes", "-o", "out.ivf"], ["-o", "out.ivf", "--", "scenes"]]) {
    const command = parseCommandLine(words);
    assert(command.command === "encode" && command.input.endsWith("scenes"));
  }
  const behind = parseCommandLine(["scenes", "--", "--in"]);
  assert(behind.command === "scenes" && behind.input === "--in");
  const options = parseCommandLine(["--quiet", "scenes", "in.y4m"]);
  assert(options.command === "scenes" && options.quiet);
});
