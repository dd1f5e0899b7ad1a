import assert from "node:assert/strict";
import { isThere } from "../../../lib/machine/files.ts";
import { Buffer } from "node:buffer";
import { SegmentDigest } from "../../../ffi/digest.ts";
import { openLibrary } from "../../../ffi/library.ts";
import { SceneDetector } from "../../../ffi/detector.ts";
import { type Clip, clip, scenes, type Y4mParameters } from "../../support/clips.ts";
import { settingsOf } from "../../support/settings_of.ts";
import type { DoneSegment } from "../../../lib/pipe/pack_cutter.ts";
import { libraryPath, type PipeRunResult, runPipe } from "./pipe_run.ts";
import { PipeFolder } from "./producers.ts";

const cat = 'cat "$1"';

/** All of the source's frames `from` to `to` were given, each as it is. */
function assertFrames(result: PipeRunResult, frames: readonly Uint8Array[], from = 0, to = frames.length): void {
  assert.deepEqual([...result.frames.keys()].sort((a, b) => a - b), Array.from({ length: to - from }, (_, n) => n));
  for (const [number, frame] of result.frames) {
    assert.ok(isSame(frame, frames[from + number]!), `frame ${number} is as it was`);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function digestOf(frames: readonly Uint8Array[]): Uint8Array {
  using digest = new SegmentDigest(openLibrary(libraryPath));
  for (const frame of frames) digest.addFrame(frame);
  return digest.finish();
}

Deno.test("a pipe gives every frame of every format, with memory to spare and with none", async () => {
  const formats: Partial<Clip>[] = [
    { bitDepth: 8, chromaSampling: "4:2:0", width: 64, height: 48 },
    { bitDepth: 10, chromaSampling: "4:2:0", width: 63, height: 47 },
    { bitDepth: 12, chromaSampling: "4:2:2", width: 65, height: 33 },
    { bitDepth: 8, chromaSampling: "4:4:4", width: 17, height: 16 },
    { bitDepth: 10, chromaSampling: "4:0:0", width: 31, height: 19 },
  ];
  for (const format of formats) {
    await using folder = new PipeFolder();
    const { frames } = folder.clip(clip(scenes(30, 41, 1, 26), format));
    for (const spareBytes of [0, 8 << 20]) {
      for (const tmpInput of [{ kind: "none" }, { kind: "folder", folder: folder.path }] as const) {
        const result = await runPipe(folder.pipe(cat), { spareBytes, tmpInput, keyint: 60 });
        assertFrames(result, frames);
        assert.deepEqual([result.complete, result.notes, result.framesAtEnd], [true, [], 98]);
      }
    }
  }
});

Deno.test("a pipe's keyframes are the file's", async () => {
  await using folder = new PipeFolder();
  const { frames } = folder.clip(clip(scenes(20, 35, 18, 60), { width: 64, height: 48 }));
  using detector = new SceneDetector(openLibrary(libraryPath), settingsOf({ minKeyint: 1, keyint: 30 }));
  const decisions = frames.flatMap((frame) => [...detector.push(frame as Uint8Array<ArrayBuffer>)]);
  decisions.push(...detector.finish());
  const keyframes = decisions.flatMap((decision, frame) => decision === 1 ? [frame] : []);
  const result = await runPipe(folder.pipe(cat), { keyint: 30, packers: 2, slots: 3 });
  assert.deepEqual(result.keyframes, keyframes);
  assert.ok(keyframes.length > 4);
});

Deno.test("a source that pauses has what it gave encoded before it goes on", async () => {
  await using folder = new PipeFolder();
  const { path, frames } = folder.clip(clip(scenes(60)));
  const goOn = folder.file("go-on");
  const bytes = 30 * (frames[0]!.length + 6);
  const command = `head -c ${bytes} "$1"; until [ -e ${goOn} ]; do sleep 0.02; done; tail -c +${bytes + 1} "$1"`;
  let seen = 0;
  const result = await runPipe(folder.pipe(command, path), {
    // Frame 29 has come, frame 23 is decided: the source goes on only when the slot has that one.
    onFrame: (_segment, _attempt, frame) => {
      seen = Math.max(seen, frame);
      if (seen === 22) Deno.writeTextFileSync(goOn, "");
    },
  });
  assertFrames(result, frames);
});

Deno.test("a file read as a pipe gives the same", async () => {
  await using folder = new PipeFolder();
  const { path, frames } = folder.clip(clip(scenes(30, 20), { width: 320, height: 240 }));
  assertFrames(await runPipe(path), frames);
});

Deno.test("a segment that does not fit is streamed through, and cannot be tried again", async () => {
  await using folder = new PipeFolder();
  const { frames } = folder.clip(clip([{ frames: 400, seed: 3, noise: 32 }]));
  const result = await runPipe(folder.pipe(cat), { spareBytes: 0, keyint: 0, slots: 2 });
  assertFrames(result, frames);
  assert.deepEqual(result.streamed, [0]);
  const failing = runPipe(folder.pipe(cat), {
    spareBytes: 0,
    keyint: 0,
    onFrame: (_segment, _attempt, frame) => {
      if (frame === 350) throw new Error("the encoder fails");
    },
  });
  await assert.rejects(failing, /the encoder fails/);
});

Deno.test("a segment that fails is given again from its first frame", async () => {
  for (const spill of [false, true]) {
    await using folder = new PipeFolder();
    const { frames } = folder.clip(clip(scenes(40, 60, 50, 30)));
    const result = await runPipe(folder.pipe(cat), {
      spareBytes: spill ? 0 : 16 << 20,
      tmpInput: spill ? { kind: "folder", folder: folder.path } : { kind: "none" },
      onFrame: (segment, attempt, frame) => {
        if (segment % 2 === 1 && attempt < 3 && frame === 25) throw new Error("the encoder fails");
      },
    });
    assertFrames(result, frames);
    assert.deepEqual([result.tries, result.streamed], [[1, 3, 1, 3], []]);
  }
});

Deno.test("packs spill to a file without a name, and come back", async () => {
  await using folder = new PipeFolder();
  const { frames } = folder.clip(clip(scenes(100, 150, 100).map((scene) => ({ ...scene, noise: 32 }))));
  const before = [...Deno.readDirSync(folder.path)].length;
  let spilled = false;
  const result = await runPipe(folder.pipe(cat), {
    spareBytes: 1 << 20,
    slots: 1,
    tmpInput: { kind: "folder", folder: folder.path },
    onFrame: async (segment, _attempt, frame) => {
      // The reader comes to the end before this slot: what it has read is somewhere.
      if (segment === 0 && frame === 50) await until(() => spilled ||= hasNamelessFile(folder.path));
      assert.equal([...Deno.readDirSync(folder.path)].length, before + 1, "the pipe and nothing else");
    },
  });
  assertFrames(result, frames);
  assert.deepEqual([spilled, result.streamed, result.notes], [true, [], []]);
});

/** Whether this process has a file in the folder open that has no name any more, with something in it. */
function hasNamelessFile(folder: string): boolean {
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      const target = Deno.readLinkSync(`/proc/self/fd/${name}`);
      if (!target.startsWith(folder) || !target.endsWith("(deleted)")) continue;
      if (Deno.statSync(`/proc/self/fd/${name}`).size > 1 << 20) return true;
    } catch {
      // Closed meanwhile.
    }
  }
  return false;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("a folder that takes no temporary input is refused", async () => {
  await using folder = new PipeFolder();
  folder.clip(clip(scenes(20)));
  const tmpInput = { kind: "folder", folder: folder.file("missing") } as const;
  await assert.rejects(runPipe(folder.pipe(cat), { tmpInput }), {
    name: "UsageError",
    message: /^Cannot make temporary input in '.*missing': no such file or directory$/,
  });
});

Deno.test("a pipe that ends inside a frame gives its closed segments, then says where it ended", async () => {
  await using folder = new PipeFolder();
  const { path, frames } = folder.clip(clip(scenes(40, 40, 40)));
  const header = Deno.statSync(path).size - 120 * (frames[0]!.length + 6);
  const result = await runPipe(folder.pipe(`head -c ${header + 100 * (frames[0]!.length + 6) + 90} "$1"`), {
    slots: 3,
  });
  assert.deepEqual([result.lost, result.complete], [2, false]);
  assertFrames(result, frames, 0, 80);
  assert.equal(result.cutShort?.exitCode, 1);
  assert.match(
    result.cutShort.message,
    /^Cannot encode '.*': it has 100 whole frames, then it ends 90 bytes into frame 100; --limit 100 encodes those$/,
  );
});

Deno.test("a pipe that keeps a promise badly is cut short on a frame's boundary too", async () => {
  const run = async (parameters: Y4mParameters, options: Parameters<typeof runPipe>[1]) => {
    await using folder = new PipeFolder();
    const { frames } = folder.clip(clip(scenes(30, 20)), parameters);
    const result = await runPipe(folder.pipe(cat), options);
    return { ...result, given: result.frames.size, all: frames };
  };
  const early = await run({}, { expectFrames: 60 });
  assert.match(early.cutShort!.message, /it has 50 frames, not the 60 of --expect-frames$/);
  assert.deepEqual([early.cutShort!.exitCode, early.lost, early.given, early.promised], [1, 1, 30, 60]);
  const announced = await run({ others: ["XLENGTH=60"] }, {});
  assert.match(announced.cutShort!.message, /promises 60 frames \(XLENGTH\), but it has 50; --limit 50 encodes those$/);
  const long = await run({}, { expectFrames: 40 });
  assert.match(long.cutShort!.message, /more than the 40 frames of --expect-frames$/);
  const longer = await run({ others: ["XLENGTH=40"] }, {});
  assert.deepEqual([longer.given, longer.cutShort, longer.notes.length], [50, undefined, 1]);
  assert.match(longer.notes[0]!, /has 50 frames, more than the 40 its header promises \(XLENGTH\)$/);
  const enough = await run({ others: ["XLENGTH=60"] }, { limit: 45, expectFrames: 60 });
  assert.deepEqual([enough.given, enough.cutShort, enough.promised], [45, undefined, 45]);
});

Deno.test("nothing is read beyond --limit, and the writer learns of it", async () => {
  await using folder = new PipeFolder();
  const { frames } = folder.clip(clip(scenes(30, 20)));
  const status = folder.file("status");
  const pipe = folder.pipe(`cat "$1" /dev/zero; echo $? >${status}`);
  const result = await runPipe(pipe, { skip: 4, limit: 40 });
  assertFrames(result, frames, 4, 44);
  assert.equal(result.cutShort, undefined);
  await until(() => isThere(status) && Deno.readTextFileSync(status).length > 1);
  assert.equal(Deno.readTextFileSync(status), "141\n");
});

Deno.test("a still picture is the first frame alone", async () => {
  await using folder = new PipeFolder();
  const { frames } = folder.clip(clip(scenes(30)));
  assertFrames(await runPipe(folder.pipe(cat), { stillPicture: true, skip: 2 }), frames, 2, 3);
});

Deno.test("a pipe with nothing to encode in it is refused", async () => {
  await using folder = new PipeFolder();
  const { path, frames } = folder.clip(clip(scenes(10)));
  const header = Deno.statSync(path).size - 10 * (frames[0]!.length + 6);
  const refuses = (command: string, name: string, message: RegExp, options = {}) =>
    assert.rejects(runPipe(folder.pipe(command), options), { name, message });
  await refuses(":", "InputError", /^Cannot read '.*': it is empty$/);
  await refuses("echo hello", "InputError", /^Cannot read '.*': it looks like text, not y4m/);
  await refuses("echo hello; sleep 100", "InputError", /^Cannot read '.*': it looks like text, not y4m/);
  await refuses('head -c 20 "$1"', "InputError", /it ends after 20 bytes, inside its y4m header$/);
  await refuses(`head -c ${header} "$1"`, "InputError", /it holds no whole frame: it ends after its header of/);
  await refuses(
    `head -c ${header + 100} "$1"`,
    "InputError",
    /it holds no whole frame: it ends 100 bytes into frame 0$/,
  );
  await refuses(cat, "UsageError", /^Cannot skip 10 frames: '.*' has 10$/, { skip: 10 });
  await assert.rejects(runPipe(folder.path), { name: "InputError", message: /it is a directory/ });
  await assert.rejects(runPipe(folder.file("missing")), { name: "InputError", message: /no such file or directory/ });
});

Deno.test("a pipe with the short chroma rows that ffmpeg writes is refused", async () => {
  await using folder = new PipeFolder();
  const frame = new Uint8Array(17 * 40 * 2 + 2 * 20 * 17);
  const text = new TextEncoder();
  const parts = [text.encode("YUV4MPEG2 W17 H40 F25:1 C420p10\n")];
  for (let number = 0; number < 9; number++) parts.push(text.encode("FRAME\n"), frame);
  const path = folder.file("short.y4m");
  Deno.writeFileSync(path, new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer()));
  for (const options of [{}, { limit: 1 }]) {
    await assert.rejects(runPipe(folder.pipe(cat, path), options), {
      name: "InputError",
      message: /its frames are 40 bytes short: ffmpeg leaves out/,
    });
  }
});

Deno.test("a plan that is given is kept to, and must fit", async () => {
  await using folder = new PipeFolder();
  const { frames } = folder.clip(clip(scenes(30, 20)));
  const planned = { keyframes: [0, 7, 30, 49], frames: 50 };
  const result = await runPipe(folder.pipe(cat), { planned });
  assertFrames(result, frames);
  assert.deepEqual([result.keyframes, result.complete, result.promised], [planned.keyframes, true, 50]);
  const short = await runPipe(folder.pipe(cat), { planned: { ...planned, frames: 60 } });
  assert.match(
    short.cutShort!.message,
    /it has 50 frames, and the plan that was made for it 60; --restart starts anew$/,
  );
  assert.deepEqual([short.lost, short.frames.size], [3, 49]);
  const long = await runPipe(folder.pipe(cat), { planned: { keyframes: [0, 30], frames: 45 } });
  assert.match(long.cutShort!.message, /more than the 45 frames of the plan/);
  assert.deepEqual([long.lost, long.frames.size], [2, 45], "what was planned is there");
  const between = await runPipe(folder.pipe(cat), { planned: { keyframes: [0, 30, 50], frames: 80 } });
  assert.deepEqual([between.lost, between.frames.size], [2, 50], "a segment that is whole is not lost");
});

Deno.test("segments that are done are compared and not given again", async () => {
  await using folder = new PipeFolder();
  const { frames } = folder.clip(clip(scenes(40, 60, 50, 30)));
  const bounds = [0, 40, 100, 150, 180];
  const all: DoneSegment[] = bounds.slice(1).map((end, index) => {
    const first = bounds[index]!;
    return { index, first, frames: end - first, inputDigest: digestOf(frames.slice(first, end)) };
  });
  const planned = { keyframes: bounds.slice(0, -1), frames: 180 };
  for (const given of [undefined, planned]) {
    const result = await runPipe(folder.pipe(cat), { done: [all[0]!, all[2]!], planned: given, spareBytes: 0 });
    assert.deepEqual([...result.frames.keys()].every((n) => (n >= 40 && n < 100) || n >= 150), true);
    assert.equal(result.frames.size, 90);
    assert.equal((await runPipe(folder.pipe(cat), { done: all, planned: given })).frames.size, 0);
    const other = { ...all[2]!, inputDigest: digestOf([]) };
    await assert.rejects(runPipe(folder.pipe(cat), { done: [all[0]!, other], planned: given, skip: 0 }), {
      name: "UsageError",
      message:
        /^Cannot continue: frames 100-149 of '.*' are not those of the encode that was begun; --restart starts anew$/,
    });
  }
  const moved = { ...all[1]!, first: 40, frames: 50, inputDigest: digestOf(frames.slice(40, 90)) };
  await assert.rejects(runPipe(folder.pipe(cat), { done: [moved] }), {
    name: "UsageError",
    message: /frames 40-89 of/,
  });
});
