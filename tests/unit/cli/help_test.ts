import assert from "node:assert/strict";
import { commandList } from "../../../lib/cli/command_list.ts";
import { encodeOptions } from "../../../lib/cli/option_table.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { versionText } from "../../../lib/cli/version.ts";
import { defaultOptions } from "../../../lib/encode/settings.ts";
import project from "../../../deno.json" with { type: "json" };

function help(...args: string[]): string {
  const command = parseCommandLine(args);
  assert(command.command === "help");
  return command.text;
}

Deno.test("--help fits 80 columns and ends with examples", () => {
  const text = help("--help");
  for (const line of text.split("\n")) assert(line.length <= 80, line);
  assert.match(text, /\nExit codes:\n/);
  assert.match(text, /\nExamples:\n( {2}.*rav1e-by-gop .*\n){6}\n.*same command.*\n$/);
});

Deno.test("--help names every served option, alias and group", () => {
  const text = help("-h").replace(/\s+/g, " ");
  for (const { flags, aliases, group, valueIsOptional } of encodeOptions) {
    assert(text.includes(valueIsOptional ? ` ${flags}[=` : ` ${flags} `), flags);
    for (const alias of aliases) assert(text.includes(alias), alias);
    assert(text.includes(group), group);
  }
});

Deno.test("--help behind a command lists that command's options alone, in 80 columns; help before it is the same", () => {
  for (const { name, options } of commandList.slice(1)) {
    const words = name.split(" "), text = help(...words, "--help");
    for (const line of text.split("\n")) assert(line.length <= 80, line);
    for (const { flags } of options) assert(text.includes(` ${flags}`), `${name}: ${flags}`);
    assert(text.includes(`\nUsage: rav1e-by-gop ${name} `), name);
    assert.equal(
      text.includes("--switch-frame-interval"),
      options.some(({ flags }) => flags.includes("--switch-")),
      name,
    );
    assert.equal(help("help", ...words), text);
  }
});

Deno.test("--help says that other files than y4m are read", () => {
  assert.match(help("--help").replace(/\s+/g, " "), /INPUT is .* whatever else the ffmpeg on PATH reads/);
});

Deno.test("--help shows the defaults the encoder has", () => {
  const text = help("help").replace(/\s+/g, " ");
  const { speed, quantizer, minKeyint, keyint, tune } = defaultOptions;
  for (const preset of [speed, quantizer, minKeyint, keyint, tune]) assert(text.includes(`(default ${preset})`));
});

Deno.test("--help is answered before anything is missed", () => {
  assert.match(help("--help", "in.y4m"), /^Encodes /);
  assert.equal(parseCommandLine(["-V"]).command, "version");
  assert.equal(parseCommandLine(["--version", "in.y4m"]).command, "version");
});

Deno.test("versionText() says what the library says", () => {
  const info = { rav1e: "0.8.1", avSceneChange: "0.14.1", abi: 6, cpu: "AVX2", asm: true, target: "x86_64-linux" };
  const text = versionText(info);
  assert(text.startsWith(`rav1e-by-gop ${project.version} (checkout)\n`));
  const library = "ABI 6, x86_64-linux, native build\n";
  for (const part of ["rav1e 0.8.1\n", "av-scenechange 0.14.1\n", library, "CPU features: AVX2\n"]) {
    assert(text.includes(part), part);
  }
  assert.match(versionText({ ...info, asm: false }), /without assembly/);
});

Deno.test("versionText() does without a library", () => {
  assert.match(versionText(undefined), /not built yet/);
});
