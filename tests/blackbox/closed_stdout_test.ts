// What a command was asked for and cannot say is an error: one line, exit code 1, and nothing that would stand in the way.

import assert from "node:assert/strict";
import { shell } from "../support/shell.ts";
import { WorkFolder } from "../support/work_folder.ts";

const ignore = Deno.build.os !== "linux";

const products = [
  "scenes in.y4m -s 10",
  "in.y4m -s 10 -o -",
  "status out.ivf",
  "status --json out.ivf",
  "check-workers --workers workers.toml",
  "check-workers --json --workers workers.toml",
  "worker init secrets",
  "--help",
  "worker --help",
  "--version",
  "--licenses",
  "--man",
  "--completion bash",
];

for (
  const [name, redirection, why] of [
    ["is closed", ">&-", /(^|\n)rav1e-by-gop: Cannot write to standard output: it is closed[^\n]*\n$/],
    [
      "is full",
      ">/dev/full",
      /Cannot write (to )?standard output: [Nn]o space (is )?left on (the disk|device)[^\n]*\n$/,
    ],
  ] as const
) {
  Deno.test(`standard output that ${name} is exit code 1 for whatever is written there`, { ignore }, async (t) => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    folder.write(
      "workers.toml",
      '[[workers]]\nhost = "127.0.0.1"\nport = 1\npassword = "correct-horse-battery-staple"\n',
    );
    Deno.chmodSync(folder.file("workers.toml"), 0o600);
    // A resume file, of a run that was killed.
    await shell(folder, "RAV1E_BY_GOP_FAULTS=kill:segment-kept:1 program in.y4m -s 10 -o out.ivf 2>kill.log");
    const names = folder.names();
    assert(names.includes("out.ivf.rav1e-by-gop"), names.join(" "));
    for (const words of products) {
      await t.step(words, async () => {
        const { code, stderr } = await shell(folder, `program ${words} ${redirection}`);
        assert.equal(code, 1, stderr);
        assert.match(stderr, why);
        assert.deepEqual(folder.names().filter((found) => found !== "secrets"), names);
        if (words === "worker init secrets") assert.deepEqual([...Deno.readDirSync(folder.file("secrets"))], []);
      });
    }
  });
}

Deno.test("what a shell throws away is written all the same", { ignore }, async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  for (const words of ["scenes in.y4m -s 10", "--version", "--help", "in.y4m -s 10 -o -"]) {
    const { code, stderr } = await shell(folder, `program ${words} >/dev/null`);
    assert.equal(code, 0, `${words}: ${stderr}`);
  }
});
