import assert from "node:assert/strict";
import fc from "fast-check";
import type { EncodeCommand } from "../../../lib/cli/command.ts";
import { encodeOptions } from "../../../lib/cli/option_table.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { unservedCommands, unservedOptions } from "../../../lib/cli/unserved_options.ts";
import { defaultOptions, type EncoderOptions } from "../../../lib/encode/settings.ts";
import { UsageError } from "../../../lib/errors.ts";
import { refusal } from "./refusal.ts";

/** Parses the options with an input and an output around them. */
function encode(...options: string[]): EncodeCommand {
  const command = parseCommandLine(["in.y4m", ...options, "-o", "out.ivf"]);
  assert(command.command === "encode");
  return command;
}

/** The refusal of options that stand between an input and an output. */
function refused(...options: string[]): string {
  return refusal("in.y4m", ...options, "-o", "out.ivf");
}

Deno.test("parseCommandLine() fills in the defaults", () => {
  assert.deepEqual(parseCommandLine(["in.y4m", "-o", "out.ivf"]), {
    command: "encode",
    input: "in.y4m",
    output: "out.ivf",
    format: undefined,
    audio: "copy",
    subtitles: "copy",
    options: { ...defaultOptions },
    filmGrainTablePath: null,
    timeBase: undefined,
    skip: 0,
    limit: 0,
    expectFrames: undefined,
    scenes: null,
    forceKeyframes: [],
    zones: null,
    threads: undefined,
    memory: "light",
    overwrite: false,
    resume: "auto",
    stateDir: undefined,
    oneReader: false,
    inputVia: undefined,
    bitDepth: undefined,
    videoFilter: undefined,
    described: [],
    tmpInput: undefined,
    workers: { kind: "default" },
    noLocal: false,
    workerTimeout: 600,
    stallTimeout: undefined,
    progress: "auto",
    quiet: false,
    verbose: false,
  });
});

Deno.test("parseCommandLine() never changes the shared defaults", () => {
  const before = structuredClone(defaultOptions);
  encode("--speed", "3", "--low-latency", "--tiles", "4");
  assert.deepEqual(defaultOptions, before);
  assert.equal(encode().options.speed, before.speed);
});

const changed: [string[], Partial<EncoderOptions>][] = [
  [["-s", "0"], { speed: 0 }],
  [["--speed", "10"], { speed: 10 }],
  [["-q", "255"], { quantizer: 255 }],
  [["--quantizer", "1"], { quantizer: 1 }],
  [["--qp", "80"], { quantizer: 80 }],
  [["-i", "0", "-I", "0"], { minKeyint: 0, keyint: 0 }],
  [["--min-keyint", "5", "--keyint", "1"], { minKeyint: 5, keyint: 1 }],
  [["-t", "4"], { tiles: 4 }],
  [["--tile-rows", "2", "--tile-cols", "64"], { tileRows: 2, tileCols: 64 }],
  [["--tune", "psnr"], { tune: "Psnr" }],
  [["--low-latency", "-S", "30"], { lowLatency: true, switchFrameInterval: 30 }],
  [["--rdo-lookahead-frames", "1"], { rdoLookaheadFrames: 1 }],
  [["--scd-speed", "1"], { scdSpeed: 1 }],
  [["--scd-speed", "0"], { scdSpeed: 0 }],
  [["--no-scene-detection"], { noSceneDetection: true }],
  [["--range", "full"], { range: "Full" }],
  [["--primaries", "bt2020", "--transfer", "smpte2084"], { primaries: "BT2020", transfer: "SMPTE2084" }],
  [["--matrix", "BT2020NCL"], { matrix: "BT2020NCL" }],
  [["--content-light", "1000,400"], { contentLight: "1000,400" }],
  [["--photon-noise", "64"], { photonNoise: 64 }],
  [["--level", "5.1"], { level: "5.1" }],
  [["--high-bitdepth"], { highBitdepth: true }],
  [["--still-picture", "-l", "1"], { stillPicture: true }],
];
for (const [words, options] of changed) {
  Deno.test(`parseCommandLine() takes ${words.join(" ")}`, () => {
    assert.deepEqual(encode(...words).options, { ...defaultOptions, ...options });
  });
}

Deno.test("parseCommandLine() takes joined values as rav1e does", () => {
  for (const word of ["-s4", "-s=4", "--speed=4"]) assert.equal(encode(word).options.speed, 4);
  assert.equal(encode("-vy").verbose && encode("-vys4").overwrite, true);
});

Deno.test("parseCommandLine() takes what is not the encoder's business", () => {
  assert.equal(encode("-l", "5").limit, 5);
  assert.equal(encode("--frames", "5", "--skip", "7").limit, 5);
  assert.equal(encode("--skip", "7").skip, 7);
  assert.equal(encode("--expect-frames", "9").expectFrames, 9);
  assert.equal(encode("--scenes", "a b.json").scenes, "a b.json");
  assert.equal(encode("--zones", "zones.toml").zones, "zones.toml");
  assert.match(refused("--zones", ""), /--zones '': must be a file name/);
  assert.deepEqual(encode("--force-keyframes", "0,120,9007199254740991").forceKeyframes, [0, 120, 9007199254740991]);
  assert.deepEqual(encode("--force-keyframes=7, 8").forceKeyframes, [7, 8]);
  assert.equal(encode("--threads", "3").threads, 3);
  assert.equal(encode("--local-workers", "Cores").threads, "cores");
  assert.equal(encode("--threads", "0").threads, undefined);
  assert.equal(encode("--memory", "heavy").memory, "heavy");
  assert(encode("-y").overwrite && encode("--overwrite").overwrite);
  assert.equal(encode("--progress", "json").progress, "json");
  assert.equal(encode("--no-progress").progress, "none");
  assert.deepEqual(encode("--frame-rate", "30000", "--time-scale", "1001").timeBase, { num: 1001, den: 30000 });
  assert.deepEqual(encode("--frame-rate", "25").timeBase, { num: 1, den: 25 });
});

Deno.test("parseCommandLine() keeps a progress mode named beside --quiet", () => {
  assert.equal(encode("--quiet").progress, "none");
  assert.equal(encode("--quiet", "--progress", "json").progress, "json");
});

Deno.test("parseCommandLine() lets the last of two values count, whatever the spelling", () => {
  assert.equal(encode("--quantizer", "1", "--qp", "2", "-q", "3").options.quantizer, 3);
  assert.equal(encode("-q", "3", "--qp", "2").options.quantizer, 2);
  assert.equal(encode("--progress", "bar", "--no-progress").progress, "none");
});

Deno.test("parseCommandLine() refuses two outputs", () => {
  assert.match(refused("-o", "other.ivf"), /^--output given twice, other.ivf and out.ivf/);
});

Deno.test("parseCommandLine() says that -q is the quantizer", () => {
  assert.match(refusal("in.y4m", "-o", "out.ivf", "-q"), /-q needs a number: it is the quantizer.*--quiet/);
  assert.match(refused("-q", "--speed", "6"), /-q needs a number: it is the quantizer.*--quiet/);
  assert.match(refusal("-q", "in.y4m", "-o", "out.ivf"), /in\.y4m: -q is the quantizer.*--quiet/);
});

Deno.test("parseCommandLine() refuses lossless with the reason", () => {
  assert.match(refused("-q", "0"), /--quantizer 0: must be 1 to 255.*lossless/);
});

Deno.test("parseCommandLine() names the option and its range", () => {
  assert.equal(refused("--speed", "11"), "--speed 11: must be 0 to 10");
  assert.equal(refused("-s11"), "--speed 11: must be 0 to 10");
  assert.equal(refused("--quantizer", "256"), "--quantizer 256: must be 1 to 255");
  assert.equal(refused("--keyint", "715827883"), "--keyint 715827883: must be 0 to 715827882");
  assert.equal(refused("--photon-noise", "65"), "--photon-noise 65: must be 0 to 64");
  assert.equal(refused("--frame-rate", "0"), "--frame-rate 0: must be 1 to 4294967295");
  assert.equal(refused("--tile-cols", "3"), "--tile-cols 3: must be a power of two, up to 64");
  assert.match(refused("--threads", "half"), /must be a whole number, or cores/);
  assert.equal(
    refused("--force-keyframes", "5,5"),
    "--force-keyframes 5: must be greater than 5, which stands before it",
  );
  for (const text of ["a", "1;2", "1,", ",", "1,,2", "-1", "1.5", "1 2", "3x"]) {
    assert.match(refused("--force-keyframes", text), /^--force-keyframes .*: must be a whole number/);
  }
  assert.match(refused("--memory", "some"), /must be one of light, heavy, unlimited/);
  assert.match(refused("--primaries", "rec709"), /must be one of BT709, /);
});

Deno.test("parseCommandLine() refuses every option with a value that is given none", () => {
  for (const { flags, aliases, value, valueIsOptional } of encodeOptions) {
    if (value === undefined || valueIsOptional) continue;
    for (const word of [...flags.split(", "), ...aliases]) {
      assert.match(refusal("in.y4m", word), /needs a (value|file name|directory|number)/);
      assert.match(refusal("in.y4m", word, "--verbose"), /needs a (value|file name|directory|number)/);
    }
    refused(`${flags.split(", ").at(-1)}=`);
  }
});

Deno.test("parseCommandLine() tells which machines encode", () => {
  assert.deepEqual(encode("--workers", "w.toml").workers, { kind: "file", path: "w.toml" });
  assert.deepEqual(encode("--no-workers").workers, { kind: "none" });
  assert.equal(encode("--no-local").noLocal, true);
  assert.equal(encode("--worker-timeout", "30").workerTimeout, 30);
  assert.match(refused("--worker-timeout", "0"), /must be 1 to /);
  assert.match(refused("--workers", "w.toml", "--no-workers"), /--workers and --no-workers exclude each other/);
  assert.match(refused("--no-workers", "--no-local"), /--no-workers and --no-local exclude each other/);
  assert.match(refused("--no-local", "--threads", "2"), /--no-local and --threads exclude each other/);
  assert.match(refusal("scenes", "in.y4m", "--workers", "w.toml"), /^scenes takes no --workers/);
});

Deno.test("parseCommandLine() takes the directory of --tmp-input behind an equals sign only", () => {
  assert.equal(encode().tmpInput, undefined);
  assert.deepEqual(encode("--tmp-input").tmpInput, { folder: undefined });
  assert.deepEqual(encode("--tmp-input=there").tmpInput, { folder: "there" });
  const piped = parseCommandLine(["--tmp-input", "-", "-o", "out.ivf"]);
  assert.ok(piped.command === "encode" && piped.input === "-" && piped.tmpInput?.folder === undefined);
});

Deno.test("parseCommandLine() tells what is done with an interrupted encode", () => {
  assert.deepEqual(["--resume", "--restart"].map((word) => encode(word).resume), ["resume", "restart"]);
  const { resume, overwrite } = encode("--overwrite");
  assert.deepEqual([resume, overwrite, encode("-y").resume], ["restart", true, "auto"]);
  assert.match(refused("--resume", "--restart"), /--resume and --restart exclude each other/);
  assert.match(refused("--resume", "--overwrite"), /exclude each other/);
  assert.match(refused("--stall-timeout", "0"), /must be 1 to /);
});

Deno.test("parseCommandLine() names the nearest option", () => {
  assert.equal(refused("--sped", "5"), "unknown option --sped; did you mean --speed?");
  assert.equal(refused("--sped=5"), "unknown option --sped; did you mean --speed?");
  assert.equal(refused("--zzzzzzzz"), "unknown option --zzzzzzzz; --help lists all");
  assert.equal(refused("-Z"), "unknown option -Z; --help lists all");
  assert.equal(refused("--low-latency=yes"), "--low-latency takes no value");
});

Deno.test("parseCommandLine() knows what it does not serve by name", () => {
  assert.match(refused("-b", "500"), /^--bitrate: not served: .*--quantizer/);
  assert.match(refused("-b500"), /^--bitrate: not served/);
  assert.match(refused("--first-pass", "stats"), /^--first-pass: not served: .*one pass/);
  for (const { flags, value, reason } of unservedOptions) {
    for (const word of flags.split(", ")) {
      const words = value ? [word, "1"] : [word];
      assert(refused(...words).endsWith(reason));
    }
  }
});

Deno.test("parseCommandLine() refuses commands of other versions, but takes files of their names", () => {
  for (const word of unservedCommands.keys()) {
    assert.match(refusal(word), new RegExp(`^${word}: not .*\\./${word}$`));
    assert.match(refusal("-v", word, "-o", "out.ivf"), new RegExp(`^${word}: not `));
    const asPath = parseCommandLine([`./${word}`, "-o", "out.ivf"]);
    const behindDashes = parseCommandLine(["-o", "out.ivf", "--", word]);
    assert(asPath.command === "encode" && asPath.input === `./${word}`);
    assert(behindDashes.command === "encode" && behindDashes.input === word);
  }
});

Deno.test("parseCommandLine() wants one input and one output", () => {
  assert.match(refusal(), /^no input; /);
  assert.match(refusal("-o", "out.ivf"), /^no input; /);
  assert.match(refusal("in.y4m"), /^no output; /);
  assert.match(refusal("in.y4m", "out.ivf"), /^unexpected argument out.ivf: .*behind -o/);
  assert.match(refusal("my", "film.y4m", "-o", "out.ivf"), /^unexpected argument film.y4m: .*quotes/);
  assert.match(refusal("", "-o", "out.ivf"), /^input '': must be a file name/);
  assert.match(refusal("in.y4m", "-o", ""), /^--output '': must be a file name/);
  assert.match(refusal("in.y4m", "-o", "-x.ivf"), /written \.\/-name/);
});

Deno.test("parseCommandLine() takes - for both streams and names with dashes behind --", () => {
  const streams = parseCommandLine(["-", "-o", "-"]);
  assert(streams.command === "encode" && streams.input === "-" && streams.output === "-");
  const dashed = parseCommandLine(["--output=-x.ivf", "--", "-i"]);
  assert(dashed.command === "encode" && dashed.input === "-i" && dashed.output === "-x.ivf");
});

Deno.test("parseCommandLine() refuses contradictions", () => {
  assert.match(refused("--tiles", "4", "--tile-rows", "2"), /--tiles and --tile-rows exclude each other/);
  assert.match(refused("--tile-cols", "2", "-t", "0"), /--tiles and --tile-cols exclude each other/);
  assert.match(refused("--photon-noise", "1", "--film-grain-table", "t"), /--photon-noise and --film-grain-table/);
  assert.match(refused("--photon-noise", "1", "--photon-noise-table", "t"), /--photon-noise and --film-grain-table/);
  assert.match(refused("--quiet", "--verbose"), /--quiet and --verbose/);
  assert.match(refused("--scenes", "a", "--force-keyframes", "5"), /--scenes and --force-keyframes exclude each other/);
  assert.match(refused("--still-picture", "--limit", "2"), /--still-picture is one frame, --limit 2/);
  assert.match(refused("-S", "5"), /--switch-frame-interval 5 needs --low-latency/);
  assert.match(refused("--time-scale", "1001"), /--time-scale 1001 needs --frame-rate/);
});

Deno.test("parseCommandLine() reads the film grain table as it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/a table`;
    const text = "filmgrn1\r\nE 0 1 0 0 0\n";
    await Deno.writeTextFile(path, text);
    const command = encode("--photon-noise-table", path);
    assert.equal(command.options.filmGrainTable, text);
    assert.equal(command.filmGrainTablePath, path);

    assert.match(refused("--film-grain-table", `${folder}/none`), /cannot read .*none: no such file/);
    assert.match(refused("--film-grain-table", folder), /cannot read .*: it is a directory/);
    await Deno.writeTextFile(path, "AV1");
    assert.match(refused("--film-grain-table", path), /first line is not "filmgrn1"/);
    await Deno.writeFile(path, new Uint8Array([0x66, 0xff, 0xfe]));
    assert.match(refused("--film-grain-table", path), /it is not text/);
    await Deno.truncate(path, 16 * 1024 * 1024 + 1);
    assert.match(refused("--film-grain-table", path), /larger than 16 MiB/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("parseCommandLine() answers any words with a command or one line", () => {
  const word = fc.oneof(
    fc.constantFrom(...encodeOptions.flatMap(({ flags, aliases }) => [...flags.split(", "), ...aliases])),
    fc.constantFrom("--", "-", "-h", "--version", "in.y4m", "5", "-5", "--speed=", "-s=", "--=", "-=", "---"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      try {
        parseCommandLine(words);
      } catch (error) {
        assert(error instanceof UsageError, `${words}: ${error}`);
        assert(!/[\n\r]/.test(error.message) && error.message.length < 400, error.message);
      }
    }),
    { numRuns: 300 },
  );
});
