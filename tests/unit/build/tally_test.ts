// The continuous integration's last line must be true: a step that crashed, ran nothing or lies about itself has failed.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const tally = fileURLToPath(new URL("../../../.ci/tally", import.meta.url));

function count(kind: "check" | "suite", code: number, log: string): string {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, log);
    const { stdout } = new Deno.Command("bash", { args: [tally, kind, `${code}`, path] }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  } finally {
    Deno.removeSync(path);
  }
}

const cases: [name: string, kind: "check" | "suite", code: number, log: string, counts: string][] = [
  ["a check that passed", "check", 0, "", "1 0"],
  ["a check that failed", "check", 7, "ok | 5 passed | 0 failed", "0 1"],
  ["deno test's summary", "suite", 0, "ok | 12 passed | 0 failed | 2 ignored (3s)\n", "12 0"],
  ["steps and colours", "suite", 0, "\x1b[32mok\x1b[0m | 12 passed (3 steps) | 0 failed \x1b[90m(3s)\x1b[0m\n", "12 0"],
  ["failures", "suite", 1, "FAILED | 10 passed | 2 failed (3s)\nerror: Test failed\n", "10 2"],
  ["several summaries of cargo's", "suite", 0, cargo(3, 0) + cargo(0, 0) + cargo(4, 0), "7 0"],
  ["cargo's failures", "suite", 101, cargo(3, 2), "3 2"],
  ["a crash before the summary", "suite", 134, "running 3 tests\n", "0 1"],
  ["a crash after a good summary", "suite", 1, "ok | 12 passed | 0 failed (3s)\n", "12 1"],
  ["a suite that ran nothing", "suite", 0, "ok | 0 passed | 0 failed (0ms)\n", "0 1"],
  ["success without a summary", "suite", 0, "", "0 1"],
];

function cargo(passed: number, failed: number): string {
  const verdict = failed > 0 ? "FAILED" : "ok";
  return `test result: ${verdict}. ${passed} passed; ${failed} failed; 1 ignored; 0 measured; 0 filtered out; finished in 0s\n`;
}

for (const [name, kind, code, log, counts] of cases) {
  Deno.test(`tally counts ${name}`, () => assert.equal(count(kind, code, log), counts));
}
