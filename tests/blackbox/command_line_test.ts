// The command line as users get it wrong, and the program's other ways in: each refusal is one line, exit 2, before any
// file is read or made.

import assert from "node:assert/strict";
import { programCommand, runProgram } from "../support/program.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

const refused: [string[], RegExp][] = [
  [["in.y4m", "-o", "out.ivf", "--sped", "3"], /unknown option --sped; did you mean --speed\?/],
  [["in.y4m", "-o", "out.ivf", "--speed", "11"], /--speed 11: must be 0 to 10/],
  [["in.y4m", "-o", "out.ivf", "--speed", "3.5"], /--speed 3\.5: must be a whole number, 0 to 10/],
  [["in.y4m", "-o", "out.ivf", "-q"], /-q needs a number: it is the quantizer, 1 to 255; see also --quiet/],
  [["in.y4m", "-o", "out.ivf", "-q", "0"], /--quantizer 0: must be 1 to 255; rav1e has no lossless mode/],
  [["in.y4m", "-o", "out.ivf", "--bitrate", "500"], /--bitrate: not served: .*; use --quantizer/],
  [["in.y4m", "-o", "out.ivf", "--first-pass", "x"], /--first-pass: not served: /],
  [["in.y4m", "-o", "out.ivf", "--keyint", "-1"], /--keyint -1: must be a whole number/],
  [["in.y4m", "-o", "out.ivf", "--tile-cols", "3"], /--tile-cols 3: must be a power of two, up to 64/],
  [["in.y4m", "-o", "out.ivf", "--tiles", "2", "--tile-rows", "2"], /--tiles and --tile-rows exclude each other/],
  [["in.y4m", "-o", "out.ivf", "--quiet", "-v"], /--quiet and --verbose exclude each other/],
  [["in.y4m", "-o", "out.ivf", "--still-picture", "--limit", "2"], /--still-picture is one frame, --limit 2 is more/],
  [["in.y4m", "-o", "out.ivf", "-S", "5"], /--switch-frame-interval 5 needs --low-latency/],
  [["in.y4m", "-o", "out.ivf", "--threads", "many"], /--threads many: must be a whole number, or cores/],
  [["in.y4m", "-o", "out.ivf", "--memory", "all"], /--memory all: must be one of light, heavy, unlimited/],
  [["in.y4m"], /no output; add -o OUTPUT\.ivf/],
  [["-o", "out.ivf"], /no input/],
  [["in.y4m", "second.y4m", "-o", "out.ivf"], /unexpected argument second\.y4m/],
  [["in.y4m", "-o", "out.ivf", "-o", "other.ivf"], /--output given twice/],
  [["in.y4m", "-o", "out.avi"], /\.avi is no container known here; use \.ivf, \.obu, \.mkv, \.webm or \.mp4/],
  [["in.y4m", "-o", "out.mkv", "--format", "mp4"], /out\.mkv: --format mp4 is not what its name says; change one/],
  [["in.y4m", "-o", "none/out.ivf"], /there is no directory none; create it first/],
  [["in.y4m", "-o", "missing/"], /there is no such directory; create it first/],
  [["-", "-o", "out.ivf"], /Cannot read standard input: it is closed, or \/dev\/null$/m],
];
Deno.test("what cannot be meant is one line, exit 2, and makes nothing", async (t) => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  Deno.mkdirSync(folder.file("folder"));
  for (const [args, text] of refused) {
    await t.step(args.join(" "), async () => {
      const { code, stdout, stderr } = await runProgram(args, { cwd: folder.path });
      assert.match(stderr, text);
      assert.match(stderr, /^rav1e-by-gop: [^\n]+\n$/);
      assert.deepEqual([code, stdout.length], [2, 0]);
      assert.deepEqual(folder.names(), ["folder", "in.y4m"]);
    });
  }
});

Deno.test("settings that librav1e refuses are exit 2 before any output", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, {
    width: 64,
    height: 48,
    bitDepth: 8,
    chromaSampling: "4:2:0",
    scenes: [{ frames: 1, seed: 1 }],
  });
  const header = new TextDecoder().decode(folder.read("in.y4m").subarray(0, 60));
  folder.write("in.y4m", header.replace(/^.*?\n/, "YUV4MPEG2 W8 H8 F25:1 C420jpeg\n") + "FRAME\n" + "x".repeat(4000));
  const { code, stderr } = await runProgram(["in.y4m", "-o", "out.ivf", "--limit", "1"], { cwd: folder.path });
  assert.match(stderr, /^rav1e-by-gop: Cannot [^\n]+\n$/);
  assert.equal(code, 2);
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

Deno.test("--help fits 80 columns and names every exit code", async () => {
  const { code, stdout, stderr } = await runProgram(["--help"]);
  const text = new TextDecoder().decode(stdout);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(text.split("\n").filter((line) => line.length > 80), []);
  assert.match(text, /^Exit codes:$/m);
});

Deno.test("--version names rav1e and the CPU's features", async () => {
  const { code, stdout, stderr } = await runProgram(["--version"]);
  const text = new TextDecoder().decode(stdout);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(text, /^rav1e-by-gop \d/);
  assert.match(text, /^rav1e 0\.8\.1$/m);
  assert.match(text, /^CPU features: ./m);
});

Deno.test({
  name: "deno task encode takes relative paths in the folder its user stands in",
  ignore: Deno.env.has("RAV1E_BY_GOP"),
  fn: async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const config = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);
    // Every name of the folder is found there and nowhere else; the task's own shell must find no other deno.
    const { INIT_CWD: _task, ...environment } = Deno.env.toObject();
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "--config", config, "encode", "in.y4m", "-o", "out.ivf", "-s", "10"],
      cwd: folder.path,
      env: environment,
      clearEnv: true,
      stdin: "null",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
  },
});

Deno.test({
  name: "names that are not UTF-8 are refused, not taken for others; names with a replacement character are served",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const { command, before } = programCommand();
    // A shell, since arguments of a child are text here.
    const run = (words: string) => {
      const script = `exec "$@" --no-progress -s 10 ${words}`;
      return new Deno.Command("sh", { args: ["-c", script, "sh", command, ...before], cwd: folder.path }).output();
    };
    for (const words of ["in.y4m -o $(printf 'out\\377.ivf')", "$(printf 'in\\377.y4m') -o out.ivf"]) {
      const { code, stderr } = await run(words);
      assert.match(
        new TextDecoder().decode(stderr),
        /^rav1e-by-gop: .*: must be UTF-8; rename it, or make a link to it\n$/,
      );
      assert.equal(code, 2);
      assert.deepEqual(folder.names(), ["in.y4m"]);
    }
    assert.equal((await run("in.y4m -o $(printf 'out\\357\\277\\275.ivf')")).code, 0);
    assert.deepEqual(folder.read("out\u{fffd}.ivf"), await smallClipEncoded());
  },
});
