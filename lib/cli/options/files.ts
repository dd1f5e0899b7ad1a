// What goes in and what comes out, and what is done about an encode that was interrupted.

import { containerFormats } from "../../containers/container.ts";
import { bitDepths, inputVias } from "../../inputs/input_wishes.ts";
import type { BitDepth } from "../../inputs/pixel_formats.ts";
import { streamChoices } from "../../streams/wishes.ts";
import { most, option, type OptionSpec, section, selection } from "../option_spec.ts";
import { defaultFormat } from "../output_format.ts";
import * as values from "../values.ts";

export const fileOptions: readonly OptionSpec[] = [
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
];
