import assert from "node:assert/strict";
import { join } from "node:path";
import { commandList, spellings } from "../../../lib/cli/command_list.ts";
import { memoryUses } from "../../../lib/cli/command.ts";
import { completion } from "../../../lib/cli/documents/completion.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { isFound } from "../../support/found_program.ts";
import { refusal } from "./refusal.ts";

/** What a shell prints that has read its completions and then does what `script` says, in a folder with a file and a folder. */
function said(shell: "bash" | "zsh" | "fish", script: string): string[] {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(join(folder, "made"), completion(shell));
    Deno.writeTextFileSync(join(folder, "film.y4m"), "");
    Deno.mkdirSync(join(folder, "films"));
    const args = {
      bash: ["--norc", "-c", `. ./made\n${script}`],
      zsh: ["-f", "-n", "made"],
      fish: ["--no-config", "-c", `source made\n${script}`],
    }[shell];
    const command = new Deno.Command(shell, { args, cwd: folder, env: { HOME: folder }, stdin: "null" });
    const { code, stdout, stderr } = command.outputSync();
    const text = new TextDecoder();
    assert.deepEqual([code, text.decode(stderr)], [0, ""]);
    return text.decode(stdout).split("\n").filter((line) => line !== "").sort();
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const quoted = ["rav1e-by-gop", ...words].map((word) => `'${word}'`).join(" ");
  return said(
    "bash",
    `compopt() { :; }; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}
    _rav1e_by_gop; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
}

Deno.test("bash is offered every option of every command, in all spellings", () => {
  for (const { name, options } of commandList) {
    const words = name === "" ? ["film.y4m"] : name.split(" ");
    const all = options.flatMap(spellings);
    assert.deepEqual(offered(...words, "-"), all.toSorted(), name);
  }
});

Deno.test("bash is offered what an option takes, behind a space or an equals sign", () => {
  assert.deepEqual(offered("film.y4m", "--memory", ""), [...memoryUses].sort());
  assert.deepEqual(offered("film.y4m", "--memory", "=", "l"), ["light"]);
  assert.deepEqual(offered("--memory", "=", ""), offered("--memory", "="));
  assert.deepEqual(offered("film.y4m", "--state-dir", "f"), ["films"]);
  // Files are left to readline; a number has nothing to offer.
  assert.deepEqual(offered("film.y4m", "-o", "f"), []);
  assert.deepEqual(offered("film.y4m", "--speed", ""), []);
});

Deno.test("bash is offered commands and files as the first word", () => {
  assert.deepEqual(offered("s"), ["scenes", "status"]);
  assert.deepEqual(offered("worker", "ins"), ["install"]);
  assert.deepEqual(offered("f"), ["film.y4m", "films"]);
});

Deno.test({
  name: "fish is offered options, commands and what an option takes",
  ignore: !isFound("fish"),
  fn: () => {
    const asked = (line: string) =>
      said("fish", `complete -C 'rav1e-by-gop ${line}'`).map((text) => text.split("\t")[0]);
    assert.deepEqual(asked("film.y4m --spe"), ["--speed"]);
    assert.deepEqual(asked("film.y4m --memory "), [...memoryUses].sort());
    assert.deepEqual(asked("status --"), ["--json", "--state-dir"]);
    assert.deepEqual(asked("scenes film.y4m --mem"), []);
    assert.deepEqual(asked("st"), ["status"]);
    assert.deepEqual(asked("worker ins"), ["install"]);
    assert.deepEqual(asked("worker install --pr"), ["--print"]);
  },
});

Deno.test({
  name: "zsh can read its completions",
  ignore: !isFound("zsh"),
  fn: () => assert.deepEqual(said("zsh", ""), []),
});

Deno.test("--completion takes the shells there are", () => {
  assert.deepEqual(parseCommandLine(["--completion", "zsh"]), { command: "completion", shell: "zsh" });
  assert.match(refusal("--completion", "csh"), /must be one of bash, zsh, fish/);
});
