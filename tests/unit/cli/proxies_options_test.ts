import assert from "node:assert/strict";
import type { ProxiesCommand } from "../../../lib/cli/command.ts";
import { encodeOptions } from "../../../lib/cli/option_table.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { proxiesHelp } from "../../../lib/cli/proxies_options.ts";
import { UsageError } from "../../../lib/errors.ts";

function proxies(...words: string[]): ProxiesCommand {
  const command = parseCommandLine(["proxies", ...words]);
  assert(command.command === "proxies");
  return command;
}

function refused(...words: string[]): string {
  try {
    parseCommandLine(["proxies", ...words]);
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error(`${words.join(" ")} was taken`);
}

Deno.test("proxies are made for scrubbing where nothing else is said", () => {
  const { input, folder, percents, layout, container, encode } = proxies("in.mkv", "-o", "out");
  assert.deepEqual([input, folder, percents, layout, container], ["in.mkv", "out", [25, 50, 75, 100], "plain", "mkv"]);
  const { speed, keyint, lowLatency, noSceneDetection } = encode.options;
  assert.deepEqual({ speed, keyint, lowLatency, noSceneDetection }, {
    speed: 10,
    keyint: 15,
    lowLatency: true,
    noSceneDetection: true,
  });
});

Deno.test("proxies take the encode's options beside their own", () => {
  const words = ["--sizes", "50, 100", "--layout", "Blender", "-s", "8", "-I=30", "--threads", "3", "-y", "-q90"];
  const { percents, layout, encode } = proxies("in.mkv", ...words, "-o", "out", "--progress", "json");
  assert.deepEqual([percents, layout], [[50, 100], "blender"]);
  const { options: { speed, keyint, quantizer }, threads, overwrite, progress } = encode;
  assert.deepEqual([speed, keyint, quantizer, threads, overwrite, progress], [8, 30, 90, 3, true, "json"]);
  assert.equal(proxies("in.mkv", "-o", "out", "--every-frame-key").encode.options.keyint, 1);
});

Deno.test("what would give sizes different frames, or makes no sense, is refused by its name", () => {
  const notTaken = [
    "skip",
    "scenes",
    "force-keyframes",
    "still-picture",
    "photon-noise",
  ];
  for (const name of notTaken) {
    assert.ok(encodeOptions.some(({ flags }) => flags.endsWith(`--${name}`)), name);
    assert.match(refused("in.mkv", "-o", "out", `--${name}`, "1"), /unknown option/, name);
  }
  assert.match(refused("-o", "out"), /no input/);
  assert.match(refused("in.mkv"), /no folder/);
  assert.match(refused("a.mkv", "b.mkv", "-o", "out"), /unexpected argument b\.mkv/);
  assert.match(refused("in.mkv", "-o", "out", "--sizes", "0"), /--sizes 0: must be 1 to 100/);
  assert.match(refused("in.mkv", "-o", "out", "--sizes", "25,50,25"), /25 is there twice/);
  assert.match(refused("in.mkv", "-o", "out", "--keyint", "0"), /--keyint 0/);
  assert.match(refused("in.mkv", "-o", "out", "--every-frame-key", "-I", "5"), /exclude each other/);
  assert.match(refused("in.mkv", "-o", "out", "-i", "3"), /--min-keyint .* needs --scene-detection/);
  assert.match(refused("in.mkv", "-o", "out", "--scd-speed", "1"), /--scd-speed .* needs --scene-detection/);
  assert.match(refused("in.mkv", "-o", "out", "--scene-detection", "--every-frame-key"), /exclude each other/);
  assert.match(refused("in.mkv", "-o", "out", "--sizes"), /--sizes needs a value/);
  assert.match(refused("in.mkv", "-o", "out", "--layout", "x"), /must be one of plain, blender/);
});

Deno.test("proxies --help has lines of 80 columns and the defaults that count here", () => {
  const text = proxiesHelp();
  assert.ok(text.split("\n").every((line) => line.length <= 80));
  assert.match(text, /10 is fastest\s+\(default\s+10\)/);
  assert.match(text.replace(/\s+/g, " "), /frames between keyframes \(default 15\)/);
  const command = parseCommandLine(["proxies", "--help"]);
  assert.ok(command.command === "help" && command.text === text);
});

Deno.test("scene detection is what is asked for, with the distances that are", () => {
  const { options: { noSceneDetection, minKeyint, keyint } } =
    proxies("in.mkv", "-o", "out", "--scene-detection", "-i", "4").encode;
  assert.deepEqual([noSceneDetection, minKeyint, keyint], [false, 4, 15]);
  assert.equal(proxies("in.mkv", "-o", "out").encode.options.noSceneDetection, true);
});
