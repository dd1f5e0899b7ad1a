// The input of an encode, looked at before anything is created: a file with all its frames known, or a pipe of which the
// header has come, be it a child's.

import type { FileInput } from "../encode/file_frames.ts";
import type { EncoderOptions } from "../encode/settings.ts";
import { refuseOtherDepth } from "../inputs/choose_input.ts";
import type { OpenedSource } from "../inputs/opened_source.ts";
import type { NamedOutput } from "../inputs/times_warning.ts";
import { withFacts } from "../inputs/source_facts.ts";
import { constantTimes, type FrameTimes } from "../media/frame_times.ts";
import type { Y4mHeader } from "../media/y4m_header.ts";
import { quotedPath } from "../media/printable.ts";
import { openY4mFile, type Y4mFile } from "../media/y4m_file.ts";
import type { OpenedPipe } from "../pipe/open_pipe.ts";
import type { SharedKeyframes } from "../pipe/reader_protocol.ts";
import type { Zone } from "../zones/zone.ts";
import type { InputCommand } from "./command.ts";
import { frameRange } from "./frame_range.ts";
import type { InputPlace } from "./input_path.ts";
import type { ProgressDisplay } from "./progress/display.ts";

interface Common {
  /** For messages. */
  readonly name: string;
  readonly header: Y4mHeader;
  /** The command line's, with what the source says where that is silent. */
  readonly options: EncoderOptions;
  /** Frames to encode; null while nobody knows. */
  readonly frames: number | null;
  /** When they are shown. */
  readonly times: FrameTimes;
  /** Lines for the user. */
  readonly warnings: readonly string[];
}

export type FileEncodeInput = Common & { readonly kind: "file"; readonly frames: number; readonly file: Y4mFile };
export type PipeEncodeInput = Common & {
  readonly kind: "pipe";
  readonly pipe: OpenedPipe;
  /** Where a child reads it. */
  readonly source?: OpenedSource;
  /** Found by one of several readers for all. */
  readonly keyframes?: SharedKeyframes;
};
export type EncodeInput = FileEncodeInput | PipeEncodeInput;

/** What threads need to read a file. */
export function fileInput({ input: path, skip }: InputCommand, input: FileEncodeInput): FileInput {
  return { path, layout: input.file.layout, skip, frames: input.frames };
}

/** Frames to encode, as the source's container claims them; null where it does not, or a filter may change them. */
export function claimedFrames({ skip, limit }: InputCommand, { source, header }: PipeEncodeInput): number | null {
  const claims = source?.command.claims, start = source?.media?.video.startSeconds ?? 0;
  if (claims === undefined) return null;
  const { num, den } = header.format.frameRate;
  const bySeconds = claims.endSeconds === null ? null : Math.round(((claims.endSeconds - start) * num) / den);
  const frames = claims.frames ?? bySeconds;
  return frames === null ? null : Math.min(Math.max(0, frames - skip), limit === 0 ? Infinity : limit);
}

/** No more is read, whoever reads it. Without effect twice. */
export function closeInput(input: EncodeInput): void {
  if (input.kind === "pipe") input.pipe.close();
}

/** Who wants to know of an input. */
interface Listener {
  readonly display: Pick<ProgressDisplay, "message">;
  /** Parts of it, and the file that says so. */
  readonly zones?: { readonly path: string; readonly zones: readonly Zone[] };
}

/** Waits for a pipe's header. `output`: where frames are shown when; null where none are. Throws what is wrong with either. */
export async function openInput(
  command: InputCommand,
  place: InputPlace,
  output: NamedOutput | null,
  listener: Listener,
): Promise<EncodeInput> {
  const frameRateOverride = command.timeBase !== undefined;
  const name = command.input === "-" ? "standard input" : quotedPath(command.input);
  if (place.kind === "child") return await openChildInput(command, place, output, name, listener);
  const { options } = command;
  if (place.kind === "pipe") {
    const { openPipe } = await import("../pipe/open_pipe.ts");
    const { header, pipe } = await openPipe(command.input, { frameRateOverride });
    try {
      refuseOtherDepth(name, command, header.format.bitDepth, "convert it where the pipe is written");
    } catch (error) {
      pipe.close();
      throw error;
    }
    const { warnings } = header, times = timesOf(command, header);
    return { kind: place.kind, name, header, options, frames: null, times, warnings, pipe };
  }
  const file = openY4mFile(command.input, { frameRateOverride });
  const { header } = file, { frames, warnings } = frameRange(file, command);
  const common = { name, header, options, frames, times: timesOf(command, header) };
  return { kind: place.kind, ...common, warnings: [...header.warnings, ...warnings], file };
}

async function openChildInput(
  command: InputCommand,
  { choice }: InputPlace,
  output: NamedOutput | null,
  name: string,
  { display, zones }: Listener,
): Promise<EncodeInput> {
  if (choice.via === "y4m") throw new TypeError("y4m needs no child");
  const [{ openSource }, { irregularAdvice, timesWarning }, { turnWarning }] = await Promise.all([
    import("../inputs/open_source.ts"),
    import("../inputs/times_warning.ts"),
    import("../inputs/turning.ts"),
  ]);
  const source = await openSource(choice, {
    path: command.input,
    name,
    wishes: command,
    skip: command.skip,
    onNewClock: (what) => display.message(what, "warning"),
    onIrregular: (what, frameRate) => {
      if (command.timeBase !== undefined || output === null) return;
      const timed = zones !== undefined && hasTimes(zones.zones) ? zones.path : undefined;
      display.message(`${what}${irregularAdvice(output, frameRate, timed)}`, "warning");
    },
  });
  for (const note of source.notes) display.message(note);
  const { header, pipe } = source;
  const times = command.timeBase === undefined ? source.times : timesOf(command, header);
  const shown = output === null ? [] : [
    source.media === null ? undefined : turnWarning(name, source.media.video, { ...command, ...output }),
    timesWarning(name, times, output),
  ];
  const warnings = [...source.warnings, ...shown.filter((warning) => warning !== undefined)];
  return {
    kind: "pipe",
    name,
    header,
    options: withFacts(command.options, command.described ?? [], source.facts),
    frames: null,
    times,
    warnings,
    pipe,
    source,
  };
}

function hasTimes(zones: readonly Zone[]): boolean {
  return zones.some(({ start, end }) => start.kind === "time" || end?.kind === "time");
}

/** A rate that the command line gives holds for every frame. */
function timesOf({ timeBase }: InputCommand, { format }: Y4mHeader): FrameTimes {
  return constantTimes(timeBase === undefined ? format.frameRate : { num: timeBase.den, den: timeBase.num });
}
