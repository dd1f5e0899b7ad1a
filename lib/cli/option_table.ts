// Every option of `encode` that is served, in the order and groups in which --help shows them: how it is spelled, what
// it takes, what it does to the command being built. Names, ranges and spellings are those of rav1e 0.8.1
// (src/bin/common.rs); where the original rav1e-by-gop had a name of its own both are taken.

import { matrices, primaries, transfers } from "./colour_names.ts";
import { containerFormats } from "../containers/container.ts";
import { encodeDefaults, memoryUses, progressModes, shells } from "./command.ts";
import { defaultStallSeconds, timesTheSlowest } from "../encode/stall_watch.ts";
import { defaultFormat } from "./output_format.ts";
import { streamChoices } from "../streams/wishes.ts";
import {
  option,
  type OptionSpec,
  section,
  selection,
  setting,
  type SettingParser,
  turnOn,
  withOptionalValue,
} from "./option_spec.ts";
import { bitDepths, inputVias } from "../inputs/input_wishes.ts";
import type { BitDepth } from "../inputs/pixel_formats.ts";
import * as values from "./values.ts";

const most = Number.MAX_SAFE_INTEGER;
/** rav1e's MAX_MAX_KEY_FRAME_INTERVAL. */
const mostKeyint = Math.floor(0x7fffffff / 3);
/** The fields of a time base are 32 bits wide in AV1's sequence header. */
const mostTimeBase = 0xffffffff;

/** Ten years; a timer's milliseconds stay exact. */
export const mostSeconds = 315_360_000;

const number = (least: number, greatest: number) => (name: string, text: string) =>
  values.wholeNumber(name, text, least, greatest);
const choice = <T extends string>(...choices: T[]): SettingParser<T> =>
  Object.assign((name: string, text: string) => values.oneOf(name, text, choices), { choices });

/** The served options, in the order of --help. */
export const encodeOptions: readonly OptionSpec[] = [
  ...section("Input and output:", [
    option(
      "-o, --output",
      "FILE",
      "where the video goes: FILE.ivf, .mkv, .webm, .mp4 or .obu; - is standard output; a directory for several inputs",
      (draft, name, text) => {
        // Two values of a setting are a correction, two files are a misunderstanding.
        if (draft.output !== undefined) throw values.twice(name, draft.output, text);
        draft.output = values.fileName(name, text);
      },
    ),
    option(
      "--queue",
      "LIST",
      "encode all inputs that LIST names, one a line, - is standard input; -o names a directory",
      (draft, name, text) => {
        if (draft.queue !== null) throw values.twice(name, draft.queue, text, "list");
        draft.queue = values.fileName(name, text);
      },
    ),
    selection(
      "--format",
      "FORMAT",
      containerFormats,
      `the container where no name says it: ${containerFormats.join(", ")} (default ${defaultFormat})`,
      (draft, format) => draft.format = format,
    ),
    selection(
      "--audio",
      "WHAT",
      streamChoices,
      "the source's sound in an mkv, webm or mp4: copy, or none (default copy)",
      (draft, choice) => draft.audio = choice,
    ),
    selection(
      "--subtitles",
      "WHAT",
      streamChoices,
      "its subtitles: copy, or none (default copy)",
      (draft, choice) => draft.subtitles = choice,
    ),
    option("-y", undefined, "replace an existing output without asking", (draft) => {
      draft.overwrite = true;
    }),
    option("--overwrite", undefined, "the same as -y --restart", (draft) => {
      draft.overwrite = true;
      draft.resume = "restart";
    }),
    option("-l, --limit", "N", "encode N frames at most, 0 is all (also --frames)", (draft, name, text) => {
      draft.limit = values.wholeNumber(name, text, 0, most);
    }, "--frames"),
    option("--skip", "N", "leave out the first N frames", (draft, name, text) => {
      draft.skip = values.wholeNumber(name, text, 0, most);
    }),
    selection(
      "--input-via",
      "READER",
      inputVias,
      "ffmpeg, vspipe or y4m (default by what the input is)",
      (draft, via) => draft.inputVia = via,
    ),
    selection("--bit-depth", "N", bitDepths, "encode in 8, 10 or 12 bits (default as the input has)", (draft, bits) => {
      draft.bitDepth = Number(bits) as BitDepth;
    }),
    option("--video-filter", "CHAIN", "filters of ffmpeg's for the frames: crop=1920:800", (draft, name, text) => {
      draft.videoFilter = values.filterChain(name, text);
    }),
    option("--expect-frames", "N", "fail unless the input has exactly N frames", (draft, name, text) => {
      draft.expectFrames = values.wholeNumber(name, text, 1, most);
    }),
  ]),
  ...section("Interrupted encodes:", [
    option("--resume", undefined, "go on with one (as happens anyway), and try what was set aside again", (draft) => {
      draft.resume = "resume";
    }),
    option(
      "--restart",
      undefined,
      "begin anew; what was kept stays aside until the new encode is complete",
      (draft) => {
        draft.resume = "restart";
      },
    ),
    option("--state-dir", "DIR", "keep what is finished in DIR, not beside the output", (draft, name, text) => {
      draft.stateDir = values.fileName(name, text);
    }),
  ]),
  ...section("Quality and speed:", [
    setting("speed", "-s, --speed", "N", number(0, 10), "0 is best and slowest, 10 is fastest"),
    setting("quantizer", "-q, --quantizer", "N", quantizer, "1 to 255, smaller is better (also --qp)", "--qp"),
    setting("tune", "--tune", "TUNE", choice("Psychovisual", "Psnr"), "Psychovisual or Psnr"),
    turnOn("lowLatency", "--low-latency", "no frame reordering: faster to react, worse quality"),
    setting(
      "rdoLookaheadFrames",
      "--rdo-lookahead-frames",
      "N",
      number(1, most),
      "frames looked ahead (by speed: 10 to 40)",
    ),
    turnOn("stillPicture", "--still-picture", "one frame, as an AV1 still picture"),
    turnOn("highBitdepth", "--high-bitdepth", "use the code for more than 8 bits for 8 bits too"),
    option(
      "--zones",
      "FILE",
      "parts of the video with a quantizer, a speed and photon noise of their own, as in FILE (zones.toml)",
      (draft, name, text) => {
        draft.zones = values.fileName(name, text);
      },
    ),
  ]),
  ...section("Keyframes:", [
    setting(
      "minKeyint",
      "-i, --min-keyint",
      "N",
      number(0, most),
      "frames between keyframes at least, never above keyint",
    ),
    setting("keyint", "-I, --keyint", "N", number(0, mostKeyint), "frames between keyframes at most, 0 is no limit"),
    setting("scdSpeed", "--scd-speed", "N", sceneSpeed, "scene detection: 0 is best, 1 is fast (by speed: 1 at 10)"),
    turnOn("noSceneDetection", "--no-scene-detection", "keyframes at every keyint only"),
    option(
      "--force-keyframes",
      "N,N,...",
      "keyframes there too, counted from the first frame encoded",
      (draft, name, text) => {
        draft.forceKeyframes = values.ascendingNumbers(name, text, most);
      },
    ),
    option("--scenes", "FILE", "keyframes as in FILE, which `rav1e-by-gop scenes` made", (draft, name, text) => {
      draft.scenes = values.fileName(name, text);
    }),
    setting(
      "switchFrameInterval",
      "-S, --switch-frame-interval",
      "N",
      number(0, most),
      "frames between switch frames, 0 is none; needs --low-latency",
    ),
  ]),
  ...section("Tiles (they change the packets and are not needed to use all cores):", [
    setting("tiles", "-t, --tiles", "N", number(0, most), "tiles at least, 0 leaves it to rows and columns"),
    setting("tileRows", "--tile-rows", "N", tileSide, "rows of tiles, a power of two up to 64"),
    setting("tileCols", "--tile-cols", "N", tileSide, "columns of tiles, a power of two up to 64"),
  ]),
  ...section("Film grain:", [
    setting("photonNoise", "--photon-noise", "N", number(0, 64), "add photon noise, ISO N x 100, 0 is none"),
    option("--film-grain-table", "FILE", "grain as in FILE (also --photon-noise-table)", (draft, name, text) => {
      draft.filmGrainTablePath = values.fileName(name, text);
    }, "--photon-noise-table"),
  ]),
  ...section("What the stream says about itself:", [
    setting("range", "--range", "RANGE", choice("Limited", "Full"), "Limited or Full (default: as the input says)"),
    setting("primaries", "--primaries", "NAME", choice(...primaries), `colour primaries: ${primaries.join(", ")}`),
    setting(
      "transfer",
      "--transfer",
      "NAME",
      choice(...transfers),
      `transfer characteristics: ${transfers.join(", ")}`,
    ),
    setting("matrix", "--matrix", "NAME", choice(...matrices), `matrix coefficients: ${matrices.join(", ")}`),
    setting(
      "masteringDisplay",
      "--mastering-display",
      "COLOURS",
      values.masteringDisplay,
      "G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min), x and y 0 to 1, L in cd/m2; or all in x265's whole numbers",
    ),
    setting(
      "contentLight",
      "--content-light",
      "CLL,FALL",
      values.contentLight,
      "content light level in cd/m2: 1000,400",
    ),
    setting(
      "level",
      "--level",
      "LEVEL",
      choice(...values.levels),
      "AV1 level 2.0 to 6.3, auto or unconstrained (default auto)",
    ),
    option("--frame-rate", "N", "frames in --time-scale seconds (default: as the input says)", (draft, name, text) => {
      draft.frameRate = values.wholeNumber(name, text, 1, mostTimeBase);
    }),
    option(
      "--time-scale",
      "N",
      "seconds; 1001 with --frame-rate 30000 is 29.97 (default 1)",
      (draft, name, text) => {
        draft.timeScale = values.wholeNumber(name, text, 1, mostTimeBase);
      },
    ),
  ]),
  ...section("Machine:", [
    option(
      "--threads",
      "N",
      "segments encoded at once, never above the logical CPUs (the default); cores: the physical " +
        "cores (also --local-workers)",
      (draft, name, text) => {
        draft.threads = threads(name, text);
      },
      "--local-workers",
    ),
    selection(
      "--memory",
      "USE",
      memoryUses,
      `light, heavy or unlimited: how much is taken (default ${encodeDefaults.memory})`,
      (draft, use) => draft.memory = use,
    ),
    option("--one-reader", undefined, "read a file as a pipe: once, from start to end", (draft) => {
      draft.oneReader = true;
    }),
    withOptionalValue(option(
      "--tmp-input",
      "DIR",
      "what a pipe has sent may wait in a temporary file in DIR (default beside the output), not only in memory",
      (draft, name, text) => {
        draft.tmpInput = { folder: text === "" ? undefined : values.fileName(name, text) };
      },
    )),
    option(
      "--stall-timeout",
      "SECONDS",
      `a slot without progress for so long loses its segment to another (default ${defaultStallSeconds}, and never ` +
        `below ${timesTheSlowest} times the slowest step so far)`,
      (draft, name, text) => {
        draft.stallTimeout = values.wholeNumber(name, text, 1, mostSeconds);
      },
    ),
  ]),
  ...section("Other machines:", [
    option("--workers", "FILE", "workers as in FILE (default ./workers.toml, if it is there)", (draft, name, text) => {
      draft.workers = { kind: "file", path: values.fileName(name, text) };
    }),
    option("--no-workers", undefined, "this machine alone, whatever ./workers.toml says", (draft) => {
      draft.workers = { kind: "none" };
    }),
    option("--no-local", undefined, "the workers alone; this machine only reads and writes", (draft) => {
      draft.noLocal = true;
    }),
    option(
      "--worker-timeout",
      "SECONDS",
      "give up when nothing could be encoded anywhere for so long; the same command goes on later (default " +
        `${encodeDefaults.workerTimeout})`,
      (draft, name, text) => {
        draft.workerTimeout = values.wholeNumber(name, text, 1, mostSeconds);
      },
    ),
  ]),
  ...section("Messages:", [
    selection(
      "--progress",
      "MODE",
      progressModes,
      `auto, bar, plain, json or none (default ${encodeDefaults.progress})`,
      (draft, mode) => draft.progress = mode,
    ),
    option("--no-progress", undefined, "the same as --progress none", (draft) => draft.progress = "none"),
    option("--quiet", undefined, "say nothing but errors", (draft) => draft.quiet = true),
    option("-v, --verbose", undefined, "say more: the equal rav1e command, where errors come from", (draft) => {
      draft.verbose = true;
    }),
  ]),
];

const nothing = () => {};

/** What is answered in place of an encode. */
export const answers: readonly OptionSpec[] = section("Messages:", [
  option("-h, --help", undefined, "print this help", nothing),
  option("-V, --version", undefined, "print versions and CPU features", nothing),
  option("--licenses", undefined, "print the notices of everything in this program", nothing),
  option("--man", undefined, "print the manual page, for man -l -", nothing),
  selection("--completion", "SHELL", shells, `print completions for ${shells.join(", ")}`, (draft, shell) => {
    draft.completion = shell;
  }),
]);

function quantizer(name: string, text: string): number {
  if (!/^[0-9]+$/.test(text)) {
    throw values.usage(name, text, "-q is the quantizer, 1 to 255; for no messages say --quiet");
  }
  if (Number(text) === 0) {
    throw values.usage(name, text, "must be 1 to 255; rav1e has no lossless mode yet, 1 is its best");
  }
  return values.wholeNumber(name, text, 1, 255);
}

function sceneSpeed(name: string, text: string): 0 | 1 {
  return values.wholeNumber(name, text, 0, 1) === 0 ? 0 : 1;
}

function tileSide(name: string, text: string): number {
  return values.powerOfTwo(name, text, 64);
}

/** 0 is rav1e's way of saying "as many as there are". */
export function threads(name: string, text: string): number | "cores" | undefined {
  if (text.toLowerCase() === "cores") return "cores";
  if (!/^[0-9]+$/.test(text)) throw values.usage(name, text, "must be a whole number, or cores");
  const count = values.wholeNumber(name, text, 0, most);
  return count === 0 ? undefined : count;
}
