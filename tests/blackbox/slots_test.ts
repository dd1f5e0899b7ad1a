// Slots that fail and slots that die (lib/encode/fault_points.ts makes them), and numbers of slots: nothing of it changes a
// packet, and what could not be encoded is named.

import assert from "node:assert/strict";
import { runProgram } from "../support/program.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { messages } from "../support/running_program.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

async function encode(folder: WorkFolder, faults: string, ...args: string[]) {
  folder.clip("in.y4m");
  const env = { RAV1E_BY_GOP_FAULTS: faults };
  const all = ["in.y4m", "-o", "out.ivf", "-s", "10", "--progress", "json", ...args];
  const { code, stderr } = await runProgram(all, { cwd: folder.path, env });
  const lines = stderr.trimEnd().split("\n");
  return { code, warnings: messages(lines, "warning"), errors: messages(lines, "error") };
}

const recovered: [string, string, RegExp[]][] = [
  ["fails once in a segment", "segment:1:throw:1", [
    /^slot \d failed at (frames 12-24|the frames from 12), try 1 of 3: .*; they are tried again$/,
  ]],
  ["fails twice in the last segment", "segment:2:throw:2", [/^slot \d failed at .*, try 1 of 3/, /, try 2 of 3: /]],
  ["dies in the first segment", "segment:0:die:1", [
    /^slot \d failed at .*, try 1 of 3: its thread ended: .*; they are tried again$/,
  ]],
  ["dies in one segment and fails in another", "segment:0:throw:1,segment:1:die:2", [/^/, /^/, /^/]],
];
for (const [name, faults, texts] of recovered) {
  Deno.test(`a slot that ${name} changes no packet and is said`, async () => {
    using folder = new WorkFolder();
    const { code, warnings, errors } = await encode(folder, faults);
    assert.equal(code, 0);
    assert.deepEqual(errors, []);
    assert.equal(warnings.length, texts.length, warnings.join("\n"));
    for (const [n, text] of texts.entries()) assert.match(warnings[n]!, text);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
  });
}

const lost: [string, string, [first: number, last: number]][] = [
  ["throws", "segment:0:throw:3", [0, 11]],
  ["throws", "segment:1:throw:3", [12, 24]],
  ["dies", "segment:2:die:3", [25, 36]],
];
for (const [name, faults, [first, last]] of lost) {
  Deno.test(`frames ${first}-${last}, where a slot ${name} three times, are named, and the others are kept beside`, async () => {
    using folder = new WorkFolder();
    const { code, warnings, errors } = await encode(folder, faults);
    assert.equal(code, 1);
    assert.equal(warnings.length, 3);
    assert.match(
      warnings[2]!,
      new RegExp(
        `(frames ${first}-${last}|the frames from ${first}), try 3 of 3: .*; they are given up, the others go on$`,
      ),
    );
    assert.equal(errors.length, 1);
    assert.match(
      errors[0]!,
      new RegExp(
        `^Cannot complete 'out\\.ivf': ${37 - (last - first + 1)} of 37 frames were encoded; missing: ` +
          `frames ${first}-${last} \\(.*\\); the others are in 'out\\.ivf\\.part'; 2 finished segments are kept in 'out\\.ivf\\.rav1e-by-gop', the same command goes on$`,
      ),
    );
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf.part", "out.ivf.rav1e-by-gop"]);
    const kept = readIvfPackets(folder.read("out.ivf.part"));
    const whole = readIvfPackets(await smallClipEncoded());
    const expected = whole.packets.filter(({ timestamp }) => timestamp < first || timestamp > last);
    assert.deepEqual(kept.packets, expected);
    assert.equal(kept.announcedFrames, expected.length);
    // The next run writes over what is left.
    assert.equal((await encode(folder, "")).code, 0);
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
  });
}

Deno.test("frames are named by their number in the input, skipped ones counted", async () => {
  using folder = new WorkFolder();
  const { code, errors } = await encode(folder, "segment:1:throw:3", "--skip", "12");
  assert.equal(code, 1);
  assert.match(errors[0]!, /^Cannot complete 'out\.ivf': 13 of 25 frames were encoded; missing: frames 25-36 /);
});

Deno.test("when no segment can be encoded nothing is kept", async () => {
  using folder = new WorkFolder();
  const { code, errors } = await encode(folder, "segment:0:throw:3,segment:1:throw:3,segment:2:throw:3");
  assert.equal(code, 1);
  assert.match(
    errors[0]!,
    /: 0 of 37 frames were encoded; missing: frames 0-11 .*, frames 12-24 .*, frames 25-36 \(.*\)$/,
  );
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

for (const threads of ["1", "2", "1000", "cores"]) {
  Deno.test(`--threads ${threads} gives the same packets, on at most as many slots as there are processors`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const args = ["in.y4m", "-o", "out.ivf", "-s", "10", "--threads", threads];
    const { code, stderr } = await runProgram(args, { cwd: folder.path });
    assert.equal(code, 0);
    const slots = Number(/, (\d+) slots? /.exec(stderr)?.[1]);
    assert.ok(slots >= 1 && slots <= Math.min(Number(threads) || Infinity, navigator.hardwareConcurrency), stderr);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  });
}
