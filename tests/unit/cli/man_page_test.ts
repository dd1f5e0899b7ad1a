import assert from "node:assert/strict";
import { commandList, spellings } from "../../../lib/cli/command_list.ts";
import { manPage } from "../../../lib/cli/documents/man_page.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { isFound } from "../../support/found_program.ts";

/** What groff makes of the page, and what it complains of. */
async function formatted(page: string): Promise<{ text: string; complaints: string }> {
  const command = new Deno.Command("groff", {
    args: ["-man", "-Tutf8", "-ww", "-P-cbou"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return { text: new TextDecoder().decode(stdout), complaints: new TextDecoder().decode(stderr) };
}

Deno.test("the manual page has every option of every command, and no line that is taken for a request", () => {
  const lines = manPage().split("\n");
  for (const { options } of commandList) {
    for (const option of options) {
      const names = spellings(option).map((name) => `\\fB${name.replaceAll("-", "\\-")}\\fR`).join(", ");
      assert(lines.some((line) => line.startsWith(names)), names);
    }
  }
  for (const line of lines) assert(!/^[.'](?!(TH|SH|SS|TP|PP|br|B|I|EX|EE)\b)/.test(line), line);
});

Deno.test({
  name: "groff formats the manual page without a complaint",
  ignore: !isFound("groff"),
  fn: async () => {
    const { text, complaints } = await formatted(manPage());
    assert.equal(complaints, "");
    assert.match(text, /^ {7}-s, --speed N\n/m);
    assert.match(text, /^ {7}--tmp-input\[=DIR\]\n/m);
    assert.match(text, /^EXIT STATUS\n/m);
  },
});

Deno.test("--man asks for the manual page", () => {
  assert.deepEqual(parseCommandLine(["--man"]), { command: "man" });
});
