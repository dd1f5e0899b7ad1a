import assert from "node:assert/strict";
import { commandList } from "../../../lib/cli/command_list.ts";

Deno.test("the README names every option of every command, by one of its names", () => {
  const readme = Deno.readTextFileSync(new URL("../../../README.md", import.meta.url));
  const words = new Set(readme.match(/(?<![\w-])--?[A-Za-z][\w-]*/g));
  for (const { name, options } of commandList) {
    for (const { flags, aliases = [] } of options) {
      const names = [flags, ...aliases].flatMap((text) => text.match(/--?[\w-]+/g) ?? []);
      assert(names.some((one) => words.has(one)), `${name} ${flags}`);
    }
  }
});
