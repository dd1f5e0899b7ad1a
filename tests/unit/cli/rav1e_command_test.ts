import assert from "node:assert/strict";
import fc from "fast-check";
import { type EncodeCommand } from "../../../lib/cli/command.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { rav1eArguments, rav1eCommand } from "../../../lib/cli/rav1e_command.ts";
import { shellQuote } from "../../../lib/cli/shell_quote.ts";
import { settingsFor } from "../../../lib/encode/settings.ts";
import type { VideoFormat } from "../../../lib/media/video_format.ts";
import { smallFormat } from "../../support/settings_of.ts";

function parsed(words: string[]): EncodeCommand {
  const command = parseCommandLine(words);
  assert(command.command === "encode");
  return command;
}

function commandFor(words: string[], video: VideoFormat = smallFormat): string {
  const command = parsed(words);
  return rav1eCommand(command, settingsFor(video, command.options, command.timeBase));
}

Deno.test("rav1eCommand() always says speed and quantizer, and no other default", () => {
  assert.equal(commandFor(["in.y4m", "-o", "out.ivf"]), "rav1e --speed 6 --quantizer 100 -o out.ivf in.y4m");
});

Deno.test("rav1eCommand() says what the input's header added", () => {
  assert.match(commandFor(["in.y4m", "-o", "out.ivf"], { ...smallFormat, fullRange: true }), / --range Full /);
  assert.doesNotMatch(commandFor(["in.y4m", "-o", "out.ivf"], { ...smallFormat, fullRange: false }), /--range/);
  const limited = ["in.y4m", "-o", "out.ivf", "--range", "limited"];
  assert.doesNotMatch(commandFor(limited, { ...smallFormat, fullRange: true }), /--range/);
});

Deno.test("rav1eCommand() leaves out what changes no packet", () => {
  const words = [
    "in.y4m",
    "-o",
    "out.ivf",
    "--threads",
    "2",
    "--memory",
    "heavy",
    "-y",
    "--quiet",
    "--expect-frames",
    "9",
  ];
  assert.equal(commandFor(words), commandFor(["in.y4m", "-o", "out.ivf"]));
});

Deno.test("rav1eCommand() read again gives the same encode", () => {
  const every = [
    ..."in.y4m -o out.ivf -s 3 -q 7 -i 1 -I 9 -S 5 --low-latency --rdo-lookahead-frames 3 --scd-speed 1".split(" "),
    ..."--no-scene-detection --tune Psnr --tile-rows 2 --tile-cols 4 --photon-noise 8 --range full".split(" "),
    ..."--primaries BT2020 --transfer HLG --matrix BT2020CL --content-light 1,2 --level 6.2 --high-bitdepth".split(" "),
    ..."--frame-rate 30000 --time-scale 1001 --skip 3 --limit 4 --mastering-display".split(" "),
    "G(0.2,0.6)B(0.1,0)R(0.6,0.3)WP(0.3,0.3)L(1000,0.01)",
  ];
  for (const words of [every, ["a", "-o", "b", "--tiles", "3", "--still-picture", "--limit", "1"]]) {
    const command = parsed(words);
    const [program, ...again] = rav1eArguments(command, settingsFor(smallFormat, command.options, command.timeBase));
    assert.equal(program, "rav1e");
    assert.deepEqual(parsed(again), command);
  }
});

Deno.test("rav1eCommand() names the film grain table by its path", async () => {
  const path = await Deno.makeTempFile({ prefix: "grain table" });
  try {
    await Deno.writeTextFile(path, "filmgrn1\nE 0 1 0 0 0\n");
    assert(commandFor(["in.y4m", "-o", "out.ivf", "--film-grain-table", path]).includes(` '${path}' `));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("rav1eCommand() writes files so that they are not taken for options or subcommands", () => {
  assert.match(commandFor(["--output=-x.ivf", "--", "-i"]), / -o \.\/-x\.ivf \.\/-i$/);
  assert.match(commandFor(["-o", "-", "./advanced"]), / -o - \.\/advanced$/);
  assert.match(commandFor(["-o", "advanced", "--", "advanced"]), / -o \.\/advanced \.\/advanced$/);
  assert.match(commandFor(["it's here.y4m", "-o", "$x.ivf"]), / -o '\$x\.ivf' 'it'\\''s here\.y4m'$/);
});

Deno.test("shellQuote() comes back from a shell unchanged", async () => {
  // Bash for what has control characters, any shell for the rest; one process for all of them.
  const words = fc.sample(fc.string({ unit: "binary", minLength: 0, maxLength: 12 }), { numRuns: 300, seed: 7 })
    .map((word) => word.replaceAll("\0", "").toWellFormed())
    .concat("", "~", "-n", "a=b", "=a", "a b", "'", "\\", "\n", "$x", "`x`", "!!", "#", "*", "{a,b}", "\r\n1", "\x011");
  const script = words.map((word) => `printf '%s\\0' ${shellQuote(word)}`).join("\n");
  for (const word of words) assert(!shellQuote(word).includes("\n"));
  const { stdout } = await new Deno.Command("bash", { args: ["-c", script] }).output();
  assert.deepEqual(new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout).split("\0").slice(0, -1), words);
});
