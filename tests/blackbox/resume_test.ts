// What an interrupted encode leaves and how the same command goes on with it: finished segments are never done again, the
// bytes are those of an undisturbed run, and whatever does not fit is refused with the difference.

import assert from "node:assert/strict";
import { clip, scenes } from "../support/clips.ts";
import { runProgram } from "../support/program.ts";
import { messages, type ProgressLine, RunningProgram } from "../support/running_program.ts";
import { smallClipEncoded, smallClipFrames, WorkFolder } from "../support/work_folder.ts";

const store = "out.ivf.rav1e-by-gop";

interface Run {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly lines: ProgressLine[];
  readonly notes: string[];
  readonly warnings: string[];
  readonly errors: string[];
  /** Segments that this run has finished. */
  readonly segments: number[];
}

/** One run of the usual command, with faults where they are given. */
async function run(folder: WorkFolder, faults = "", args: string[] = [], command = usual): Promise<Run> {
  const { code, signal, stderr } = await runProgram([...command, "--progress", "json", ...args], {
    cwd: folder.path,
    env: { RAV1E_BY_GOP_FAULTS: faults },
  });
  const said = stderr.trimEnd().split("\n").filter((line) => line !== "");
  const lines = said.map((line): ProgressLine => JSON.parse(line));
  const segments = lines.filter(({ type }) => type === "segment").map(({ segment }) => segment as number);
  const of = (kind: string) => messages(said, kind);
  return { code, signal, lines, notes: of("note"), warnings: of("warning"), errors: of("error"), segments };
}

const usual = ["in.y4m", "-o", "out.ivf", "-s", "10"];

/** What is there but for the journals that a killed run leaves to SQLite. */
function withoutJournals(folder: WorkFolder): string[] {
  return folder.names().filter((name) => !name.endsWith("-journal"));
}

/** A run that is killed when its first segment is kept. */
async function interrupt(folder: WorkFolder, args: string[] = [], command = usual): Promise<void> {
  const { signal, errors } = await run(folder, "kill:segment-kept:1", args, command);
  assert.equal(signal, "SIGKILL", errors.join("\n"));
}

Deno.test("the same command goes on after a kill, says so, and does nothing again that was finished", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  await interrupt(folder);
  assert.deepEqual(withoutJournals(folder), ["in.y4m", "out.ivf.part", store]);
  const { code, notes, segments } = await run(folder);
  assert.equal(code, 0);
  const said = notes.filter((note) => note.startsWith("continuing"));
  assert.equal(said.length, 1, notes.join("\n"));
  const done = Number(/(\d+) (?:of \d+ )?segments?/.exec(said[0]!)?.[1]);
  assert.match(said[0]!, /--restart/);
  assert.ok(done >= 1);
  assert.equal(segments.length, 3 - done);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

const points = [
  "store-opened",
  "announced",
  "segment-finished",
  "segment-finished:3",
  "segment-kept:2",
  "segment-kept:3",
  "segment-written",
  "segment-written:3",
  "part-complete",
  "marked-final",
  "renamed",
  "store-removed",
];
for (const point of points) {
  Deno.test(`SIGKILL at ${point}, then the same command, gives the bytes of an undisturbed run`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const { signal } = await run(folder, `kill:${point}`);
    assert.equal(signal, "SIGKILL");
    const named = point === "renamed" || point === "store-removed";
    if (named) assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
    // What is complete is recognised; once nothing tells that this encode made it, it is just an existing file.
    const again = await run(folder, "", point === "store-removed" ? ["-y"] : []);
    assert.equal(again.code, 0, again.errors.join("\n"));
    if (point === "renamed") assert.deepEqual(again.segments, []);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
  });
}

Deno.test("kills at one point after the other, run after run, change no byte", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  for (const point of points.slice(0, -1)) {
    const { signal } = await run(folder, `kill:${point.replace(/:\d+$/, "")}`);
    // Once all segments are kept, the points before that are not reached again.
    assert.ok(signal === "SIGKILL" || point.startsWith("segment-"), point);
    if (signal !== "SIGKILL") break;
  }
  await run(folder);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("kills at random moments, any number of times in a row, change no byte and set nothing aside", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  for (let round = 0; round < 8; round++) {
    const running = new RunningProgram(usual, { cwd: folder.path });
    const timer = setTimeout(() => running.process.kill("SIGKILL"), 150 + Math.random() * 350);
    const { code, rest } = await running.ended();
    clearTimeout(timer);
    if (code === 0) break;
    assert.deepEqual(messages(rest, "error"), []);
  }
  const { code, errors } = await run(folder, "", ["-y"]);
  assert.equal(code, 0, errors.join("\n"));
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

const refusals: [string, string[], RegExp][] = [
  ["another speed", ["-s", "9"], /speed.*9.*10/],
  ["another quantizer", ["-q", "120"], /quantizer.*120.*100/],
  ["another number of frames", ["-l", "30"], /30.*37/],
];
for (const [name, args, difference] of refusals) {
  Deno.test(`${name} is refused with the difference and loses nothing`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    await interrupt(folder);
    const kept = folder.read(store);
    const { code, errors } = await run(folder, "", args);
    assert.equal(code, 2);
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^Cannot go on with 'out\.ivf\.rav1e-by-gop': /);
    assert.match(errors[0]!, difference);
    assert.match(errors[0]!, /--restart/);
    assert.deepEqual(folder.read(store), kept);
    assert.deepEqual(folder.names(), ["in.y4m", store]);
    assert.equal((await run(folder)).code, 0);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  });
}

Deno.test("another input of the same shape is refused, under the same name too", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  await interrupt(folder);
  folder.clip("in.y4m", {}, clip(scenes(20, 17), { width: 64, height: 48 }));
  const { code, errors } = await run(folder);
  assert.equal(code, 2);
  assert.match(errors[0]!, /input.*--restart/);
  // The video itself may have moved and been touched.
  folder.clip("elsewhere.y4m");
  const moved = await run(folder, "", [], ["elsewhere.y4m", ...usual.slice(1)]);
  assert.equal(moved.code, 0, moved.errors.join("\n"));
  assert.ok(moved.segments.length < 3);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("--restart begins anew and keeps what there was until the new encode is complete", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  await interrupt(folder);
  const { signal } = await run(folder, "kill:segment-kept", ["--restart", "-s", "9"]);
  assert.equal(signal, "SIGKILL");
  assert.deepEqual(withoutJournals(folder), ["in.y4m", "out.ivf.part", store, `${store}.old-1`]);
  const last = await run(folder, "", ["--restart"]);
  assert.equal(last.code, 0, last.errors.join("\n"));
  assert.equal(last.segments.length, 3);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

Deno.test("a store that was damaged or cut gives the same bytes or is refused by name", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  await interrupt(folder);
  const whole = folder.read(store);
  for (const damage of ["flip", "cut", "empty", "rubbish"]) {
    const bytes = damage === "cut"
      ? whole.slice(0, whole.length / 2)
      : damage === "empty"
      ? new Uint8Array()
      : whole.slice();
    if (damage === "flip") { for (let at = 3000; at < bytes.length; at += 4000) bytes[at]! ^= 0x40; }
    if (damage === "rubbish") bytes.fill(0x55);
    folder.write(store, bytes);
    const { code, errors } = await run(folder, "", ["-y"]);
    if (code === 0) assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded(), damage);
    else {
      assert.equal(code, 2, damage);
      assert.match(errors[0]!, /out\.ivf\.rav1e-by-gop.*--restart/);
      assert.deepEqual(folder.read(store), bytes);
    }
    const restarted = await run(folder, "", ["-y", "--restart"]);
    assert.equal(restarted.code, 0, restarted.errors.join("\n"));
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
  }
});

Deno.test("what stands in the resume file's place is named as the user would, with what to do", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  Deno.mkdirSync(folder.file(store));
  const { code, errors } = await run(folder);
  assert.equal(code, 2);
  assert.deepEqual(errors, [`Cannot use '${store}': it is a directory; move it away, or add --restart to begin anew`]);
  Deno.mkdirSync(folder.file(`${store}.crash`));
  assert.match(
    (await run(folder, "", ["--restart"])).errors[0]!,
    /^Cannot use '.*\.crash': it is a directory; move it away$/,
  );
  Deno.removeSync(folder.file(`${store}.crash`));
  assert.equal((await run(folder, "", ["--restart"])).code, 0);
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

Deno.test("an output is complete, and exit 0, though its resume file cannot be removed", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const stuck = `${store}.old-1`;
  Deno.mkdirSync(folder.file(stuck));
  folder.write(`${stuck}/file`, "");
  const { code, warnings } = await run(folder);
  assert.equal(code, 0);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^Cannot remove '.*; remove it, 'out\.ivf' is complete without it$/);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  const again = await run(folder);
  assert.equal(again.code, 0);
  assert.deepEqual(again.segments, []);
});

Deno.test("a resume file that goes away meanwhile ends the run, and nothing is said to be kept in it", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, clip(scenes(30, 30, 30), { width: 320, height: 176 }));
  const running = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "6"], { cwd: folder.path });
  await running.until(({ type }) => type === "segment");
  Deno.removeSync(folder.file(store));
  const { code, rest } = await running.ended();
  assert.equal(code, 1);
  const errors = messages(rest, "error");
  assert.equal(errors.length, 1, errors.join("\n"));
  assert.match(errors[0]!, /: the file was moved or removed meanwhile; leave it alone and run the same command again$/);
});

Deno.test("an existing output that may be replaced stays until then, through interruptions, and nobody is asked again", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  folder.write("out.ivf", "what was there");
  await interrupt(folder, ["-y"]);
  assert.equal(new TextDecoder().decode(folder.read("out.ivf")), "what was there");
  const { code, errors } = await run(folder);
  assert.equal(code, 0, errors.join("\n"));
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("a second process on one output is refused, and the first one goes on", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, clip(scenes(30, 30), { width: 320, height: 176 }));
  const first = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "4"], { cwd: folder.path });
  await first.encoding();
  const { code, errors } = await run(folder, "", ["-s", "4", "--restart"]);
  assert.equal(code, 2);
  assert.match(errors[0]!, /another encode/);
  const { code: firstCode, rest } = await first.ended();
  assert.equal(firstCode, 0, rest.join("\n"));
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

Deno.test("--state-dir keeps what is finished elsewhere, and goes on from there", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  Deno.mkdirSync(folder.file("state"));
  await interrupt(folder, ["--state-dir", "state"]);
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf.part", "state"]);
  const { code, segments } = await run(folder, "", ["--state-dir", "state"]);
  assert.equal(code, 0);
  assert.ok(segments.length < 3);
  assert.deepEqual(Array.from(Deno.readDirSync(folder.file("state"))), []);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("standard output cannot be gone on with, which is said once", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { code, stdout, stderr } = await runProgram(["in.y4m", "-o", "-", "-s", "10"], { cwd: folder.path });
  assert.equal(code, 0);
  assert.deepEqual(stdout, await smallClipEncoded());
  assert.equal(stderr.match(/cannot be gone on with/g)?.length, 1, stderr);
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

Deno.test("a segment that takes the process down is set aside after three runs, and --resume tries it again", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  for (let death = 1; death <= 3; death++) {
    const { signal } = await run(folder, "segment:1:abort:9");
    assert.equal(signal, "SIGABRT");
  }
  const { code, errors, segments } = await run(folder, "segment:1:abort:9");
  assert.equal(code, 1);
  assert.match(errors[0]!, /35|24 of 37|missing: frames 12-24/);
  assert.match(errors[0]!, /frames 12-24/);
  assert.match(errors[0]!, /the same command with --resume goes on$/);
  assert.ok(!segments.includes(1));
  // Without a word it stays where it is; the others are there all the same.
  const same = await run(folder);
  assert.equal(same.code, 1);
  assert.deepEqual(same.segments, []);
  const again = await run(folder, "", ["--resume"]);
  assert.equal(again.code, 0, again.errors.join("\n"));
  assert.deepEqual(again.segments, [1]);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("segments that failed are tried again by the next run", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { code, errors } = await run(folder, "segment:2:throw:3");
  assert.equal(code, 1);
  assert.match(errors[0]!, /frames 25-36/);
  const again = await run(folder);
  assert.equal(again.code, 0, again.errors.join("\n"));
  assert.deepEqual(again.segments, [2]);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

Deno.test("progress after a resume counts all frames, and speed only this run's", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  await interrupt(folder);
  const { lines } = await run(folder);
  const end = lines.find(({ type }) => type === "end")!;
  assert.deepEqual([end.frames, end.framesDone], [smallClipFrames, smallClipFrames]);
  const summary = lines.find(({ type }) => type === "summary")!;
  assert.equal(summary.frames, smallClipFrames);
  assert.ok((summary.keptFrames as number) >= 12);
  const own = smallClipFrames - (summary.keptFrames as number);
  assert.ok(Math.abs((summary.fps as number) - own / (summary.seconds as number)) < 1e-6);
});

Deno.test("a slot that does not get on loses its segment, is named, and the process still ends", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { code, warnings } = await run(folder, "segment:1:hang:1", ["--stall-timeout", "2"]);
  assert.equal(code, 0);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^slot \d failed at .*12.*: no progress for 2 s .*; they are tried again$/);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});
