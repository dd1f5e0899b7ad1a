// Where the video goes: under its name only when it is complete, never over anything that was not to be replaced, and to
// standard output nothing else.

import assert from "node:assert/strict";
import { clip, scenes } from "../support/clips.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { smallClip, smallClipEncoded, smallClipStride, WorkFolder } from "../support/work_folder.ts";

const isRoot = Deno.uid() === 0;

function encode(folder: WorkFolder, output: string, ...args: string[]) {
  return runProgram(["in.y4m", `--output=${output}`, "-s", "10", "--no-progress", ...args], { cwd: folder.path });
}

/** Long enough to be looked at while it is encoded. */
const slowClip = clip(scenes(30, 30), { width: 320, height: 176 });

Deno.test("the output has its name only at the end, and no .part is left", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, slowClip);
  const running = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "8"], { cwd: folder.path });
  await running.encoding();
  running.process.kill("SIGSTOP");
  assert.ok(folder.names().includes("out.ivf.part") && !folder.names().includes("out.ivf"), folder.names().join(" "));
  running.process.kill("SIGCONT");
  assert.equal((await running.ended()).code, 0);
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

Deno.test("-o - writes the bytes of the file to standard output and nothing else", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { code, stdout, stderr } = await runProgram(["in.y4m", "-o", "-", "-s", "10"], { cwd: folder.path });
  assert.equal(code, 0);
  assert.deepEqual(stdout, await smallClipEncoded());
  assert.match(stderr, /^no resume: standard output [^\n]*\nstandard output: 37 frames, [^\n]*\n$/);
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

Deno.test("an existing output stays without -y and is replaced with it", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  folder.write("out.ivf", "precious");
  const { code, stderr } = await encode(folder, "out.ivf");
  assert.equal(code, 2);
  assert.equal(stderr, "rav1e-by-gop: Cannot write out.ivf: it exists; add -y to replace it\n");
  assert.equal(new TextDecoder().decode(folder.read("out.ivf")), "precious");
  assert.equal((await encode(folder, "out.ivf", "-y")).code, 0);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("an output that is to be replaced stays as it is when the encode fails", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, { ...smallClip, bitDepth: 10 });
  const bytes = folder.read("in.y4m");
  bytes[bytes.length - 1] = 0xff;
  folder.write("in.y4m", bytes);
  folder.write("out.ivf", "precious");
  assert.equal((await encode(folder, "out.ivf", "-y")).code, 1);
  assert.equal(new TextDecoder().decode(folder.read("out.ivf")), "precious");
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

Deno.test("an output that is the input is refused, whatever it is called", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const before = folder.read("in.y4m");
  Deno.linkSync(folder.file("in.y4m"), folder.file("hard.ivf"));
  Deno.symlinkSync("in.y4m", folder.file("soft.ivf"));
  Deno.linkSync(folder.file("in.y4m"), folder.file("new.ivf.part"));
  for (const output of ["in.y4m", "hard.ivf", "soft.ivf", "new.ivf"]) {
    const { code, stderr } = await encode(folder, output, "-y");
    assert.equal(code, 2, output);
    assert.match(stderr, /^rav1e-by-gop: Cannot write [^\n]*\n$/);
  }
  assert.deepEqual(folder.read("in.y4m"), before);
});

Deno.test("a symbolic link stays one: the file it leads to is replaced", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  Deno.mkdirSync(folder.file("deep"));
  folder.write("deep/real.ivf", "old");
  Deno.symlinkSync("deep/real.ivf", folder.file("out.ivf"));
  assert.equal((await encode(folder, "out.ivf", "-y")).code, 0);
  assert.ok(Deno.lstatSync(folder.file("out.ivf")).isSymlink);
  assert.deepEqual(folder.read("deep/real.ivf"), await smallClipEncoded());
});

for (
  const name of [
    "with space.ivf",
    "žluťoučký 馬 🎬.ivf",
    "new\nline.ivf",
    "-lead.ivf",
    'it\'s "quoted" $HOME.ivf',
    "none",
  ]
) {
  Deno.test(`the output may be called ${JSON.stringify(name)}`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const { code, stderr } = await encode(folder, name);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^'[^\n]*': 37 frames, [^\n]*\n$/);
    assert.deepEqual(folder.read(name), await smallClipEncoded());
    assert.deepEqual(folder.names(), ["in.y4m", name].sort());
  });
}

Deno.test("an input whose name begins with a dash is taken after --", async () => {
  using folder = new WorkFolder();
  folder.clip("-in.y4m");
  const { code } = await runProgram(["-o", "out.ivf", "-s", "10", "--", "-in.y4m"], { cwd: folder.path });
  assert.equal(code, 0);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("/dev/null takes it all, /dev/full is exit 1", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  assert.equal((await encode(folder, "/dev/null")).code, 0);
  const { code, stderr } = await encode(folder, "/dev/full");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^rav1e-by-gop: Cannot write \/dev\/full: no space is left on the disk after 0 bytes, [^\n]*\n$/,
  );
  assert.ok(Deno.statSync("/dev/null").isCharDevice);
});

Deno.test("a pipe is written straight", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  new Deno.Command("mkfifo", { args: [folder.file("pipe")] }).outputSync();
  const reader = new Deno.Command("cat", { args: [folder.file("pipe")], stdout: "piped" }).output();
  assert.equal((await encode(folder, "pipe")).code, 0);
  assert.deepEqual((await reader).stdout, await smallClipEncoded());
});

Deno.test("a pipe whose reader goes away is exit 1 and one line", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  new Deno.Command("mkfifo", { args: [folder.file("pipe")] }).outputSync();
  const reader = new Deno.Command("head", { args: ["-c", "1", folder.file("pipe")], stdout: "null" }).output();
  // The header wakes the reader, which is gone long before the first segment is written: that takes an encode.
  const { code, stderr } = await encode(folder, "pipe", "-s", "6");
  await reader;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^no resume: pipe cannot [^\n]*\nrav1e-by-gop: Cannot write pipe: its reader has gone after \d+ bytes, with \d+ more at hand\n$/,
  );
});

Deno.test("standard output whose reader goes away is exit 1 and one line", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const child = startProgram(["in.y4m", "-o", "-", "-s", "10"], { cwd: folder.path });
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  assert.equal((await child.status).code, 1);
  assert.match(stderr, /^rav1e-by-gop: Cannot write standard output: its reader has gone after \d+ bytes, [^\n]*\n$/);
});

Deno.test("an output that comes up while it is encoded is not replaced without -y, and nothing is lost", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  new Deno.Command("mkfifo", { args: [folder.file("pipe.y4m")] }).outputSync();
  const program = new RunningProgram(["pipe.y4m", "-o", "out.ivf", "-s", "10"], { cwd: folder.path });
  const video = folder.read("in.y4m");
  const writer = await Deno.open(folder.file("pipe.y4m"), { write: true });
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await writer.write(bytes.subarray(at));
  };
  await write(video.subarray(0, 30 * smallClipStride));
  await program.until(({ type }) => type === "segment");
  folder.write("out.ivf", "somebody's");
  await write(video.subarray(30 * smallClipStride));
  writer.close();
  const { code, rest } = await program.ended();
  assert.equal(code, 1);
  assert.match(
    messages(rest, "error").at(-1)!,
    /^Cannot complete '.*out\.ivf': there was no such file when .*; move it away or add -y; 3 finished segments are kept/,
  );
  assert.deepEqual(folder.read("out.ivf"), new TextEncoder().encode("somebody's"));
  const again = startProgram(["pipe.y4m", "-o", "out.ivf", "-s", "10", "-y"], { cwd: folder.path });
  await Deno.writeFile(folder.file("pipe.y4m"), video);
  assert.match(await new Response(again.stderr).text(), /continuing: 37 /);
  assert.equal((await again.status).code, 0);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf", "pipe.y4m"]);
});

Deno.test("of two runs on one output the second is refused and disturbs nothing", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, slowClip);
  const first = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "8"], { cwd: folder.path });
  await first.encoding();
  first.process.kill("SIGSTOP");
  const { code, stderr } = await encode(folder, "out.ivf");
  first.process.kill("SIGCONT");
  assert.equal(code, 2);
  assert.equal(stderr, "rav1e-by-gop: Cannot write 'out.ivf': another encode is writing it\n");
  const { code: firstCode, rest } = await first.ended();
  assert.equal(firstCode, 0);
  assert.deepEqual(messages(rest, "error"), []);
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

Deno.test("what a killed run left is written over", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  folder.write("out.ivf.part", new Uint8Array(1_000_000));
  assert.equal((await encode(folder, "out.ivf")).code, 0);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
});

for (const kilobytes of [0, 4, 90, 150, 190, 230]) {
  Deno.test({
    name: `a disk with ${kilobytes} KiB left is enough, or is exit 1 and gone on with when there is room`,
    ignore: !isRoot || Deno.build.os !== "linux" || !mountWorks(),
    fn: async () => {
      using folder = new WorkFolder();
      folder.clip("in.y4m");
      Deno.mkdirSync(folder.file("small"));
      run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.file("small"));
      try {
        folder.write("small/others", new Uint8Array((1024 - kilobytes) * 1024));
        const { code, stderr } = await encode(folder, "small/out.ivf", "-q", "20");
        if (code !== 0) {
          assert.equal(code, 1);
          assert.match(
            stderr,
            /^rav1e-by-gop: Cannot [^\n]*: no space is left on the disk[^\n]* \d+ (more )?bytes[^\n]*\n$/,
          );
          assert.ok(!folder.names().includes("small/out.ivf"));
        }
        assert.ok(code !== 0 || kilobytes > 0);
        Deno.removeSync(folder.file("small/others"));
        const again = await encode(folder, "small/out.ivf", "-q", "20", "-y");
        assert.equal(again.code, 0, again.stderr);
        assert.equal((await encode(folder, "whole.ivf", "-q", "20")).code, 0);
        assert.deepEqual(folder.read("small/out.ivf"), folder.read("whole.ivf"));
        assert.deepEqual(Array.from(Deno.readDirSync(folder.file("small")), ({ name }) => name), ["out.ivf"]);
      } finally {
        run("umount", folder.file("small"));
      }
    },
  });
}

Deno.test({
  name: "a folder that may not be written is refused",
  ignore: isRoot,
  fn: async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    Deno.mkdirSync(folder.file("locked"), { mode: 0o555 });
    const { code, stderr } = await encode(folder, "locked/out.ivf");
    assert.equal(code, 2);
    assert.match(stderr, /^rav1e-by-gop: Cannot write locked\/out\.ivf: locked: permission denied\n$/);
  },
});

function run(command: string, ...args: string[]): void {
  if (!new Deno.Command(command, { args, stderr: "null" }).outputSync().success) throw new Error(`${command} failed`);
}

/** Not in every container root may mount. */
function mountWorks(): boolean {
  const folder = Deno.makeTempDirSync();
  try {
    run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
    run("umount", folder);
    return true;
  } catch {
    return false;
  } finally {
    Deno.removeSync(folder);
  }
}
