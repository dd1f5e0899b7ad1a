import assert from "node:assert/strict";
import fc from "fast-check";
import { type FewOption, readFewOptions } from "../../../lib/cli/few_options.ts";
import { UsageError } from "../../../lib/errors.ts";

const options: FewOption[] = [
  { flags: "--file", value: "FILE", help: "" },
  { flags: "--switch", help: "" },
];
const read = (...words: string[]) => readFewOptions("try", options, words);

Deno.test("few options are taken with their values, the last one counts", () => {
  const { operands, values, behindDashes } = read(
    "a",
    "--file",
    "--odd",
    "--file=b=c",
    "--switch",
    "-",
    "--",
    "--file",
  );
  assert.deepEqual(operands, ["a", "-", "--file"]);
  assert.deepEqual([...values], [["--file", "b=c"], ["--switch", ""]]);
  assert.deepEqual(behindDashes, ["--file"]);
});

Deno.test("few options refuse what they do not know, by name", () => {
  const refusals: [string[], string][] = [
    [["--fil", "a"], "unknown option --fil; try takes --file FILE and --switch"],
    [["-f"], "unknown option -f; try takes --file FILE and --switch"],
    [["--file"], "--file needs a file name"],
    [["--file="], "--file '': must be a file name"],
    [["--switch=1"], "--switch takes no value"],
  ];
  for (const [words, message] of refusals) assert.throws(() => read(...words), { name: "UsageError", message });
});

Deno.test("any words are read, or refused in one line", () => {
  const word = fc.oneof(fc.constantFrom("--file", "--switch", "--", "-", "--file=", "--="), fc.string());
  fc.assert(fc.property(fc.array(word), (words) => {
    try {
      read(...words);
    } catch (error) {
      assert(error instanceof UsageError && !/[\n\r]/.test(error.message), String(error));
    }
  }));
});
