// The encode command: checks everything that can be checked before a file is created, then runs the encode under a
// display and the signals, then says how it went. What ends it early leaves no half file under the output's name.

import { libraryFile } from "../../ffi/build/library_file.ts";
import { LibraryError, openLibrary, type ResolvedSettings } from "../../ffi/library.ts";
import { EncodeRun, type EncodeSummary, type SegmentFailure } from "../encode/encode_run.ts";
import { Output } from "../encode/output.ts";
import { type EncoderSettings, settingsFor } from "../encode/settings.ts";
import { SlotBudget } from "../encode/slot_budget.ts";
import { IncompleteError, InputError } from "../errors.ts";
import { logicalProcessors, physicalCores } from "../machine/cores.ts";
import { quotedPath } from "../media/printable.ts";
import { openY4mFile } from "../media/y4m_file.ts";
import type { EncodeCommand } from "./command.ts";
import { frameRange } from "./frame_range.ts";
import { checkPaths } from "./paths.ts";
import { createProgress, type ProgressDisplay } from "./progress/display.ts";
import { processStderr } from "./progress/stderr.ts";
import { Ticks } from "./progress/ticks.ts";
import { rav1eCommand } from "./rav1e_command.ts";
import { type StopSignal, watchSignals } from "./signals.ts";
import { flushStderr, stderrIsBusy } from "./stderr_queue.ts";
import { summaryFacts, summaryText } from "./summary.ts";

/** How often a display gets the run's state. */
const updateEveryMs = 200;

/** Returns the exit code; throws ExitErrors. */
export async function encodeCommand(command: EncodeCommand): Promise<number> {
  const target = await checkPaths(command);
  const file = openY4mFile(command.input, { frameRateOverride: command.timeBase !== undefined });
  const range = frameRange(file, command);
  const display = await createProgress(command.progress, {
    stderr: processStderr,
    environment: { TERM: Deno.env.get("TERM"), NO_COLOR: Deno.env.get("NO_COLOR") },
    quiet: command.quiet,
  });
  for (const warning of [...file.header.warnings, ...range.warnings]) display.message(warning, "warning");

  // The build's moving line is no progress of the encode: it is shown where that would be.
  const silent = command.quiet || command.progress === "none" || command.progress === "json";
  const library = await libraryFile((line) => display.message(line), silent ? { progress: () => {} } : {});
  const settings = settingsFor(file.header.format, command.options, command.timeBase);
  const resolved = resolveSettings(library, settings, command.input);
  if (command.verbose) {
    display.message(`same packets: ${rav1eCommand(command, settings)}`);
    display.message(`settings: ${resolved.description}`);
  }
  if (resolved.grainUnreadFromLine !== null) {
    display.message(
      `${
        quotedPath(command.filmGrainTablePath ?? "")
      }: what stands from line ${resolved.grainUnreadFromLine} on is no ` +
        "film grain entry; like rav1e, the encode goes on without that and all that follows it",
      "warning",
    );
  }
  if (resolved.onePiece) prepareOnePiece(display, settings);
  const budget = new SlotBudget({
    mode: command.memory,
    settings,
    resolved,
    wanted: wantedSlots(command),
    onChange: (line) => display.message(line),
  });

  // From here on there is something to clean up, until the output has its name.
  const work: Work = { command, display, frames: range.frames };
  using _signals = watchSignals((signal) => stopWork(signal, work));
  const output = work.output = await Output.open(target, {
    width: settings.width,
    height: settings.height,
    frameRate: { num: settings.timeBase.den, den: settings.timeBase.num },
    frames: range.frames,
  });
  const run = work.run = new EncodeRun({
    library,
    settings,
    resolved,
    input: { path: command.input, layout: file.layout, skip: range.skip, frames: range.frames },
    slots: budget.wanted,
    capacity: () => budget.slotsNow(),
    sink: output,
    onCommit: (segment) => display.segment(segment),
    onFailure: (failure) => display.message(describeFailure(failure), "warning"),
  });
  const summary = await supervise(run, display, output);
  const frameRate = settings.timeBase.den / settings.timeBase.num;
  return await conclude({ summary, frames: range.frames, frameRate, output, display, command });
}

/** What a signal finds: as much of it as there is by then. */
interface Work {
  readonly command: EncodeCommand;
  readonly display: ProgressDisplay;
  /** Frames that are to be encoded. */
  readonly frames: number;
  output?: Output;
  run?: EncodeRun;
}

/** Told to leave: the slots are stopped, the unfinished file is removed, and that is said. */
function stopWork(signal: StopSignal, { command, display, frames, output, run }: Work): Promise<void> {
  const status = run?.status();
  run?.stop();
  display.finish(status ?? null);
  output?.discard();
  display.message(describeStop(signal, status?.framesDone ?? 0, frames, command), "error");
  return flushStderr();
}

/** Runs the encode with the display drawn. On failure the unfinished file is removed. */
async function supervise(run: EncodeRun, display: ProgressDisplay, output: Output): Promise<EncodeSummary> {
  const onContinue = () => display.continued();
  Deno.addSignalListener("SIGCONT", onContinue);
  const ticks = new Ticks(updateEveryMs, performance.now());
  const timer = setInterval(() => {
    const status = run.status();
    if (!ticks.isLate(performance.now()) && !stderrIsBusy()) display.update(status);
  }, updateEveryMs);
  try {
    return await run.run();
  } catch (error) {
    output.discard();
    throw error;
  } finally {
    clearInterval(timer);
    Deno.removeSignalListener("SIGCONT", onContinue);
    display.finish(run.status());
  }
}

interface Ending {
  readonly summary: EncodeSummary;
  /** Frames that were to be encoded. */
  readonly frames: number;
  /** The video's, frames a second. */
  readonly frameRate: number;
  readonly output: Output;
  readonly display: ProgressDisplay;
  readonly command: EncodeCommand;
}

/** Gives the output its name, or keeps what there is, and says how it went. Returns the exit code. */
async function conclude(ending: Ending): Promise<number> {
  const { summary, frames, frameRate, output, display, command } = ending;
  if (summary.abandoned.length > 0) {
    const lost = summary.abandoned.map(({ segment, failures }) => {
      const first = command.skip + segment.first;
      return `frames ${first}-${first + segment.frames! - 1} (${failures.at(-1)})`;
    });
    const kept = await output.keep(summary.frames);
    throw new IncompleteError(
      `Cannot complete ${quotedPath(command.output)}: ${summary.frames} of ${frames} frames were encoded; missing: ` +
        lost.join(", ") + (kept === undefined ? "" : `; the others are in ${kept}`),
    );
  }
  if (summary.frames !== frames) {
    const kept = await output.keep(summary.frames);
    throw new IncompleteError(
      `Cannot complete ${quotedPath(command.output)}: ${summary.frames} packets were written for ${frames} frames` +
        (kept === undefined ? "" : `; they are in ${kept}`),
    );
  }
  await output.finish(frames);
  const facts = summaryFacts(command.output, summary, output.bytes, frameRate);
  display.summary(summaryText(facts), facts);
  return 0;
}

function resolveSettings(library: string, settings: EncoderSettings, input: string): ResolvedSettings {
  try {
    return openLibrary(library).resolve(settings);
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    throw new InputError(`Cannot encode ${quotedPath(input)} like this: ${error.message}`, { cause: error });
  }
}

/**
 * The detector inside the encoder must run without assembly, as it does in rav1e's own build; its crate asks the
 * environment. Before any thread is started, because the environment is the process's.
 */
function prepareOnePiece(
  display: ProgressDisplay,
  { highBitdepth, bitDepth, rdoLookaheadFrames }: EncoderSettings,
): void {
  Deno.env.set("CPU_TARGET", "rust");
  const widened = highBitdepth && bitDepth === 8;
  display.message(
    (widened
      ? "--high-bitdepth with 8-bit video"
      : `--rdo-lookahead-frames ${rdoLookaheadFrames} without --low-latency`) +
      ": it is encoded in one piece by one slot, since rav1e's decisions reach across its keyframes; " +
      (widened ? "rav1e 0.8.1 itself can damage such video" : "with 4 or more it is encoded by all slots"),
    "warning",
  );
}

/** More than the processors is no use and costs memory. */
function wantedSlots({ threads }: EncodeCommand): number {
  const logical = logicalProcessors();
  return threads === undefined ? logical : threads === "cores" ? physicalCores(logical) : Math.min(threads, logical);
}

function describeFailure(failure: SegmentFailure): string {
  const { firstFrame, lastFrame, slot, attempt, attempts, again, reason } = failure;
  const frames = lastFrame === undefined ? `the frames from ${firstFrame}` : `frames ${firstFrame}-${lastFrame}`;
  return `slot ${slot} failed at ${frames}, try ${attempt} of ${attempts}: ${reason}; ` +
    (again ? "they are tried again" : "they are given up, the others go on");
}

const stopWords: Record<StopSignal, string> = {
  SIGINT: "interrupted",
  SIGTERM: "terminated",
  SIGHUP: "the terminal was closed",
};

function describeStop(signal: StopSignal, done: number, frames: number, command: EncodeCommand): string {
  return `${stopWords[signal]} after ${done} of ${frames} frames; nothing of ${quotedPath(command.output)} is kept: ` +
    "the same command starts from the beginning";
}
