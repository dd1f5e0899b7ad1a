import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { FinalOutput } from "../../../lib/encode/final_output.ts";
import { type Naming, Output, type OutputOptions } from "../../../lib/encode/output.ts";
import type { OutputTarget } from "../../../lib/encode/output_target.ts";
import { IncompleteError, UsageError } from "../../../lib/errors.ts";
import { ivfHeader, readIvf } from "../../../lib/media/ivf.ts";
import { digestOutput, isOutput } from "../../../lib/resume/final_output.ts";
import { boxTypes, readMp4 } from "../../support/read_mp4.ts";
import { sequenceHeader } from "../containers/made_packets.ts";
import { startScript } from "../cli/run_program.ts";
import { numberedPackets, segmentOf } from "./packets.ts";

const header: OutputOptions = {
  format: "ivf",
  width: 160,
  height: 96,
  frameRate: { num: 30000, den: 1001 },
  frames: 5,
  sampleAspectRatio: { num: 1, den: 1 },
  masteringDisplay: null,
  contentLight: null,
  turn: 0,
};

/** A folder with the target a.ivf in it; both go with the test. */
class Place implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "output-test-" });
  readonly path = join(this.folder, "a.ivf");
  readonly target: OutputTarget = { kind: "file", path: this.path, part: `${this.path}.part` };

  get names(): string[] {
    return [...Deno.readDirSync(this.folder)].map(({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Segments of 2 and 3 packets. */
const parts = [numberedPackets(1, 2), numberedPackets(2, 3)];
const segments = parts.map((packets, index) => segmentOf(index, packets, 2 * index));

async function writeAll(output: Output): Promise<void> {
  await output.write(segments[0]!);
  await output.write(segments[1]!);
}

/** assert's comparison of millions of bytes takes its time. */
const equal = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;

const unmarked: Naming = {
  digest: () => Promise.reject(new Error("asked for a digest")),
  mark: () => Promise.resolve(),
  mayReplace: true,
};

function checkWhole(bytes: Uint8Array, frames = 5): void {
  assert.deepEqual(bytes.subarray(0, 32), ivfHeader(160, 96, header.frameRate, frames));
  const { packets } = readIvf(bytes);
  assert.deepEqual(packets.map(({ timestamp }) => timestamp), [0, 1, 2, 3, 4]);
  assert.deepEqual(packets.map(({ data }) => [...data]), parts.flat().map((packet) => [...packet]));
}

Deno.test("Output has its name only when it is finished, with all packets in it and no part left", async () => {
  using place = new Place();
  const output = await Output.open(place.target, header);
  assert.deepEqual(place.names, ["a.ivf.part"]);
  await writeAll(output);
  assert.deepEqual(place.names, ["a.ivf.part"]);
  assert.equal(output.bytes, Deno.statSync(`${place.path}.part`).size);
  await output.finish(5, unmarked);
  assert.deepEqual(place.names, ["a.ivf"]);
  checkWhole(Deno.readFileSync(place.path));
});

Deno.test("finish() puts the number of packets that were written into the header", async () => {
  using place = new Place();
  const output = await Output.open(place.target, { ...header, frames: 70000 });
  await writeAll(output);
  await output.finish(5, unmarked);
  checkWhole(Deno.readFileSync(place.path));
});

Deno.test("finish() tells what the file will be before it has its name, and waits for what that leads to", async () => {
  using place = new Place();
  const output = await Output.open(place.target, { ...header, frames: null });
  await writeAll(output);
  let told: FinalOutput | undefined;
  await output.finish(5, {
    ...unmarked,
    async mark(final) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      assert.deepEqual(place.names, ["a.ivf.part"]);
      told = final;
    },
  });
  const bytes = Deno.readFileSync(place.path);
  checkWhole(bytes);
  const digest = createHash("sha256").update(bytes.subarray(32)).update(bytes.subarray(0, 32)).digest("hex");
  assert.deepEqual(told, { bytes: bytes.length, headBytes: 32, digest });
});

/** A keyframe of so many bytes, whose content tells its number. */
function keyframe(number: number, bytes: number): Uint8Array {
  const content = bytes - 2 - sequenceHeader.length - 6;
  const size = [content % 128 | 0x80, (content >> 7) % 128 | 0x80, (content >> 14) % 128 | 0x80, content >> 21];
  const packet = new Uint8Array(bytes).fill(number + 1);
  packet.set([0x12, 0x00, ...sequenceHeader, 0x32, ...size, 0x10]);
  return packet;
}

const mp4: OutputOptions = { ...header, format: "mp4", width: 320, height: 180 };

for (const [name, frames] of [["was", 3], ["was not", null]] as const) {
  Deno.test(`an MP4 file whose length ${name} known begins with its movie box, and is what was told of it`, async () => {
    using place = new Place();
    // Moved in several pieces.
    const packets = Array.from({ length: 3 }, (_, number) => keyframe(number, 1_500_000 + number));
    const output = await Output.open(place.target, { ...mp4, frames });
    for (const [index, packet] of packets.entries()) await output.write(segmentOf(index, [packet], index));
    let told: FinalOutput | undefined;
    await output.finish(3, { ...unmarked, mark: (final) => Promise.resolve(void (told = final)) });
    const bytes = Deno.readFileSync(place.path);
    assert.equal(output.bytes, bytes.length);
    assert.deepEqual(boxTypes(bytes).filter((type) => type !== "free"), ["ftyp", "moov", "mdat"]);
    const { samples } = readMp4(bytes);
    assert.equal(samples.length, 3);
    for (const [number, { data }] of samples.entries()) {
      assert.ok(equal(data, packets[number]!.subarray(2)), `${number}`);
    }
    assert.deepEqual(told, digestOutput(place.path, told!.headBytes));
    assert.ok(isOutput(place.path, told!));
    // What an older version has written down of an output is none.
    const { headBytes: _, ...older } = told!;
    assert.equal(isOutput(place.path, older as FinalOutput), false);
    // Any byte counts.
    for (const at of [told!.headBytes - 1, bytes.length - 1]) {
      Deno.writeFileSync(place.path, bytes.with(at, bytes[at]! ^ 1));
      assert.equal(isOutput(place.path, told!), false, `${at}`);
    }
  });
}

Deno.test("finish() leaves the part without a name where what comes before that fails", async () => {
  using place = new Place();
  const output = await Output.open(place.target, header);
  await writeAll(output);
  await assert.rejects(
    output.finish(5, { ...unmarked, mark: () => Promise.reject(new IncompleteError("no space")) }),
    /^IncompleteError: no space$/,
  );
  assert.deepEqual(place.names, ["a.ivf.part"]);
});

Deno.test("Output leaves the file of its name alone until it replaces it whole", async () => {
  using place = new Place();
  Deno.writeTextFileSync(place.path, "what was there");
  const output = await Output.open(place.target, header);
  await writeAll(output);
  assert.equal(Deno.readTextFileSync(place.path), "what was there");
  await output.finish(5, unmarked);
  checkWhole(Deno.readFileSync(place.path));
});

Deno.test("Output replaces the file that a link names, not the link, when it is given the resolved path", async () => {
  using place = new Place();
  const link = join(place.folder, "link.ivf");
  Deno.writeTextFileSync(place.path, "what was there");
  Deno.symlinkSync(place.path, link);
  const output = await Output.open(place.target, header);
  await writeAll(output);
  await output.finish(5, unmarked);
  assert.equal(Deno.lstatSync(link).isSymlink, true);
  checkWhole(Deno.readFileSync(link));
});

Deno.test("discard() removes what was written, twice without harm, and leaves a file of the name", async () => {
  using place = new Place();
  Deno.writeTextFileSync(place.path, "what was there");
  const output = await Output.open(place.target, header);
  await writeAll(output);
  output.discard();
  output.discard();
  assert.deepEqual(place.names, ["a.ivf"]);
  assert.equal(Deno.readTextFileSync(place.path), "what was there");
});

Deno.test("finish() says so when the part was removed, or its folder was, and creates nothing", async () => {
  for (
    const remove of [(part: string) => Deno.removeSync(part), (part: string) => Deno.renameSync(part, `${part}.b`)]
  ) {
    using place = new Place();
    const output = await Output.open(place.target, header);
    await writeAll(output);
    remove(`${place.path}.part`);
    await assert.rejects(output.finish(5, unmarked), (error: Error) => {
      assert(error instanceof IncompleteError);
      assert.match(error.message, /was moved, removed or replaced meanwhile/);
      assert.doesNotMatch(error.message, /packets are in/);
      return true;
    });
    assert.equal(place.names.includes("a.ivf"), false);
  }
});

Deno.test("a file that took the part's name is neither given the output's name nor removed", async () => {
  using place = new Place();
  for (const end of ["finish", "discard", "keep"] as const) {
    const output = await Output.open(place.target, header);
    await writeAll(output);
    Deno.removeSync(`${place.path}.part`);
    Deno.writeTextFileSync(`${place.path}.part`, "another's");
    if (end === "finish") await assert.rejects(output.finish(5, unmarked), /replaced meanwhile/);
    else if (end === "discard") output.discard();
    else assert.equal(await output.keep(5), undefined);
    assert.deepEqual(place.names, ["a.ivf.part"]);
    assert.equal(Deno.readTextFileSync(`${place.path}.part`), "another's");
  }
});

Deno.test("keep() leaves a part that is a readable file of the packets there are", async () => {
  using place = new Place();
  const output = await Output.open(place.target, { ...header, frames: 9 });
  await writeAll(output);
  assert.equal(await output.keep(5), `'${place.path}.part'`);
  assert.deepEqual(place.names, ["a.ivf.part"]);
  checkWhole(Deno.readFileSync(`${place.path}.part`));
});

Deno.test("Output writes over a part that a killed run left, however long it is", async () => {
  using place = new Place();
  Deno.writeFileSync(`${place.path}.part`, new Uint8Array(100_000).fill(7));
  const output = await Output.open(place.target, header);
  await writeAll(output);
  await output.finish(5, unmarked);
  checkWhole(Deno.readFileSync(place.path));
});

Deno.test("Output refuses a name that another process is writing, without touching it, until that one ends", async () => {
  using place = new Place();
  await using other = await startScript(`
    import { Output } from "lib/encode/output.ts";
    await Output.open(${JSON.stringify(place.target)}, ${JSON.stringify(header)});
    console.log("open");
    setInterval(() => {}, 1000);
  `);
  assert.equal(await other.line(), "open");
  await assert.rejects(Output.open(place.target, header), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.message, `Cannot write '${place.path}': another encode is writing it`);
    return true;
  });
  assert.deepEqual(Deno.readFileSync(`${place.path}.part`), ivfHeader(160, 96, header.frameRate, 5));
  other.process.kill("SIGKILL");
  await other.process.status;
  const output = await Output.open(place.target, header);
  await writeAll(output);
  await output.finish(5, unmarked);
  checkWhole(Deno.readFileSync(place.path));
});

for (const [ending, survives] of [["finishes", true], ["gives up", false]] as const) {
  Deno.test(`Output that opens in the moment in which another run ${ending} does not write to its file`, async () => {
    using place = new Place();
    const part = `${place.path}.part`, whole = new Uint8Array([1, 2, 3]);
    const first = Deno.openSync(part, { write: true, createNew: true });
    first.lockSync(true);
    first.writeSync(whole);
    const { tryLockSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.tryLockSync = function (exclusive) {
      Deno.FsFile.prototype.tryLockSync = tryLockSync;
      if (survives) Deno.renameSync(part, place.path);
      else Deno.removeSync(part);
      first.close();
      return this.tryLockSync(exclusive);
    };
    try {
      await assert.rejects(Output.open(place.target, header), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, /another encode has just ended there; try again$/);
        return true;
      });
    } finally {
      Deno.FsFile.prototype.tryLockSync = tryLockSync;
    }
    if (survives) assert.deepEqual(Deno.readFileSync(place.path), whole);
    assert.deepEqual(place.names, survives ? ["a.ivf"] : []);
  });
}

Deno.test("Output says why it cannot be opened, exit 2, and leaves nothing", async () => {
  using place = new Place();
  const missing: OutputTarget = { kind: "file", path: "/nowhere/a.ivf", part: "/nowhere/a.ivf.part" };
  await assert.rejects(Output.open(missing, header), {
    name: "UsageError",
    message: /^Cannot write '\/nowhere\/a.ivf': /,
  });
  // A header that IVF cannot hold: the part is there by then.
  await assert.rejects(Output.open(place.target, { ...header, width: 70000 }), {
    name: "UsageError",
    message: /width/,
  });
  assert.deepEqual(place.names, []);
});

Deno.test("finish() that cannot give the name says where the packets are and leaves them", async () => {
  using place = new Place();
  const output = await Output.open(place.target, header);
  await writeAll(output);
  Deno.mkdirSync(place.path);
  await assert.rejects(output.finish(5, unmarked), (error) => {
    assert.ok(error instanceof IncompleteError);
    assert.match(
      error.message,
      /^Cannot complete '.*a\.ivf': .*; all 5 packets are in '.*a\.ivf\.part', the same command tries again$/,
    );
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
  checkWhole(Deno.readFileSync(`${place.path}.part`));
});

Deno.test("Output writes a stream straight, the expected number of frames in its header", async () => {
  using place = new Place();
  const fifo = join(place.folder, "fifo");
  assert.equal((await new Deno.Command("mkfifo", { args: [fifo] }).output()).code, 0);
  const reader = Deno.readFile(fifo);
  const output = await Output.open({ kind: "stream", path: fifo, name: "fifo" }, header);
  await writeAll(output);
  // Neither can take back what was sent.
  output.discard();
  assert.equal(await output.keep(5), undefined);
  await output.finish(5, unmarked);
  const bytes = await reader;
  assert.equal(output.bytes, bytes.length);
  checkWhole(bytes);
  assert.deepEqual(place.names, ["fifo"]);
});

Deno.test("Output names a stream whose reader has gone", async () => {
  using place = new Place();
  const fifo = join(place.folder, "fifo");
  assert.equal((await new Deno.Command("mkfifo", { args: [fifo] }).output()).code, 0);
  const reader = Deno.open(fifo);
  const output = await Output.open({ kind: "stream", path: fifo, name: "the pipe" }, header);
  (await reader).close();
  await assert.rejects(output.write(segments[0]!), {
    name: "IncompleteError",
    message: "Cannot write the pipe: its reader has gone after 32 bytes, with 31 more at hand",
  });
  await output.finish(0, unmarked);
});

Deno.test({
  name: "Output says that a device is full",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const target: OutputTarget = { kind: "stream", path: "/dev/full", name: "'/dev/full'" };
    await assert.rejects(Output.open(target, header), {
      name: "IncompleteError",
      message: "Cannot write '/dev/full': no space is left on the disk after 0 bytes, with 32 more at hand",
    });
  },
});

/** A file system of 64 KiB; undefined where this process may not mount one. */
function smallDisk(): ({ path: string } & Disposable) | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
  const path = Deno.makeTempDirSync({ prefix: "output-test-disk-" });
  const run = (command: string, ...args: string[]) => new Deno.Command(command, { args, stderr: "null" }).outputSync();
  if (!run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path).success) {
    Deno.removeSync(path);
    return undefined;
  }
  return {
    path,
    [Symbol.dispose]() {
      run("umount", path);
      Deno.removeSync(path);
    },
  };
}

function mayMount(): boolean {
  using disk = smallDisk();
  return disk !== undefined;
}

Deno.test({
  name: "an MP4 file whose movie box finds no room on the disk says how many bytes it takes",
  ignore: !mayMount(),
  async fn() {
    using disk = smallDisk()!;
    const path = join(disk.path, "a.mp4");
    const output = await Output.open({ kind: "file", path, part: `${path}.part` }, { ...mp4, frames: null });
    await output.write(segmentOf(0, [keyframe(0, 65_400)]));
    const written = output.bytes;
    await assert.rejects(output.finish(1, unmarked), (error: Error) => {
      assert.equal(error.name, "IncompleteError");
      const said = /^Cannot write '.*a\.mp4': no space is left on the disk after (\d+) bytes, with (\d+) more at hand$/;
      const [, bytes, more] = said.exec(error.message) ?? [];
      assert.equal(Number(bytes), written, error.message);
      assert.ok(Number(more) > 400 && Number(more) < 1500, more);
      return true;
    });
    output.discard();
    assert.deepEqual([...Deno.readDirSync(disk.path)].map(({ name }) => name).filter((name) => name === "a.mp4"), []);
  },
});

Deno.test({
  name: "Output on a disk that fills up fails with the numbers, and leaves no part behind once discarded",
  ignore: !mayMount(),
  async fn() {
    using disk = smallDisk()!;
    const path = join(disk.path, "a.ivf");
    const target: OutputTarget = { kind: "file", path, part: `${path}.part` };
    const output = await Output.open(target, header);
    const packet = new Uint8Array(40_000);
    await output.write(segmentOf(0, [packet]));
    await assert.rejects(output.write(segmentOf(1, [packet], 1)), {
      name: "IncompleteError",
      message: `Cannot write '${path}': no space is left on the disk after 40044 bytes, with 40012 more at hand`,
    });
    // So full that not even a header fits.
    Deno.writeFileSync(join(disk.path, "rest"), new Uint8Array(0));
    const rest = Deno.openSync(join(disk.path, "rest"), { write: true });
    assert.throws(() => {
      for (;;) rest.writeSync(new Uint8Array(4096));
    }, /space/);
    rest.close();
    const second = join(disk.path, "b.ivf");
    await assert.rejects(Output.open({ kind: "file", path: second, part: `${second}.part` }, header), {
      name: "IncompleteError",
      message: /no space is left on the disk after 0 bytes, with 32 more at hand$/,
    });
    output.discard();
    assert.deepEqual([...Deno.readDirSync(disk.path)].map(({ name }) => name), ["rest"]);
  },
});
