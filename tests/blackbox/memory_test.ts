// Less memory means fewer slots, one line that says so, and the same packets. The program is shown a machine that is small:
// a /proc/meminfo of the test's own, in a mount namespace of its own, which takes root.

import assert from "node:assert/strict";
import { programCommand } from "../support/program.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

const script = `mount --bind "$1" /proc/meminfo && shift && exec "$@"`;

function onSmallMachine(folder: WorkFolder, totalKilobytes: number, args: string[]) {
  const kilobytes = (name: string, value: number) => `${name}:${String(value).padStart(16)} kB\n`;
  folder.write(
    "meminfo",
    kilobytes("MemTotal", totalKilobytes) + kilobytes("MemFree", totalKilobytes) +
      kilobytes("MemAvailable", totalKilobytes),
  );
  const { command, before } = programCommand();
  return new Deno.Command("unshare", {
    args: ["-m", "sh", "-c", script, "sh", folder.file("meminfo"), command, ...before, ...args],
    cwd: folder.path,
    stdin: "null",
  }).outputSync();
}

const canPretend = Deno.build.os === "linux" && Deno.uid() === 0 &&
  new Deno.Command("unshare", { args: ["-m", "mount", "--bind", "/dev/null", "/proc/meminfo"], stderr: "null" })
    .outputSync().success;

const cases: [mode: string, totalKilobytes: number, text: RegExp][] = [
  [
    "light",
    1_600_000,
    /^1 of 2 slots: memory \d\.\d\d GB, \d\.\d\d GB a slot \(one is used all the same\); --memory heavy gives 2$/,
  ],
  ["heavy", 1_060_000, /^1 of 2 slots: memory \d\.\d\d GB, \d\.\d\d GB a slot .*; --memory unlimited gives 2$/],
  ["unlimited", 1_600_000, /^'out\.ivf': 37 frames/],
];
for (const [mode, total, text] of cases) {
  Deno.test({
    name: `--memory ${mode} on a small machine changes the slots and not the packets`,
    ignore: !canPretend || navigator.hardwareConcurrency < 2,
    fn: async () => {
      using folder = new WorkFolder();
      folder.clip("in.y4m");
      const args = ["in.y4m", "-o", "out.ivf", "-s", "10", "--threads", "2", "--memory", mode];
      const { code, stderr } = onSmallMachine(folder, total, args);
      assert.equal(code, 0);
      const lines = new TextDecoder().decode(stderr).trimEnd().split("\n");
      assert.match(lines[0]!, text);
      assert.equal(lines.length, mode === "unlimited" ? 1 : 2);
      assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
    },
  });
}
