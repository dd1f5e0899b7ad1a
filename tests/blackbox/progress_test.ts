// What the program says while it works and at the end, and where it says it.

import assert from "node:assert/strict";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { runProgram } from "../support/program.ts";
import { type ProgressLine } from "../support/running_program.ts";
import { clip, scenes } from "../support/clips.ts";
import { WorkFolder } from "../support/work_folder.ts";

/** Every line as JSON. */
function parsed(stderr: string): ProgressLine[] {
  assert.ok(stderr.endsWith("\n"));
  return stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("--progress json gives the documented lines, and the last of them agree with the file", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", { others: ["It"] }, clip(scenes(25, 25), { width: 320, height: 176 }));
  const { code, stdout, stderr } = await runProgram(
    ["in.y4m", "-o", "out.ivf", "-s", "6", "--threads", "2", "--progress", "json"],
    { cwd: folder.path },
  );
  assert.equal(code, 0);
  assert.equal(stdout.length, 0);
  const lines = parsed(stderr);
  const of = (type: string) => lines.filter((line) => line.type === type);
  assert.deepEqual([...new Set(lines.map(({ type }) => type))].sort(), [
    "end",
    "message",
    "progress",
    "segment",
    "summary",
  ]);
  assert.deepEqual(of("message").map(({ kind }) => kind), ["warning"]);

  const statusFields = "bytes elapsed estimatedBytes eta fps fraction frames framesDone kbps planComplete segments " +
    "segmentsDone slots type";
  let done = 0, elapsed = 0;
  for (const line of [...of("progress"), ...of("end")]) {
    assert.equal(Object.keys(line).sort().join(" "), statusFields);
    assert.equal(line.frames, 50);
    assert.ok((line.framesDone as number) >= done && (line.elapsed as number) >= elapsed);
    [done, elapsed] = [line.framesDone as number, line.elapsed as number];
    for (const [number, slot] of (line.slots as Record<string, unknown>[]).entries()) {
      assert.equal(slot.slot, number);
      if ("segment" in slot) assert.equal(Object.keys(slot).sort().join(" "), "attempt done first frames segment slot");
    }
  }
  const ivf = readIvfPackets(folder.read("out.ivf"));
  const packetBytes = ivf.packets.reduce((sum, { data }) => sum + data.length, 0);
  const [end, ...otherEnds] = of("end");
  assert.deepEqual(otherEnds, []);
  assert.deepEqual(
    { framesDone: end!.framesDone, fraction: end!.fraction, bytes: end!.bytes, done: end!.segmentsDone },
    { framesDone: 50, fraction: 1, bytes: packetBytes, done: 2 },
  );
  const summary = lines.at(-1)!;
  assert.equal(summary.type, "summary");
  assert.deepEqual(
    [summary.output, summary.frames, summary.segments, summary.packetBytes, summary.fileBytes],
    ["out.ivf", 50, 2, packetBytes, folder.read("out.ivf").length],
  );
  assert.ok(Math.abs((summary.kbps as number) - packetBytes * 8 * 25 / 50 / 1000) < 1e-6);
  const segments = of("segment").toSorted((a, b) => (a.segment as number) - (b.segment as number));
  assert.deepEqual(segments.map(({ first, frames }) => [first, frames]), [[0, 25], [25, 25]]);
  assert.equal(segments.reduce((sum, { bytes }) => sum + (bytes as number), 0), packetBytes);
});

for (
  const [name, args, expected] of [
    ["an input that is missing", ["none.y4m", "-o", "out.ivf"], 2],
    ["a folder that is missing", ["in.y4m", "-o", "none/out.ivf"], 2],
    ["a promise the input does not keep", ["in.y4m", "-o", "out.ivf", "--expect-frames", "1"], 1],
  ] as const
) {
  Deno.test(`--progress json says ${name} as JSON too`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const { code, stderr } = await runProgram([...args, "--progress", "json"], { cwd: folder.path });
    assert.equal(code, expected);
    assert.deepEqual(parsed(stderr).map(({ type, kind }) => [type, kind]), [["message", "error"]]);
  });
}

for (const args of [[], ["--progress", "bar"], ["--progress", "plain"], ["--no-progress"]]) {
  Deno.test(`without a terminal there are plain lines (${args.join(" ") || "no option"})`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const { code, stdout, stderr } = await runProgram(["in.y4m", "-o", "out.ivf", "-s", "10", ...args], {
      cwd: folder.path,
    });
    assert.equal(code, 0);
    assert.equal(stdout.length, 0);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stderr, /[\r\x1b]/);
    const size = folder.read("out.ivf").length;
    assert.match(
      stderr,
      new RegExp(
        `^'out\\.ivf': 37 frames, ${size} bytes, [\\d.]+ kbit/s, [\\d.]+ fps, 3 segments, \\d+ slots \\d+ % efficient\\n$`,
      ),
    );
  });
}

Deno.test("--quiet is silent on success, and keeps warnings and errors", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const args = ["in.y4m", "-o", "out.ivf", "-s", "10", "--quiet"];
  const silent = await runProgram(args, { cwd: folder.path });
  assert.deepEqual([silent.code, silent.stderr, silent.stdout.length], [0, "", 0]);
  assert.match((await runProgram(args, { cwd: folder.path })).stderr, /it exists; add -y/);
  folder.clip("in.y4m", { others: ["It"] });
  assert.match((await runProgram([...args, "-y"], { cwd: folder.path })).stderr, /^The input is interlaced [^\n]*\n$/);
});
