// The encode command: checks everything that can be checked before a file is created, then runs the encode under a
// display and the signals, then says how it went. What ends it early leaves no half file under the output's name, and
// everything that was finished where the same command finds it.

import { libraryFile } from "../../ffi/build/library_file.ts";
import { LibraryError, openLibrary, type ResolvedSettings } from "../../ffi/library.ts";
import type { EncodeSummary, SegmentFailure } from "../encode/encode_job.ts";
import { EncodeRun, frameSpan } from "../encode/encode_run.ts";
import { Output } from "../encode/output.ts";
import type { RemoteFleet } from "../encode/remote_slots.ts";
import { checkForcedKeyframes, checkSceneList } from "../encode/scene_list.ts";
import { type EncoderSettings, settingsFor } from "../encode/settings.ts";
import { IncompleteError, InputError } from "../errors.ts";
import { isThere } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import type { Identity } from "../resume/identity.ts";
import { checkPlace, storePlace } from "../resume/place.ts";
import { peekStore } from "../resume/peek_store.ts";
import { startStoreThread } from "../resume/store.ts";
import { fingerprintFile } from "../resume/fingerprint.ts";
import type { EncodeCommand } from "./command.ts";
import { type EncodeInput, fileInput, openInput } from "./encode_input.ts";
import { fleetOf, workersOf } from "./encode_fleet.ts";
import { planSource, type SourcePlan } from "./encode_source.ts";
import { checkInputPath } from "./input_path.ts";
import { KeptEncode, storeName } from "./kept_encode.ts";
import { checkPaths } from "./paths.ts";
import { createProgress, type ProgressDisplay } from "./progress/display.ts";
import { processStderr } from "./progress/stderr.ts";
import { Ticks } from "./progress/ticks.ts";
import { rav1eCommand } from "./rav1e_command.ts";
import { watchSignals } from "./signals.ts";
import { readSceneList } from "./scene_list_file.ts";
import { stderrIsBusy } from "./stderr_queue.ts";
import { describeEarlyEnd, stopWork, type Work } from "./stopping.ts";
import { summaryFacts, summaryText } from "./summary.ts";

/** Verifying what is kept is mentioned where it takes longer than this. */
const verifyingIsSlowMs = 1500;
/** How often a display gets the run's state. */
const updateEveryMs = 200;

/** Returns the exit code; throws ExitErrors. */
export async function encodeCommand(command: EncodeCommand): Promise<number> {
  const inputPlace = checkInputPath(command.input, command.oneReader);
  const target = await checkPaths(command, inputPlace.info, mayReplace(command));
  const place = storePlace(target, command.stateDir);
  const display = await createProgress(command.progress, {
    stderr: processStderr,
    environment: { TERM: Deno.env.get("TERM"), NO_COLOR: Deno.env.get("NO_COLOR") },
    quiet: command.quiet,
  });
  const input = await openInput(command, inputPlace);
  for (const warning of input.warnings) display.message(warning, "warning");
  const workers = await workersOf(command, display);
  // It loads while the library is opened and the input looked at.
  const storeThread = startStoreThread();

  // The build's moving line is no progress of the encode: it is shown where that would be.
  const silent = command.quiet || command.progress === "none" || command.progress === "json";
  const libraryPath = await libraryFile((line) => display.message(line), silent ? { progress: () => {} } : {});
  const library = openLibrary(libraryPath);
  const settings = settingsFor(input.header.format, command.options, command.timeBase);
  const resolved = resolveSettings(library, settings, input.name);
  describeSettings(command, settings, resolved, display);
  const fleet = await fleetOf({ workers, libraryPath, settings, onePiece: resolved.onePiece });
  const info = library.info(), { rav1e, avSceneChange, abi } = info;
  const context = { library: info, settings, resolved, skip: command.skip, frames: input.frames };
  checkForcedKeyframes(command.forceKeyframes, context);
  const given = command.scenes === null
    ? undefined
    : checkSceneList(readSceneList(command.scenes), command.scenes, context);
  const identity: Identity = {
    settings,
    range: { skip: command.skip, frames: input.frames, limit: command.limit },
    rav1e,
    avSceneChange,
    abi,
    input: input.kind === "file" ? await fingerprintFile(command.input) : null,
    scenes: given === undefined ? null : await digestOf(given.keyframes),
    forcedKeyframes: command.forceKeyframes,
  };

  // From here on there is something to clean up, until the output has its name.
  const work: Work = { command, display, frames: input.frames };
  using _signals = watchSignals((signal) => stopWork(signal, work));
  const existed = target.kind === "file" && isThere(target.path);
  const output = work.output = await Output.open(target, {
    width: settings.width,
    height: settings.height,
    frameRate: { num: settings.timeBase.den, den: settings.timeBase.num },
    frames: input.frames,
  });
  try {
    work.opening = KeptEncode.open({
      command,
      target,
      place,
      identity,
      mayReplace: existed || command.overwrite,
      library,
      storeThread,
      onProgress: onceSlow(() => display.message("verifying the segments that are finished")),
    });
    const kept = work.kept = await work.opening;
    if (await kept.isComplete()) return await alreadyComplete(command, kept, output, display);
    for (const { text, warning } of kept.lines(input.frames, input.kind === "file")) {
      display.message(text, warning ? "warning" : "note");
    }
    if (input.kind === "file") {
      await kept.checkFrames(fileInput(command, input), identity.input!, (text) => display.message(text));
    }
    const plan = planSource({ command, input, libraryPath, settings, resolved, kept, given, target, display, workers });
    const run = work.run = newRun(plan, { command, libraryPath, settings, resolved, fleet, output, kept, display });
    kept.store.atWork = () => run.atWork();
    const summary = await supervise(run, display);
    await fleet?.closed();
    const frameRate = settings.timeBase.den / settings.timeBase.num;
    return await conclude({ summary, input, frameRate, output, kept, display, command });
  } catch (error) {
    throw await describeEarlyEnd(error, work);
  }
}

/** Verifying a store of many gigabytes takes its time: says so, once, when it does. */
function onceSlow(say: () => void): () => void {
  const began = performance.now();
  let said = false;
  return () => {
    if (said || performance.now() - began < verifyingIsSlowMs) return;
    said = true;
    say();
  };
}

/** An output that exists and was to be replaced when the encode was begun is not asked about again. */
function mayReplace(command: EncodeCommand) {
  return async (target: { kind: "file"; path: string; part: string }) => {
    const place = storePlace(target, command.stateDir);
    if (place.kind === "none") return false;
    checkPlace(place, storeName(place, command), command.resume === "restart");
    const peeked = await peekStore(place).catch((error) => {
      // It is set aside unread.
      if (command.resume === "restart") return undefined;
      throw error;
    });
    return peeked?.kind === "store" && (peeked.final ? peeked.outputIsFinal : peeked.mayReplace);
  };
}

interface RunParts {
  readonly command: EncodeCommand;
  readonly libraryPath: string;
  readonly settings: EncoderSettings;
  readonly resolved: ResolvedSettings;
  readonly fleet: RemoteFleet | undefined;
  readonly output: Output;
  readonly kept: KeptEncode;
  readonly display: ProgressDisplay;
}

function newRun({ source, slots, budget, plan }: SourcePlan, parts: RunParts): EncodeRun {
  const { command, libraryPath, settings, resolved, fleet, output, kept, display } = parts;
  const state = () => ({ slots, slotBytes: budget.bytesPerSlot });
  return new EncodeRun({
    library: libraryPath,
    settings,
    resolved,
    source,
    skip: command.skip,
    slots,
    fleet,
    workerTimeoutSeconds: command.workerTimeout,
    capacity: () => budget.slotsNow(),
    store: {
      announce: (segments) => kept.store.announce(segments, state()),
      heard: () => kept.store.heard(),
      commit: (packets) => kept.store.commit(packets),
      read: (segment) => kept.store.read(segment),
      extendPlan: (detected) => kept.store.extendPlan(detected),
    },
    // A pipe's frames cannot be put off.
    kept: kept.work(plan !== undefined),
    plan,
    sink: output,
    stallSeconds: command.stallTimeout,
    onCommit: (segment) => display.segment(segment),
    onFailure: (failure) => display.message(describeFailure(failure), "warning"),
    onNote: (text, isWarning) => display.message(text, isWarning ? "warning" : "note"),
  });
}

/** Runs the encode with the display drawn. */
async function supervise(run: EncodeRun, display: ProgressDisplay): Promise<EncodeSummary> {
  const onContinue = () => display.continued();
  Deno.addSignalListener("SIGCONT", onContinue);
  const ticks = new Ticks(updateEveryMs, performance.now());
  const timer = setInterval(() => {
    const status = run.status();
    if (!ticks.isLate(performance.now()) && !stderrIsBusy()) display.update(status);
  }, updateEveryMs);
  try {
    return await run.run();
  } finally {
    clearInterval(timer);
    Deno.removeSignalListener("SIGCONT", onContinue);
    display.finish(run.status());
  }
}

interface Ending {
  readonly summary: EncodeSummary;
  readonly input: EncodeInput;
  /** The video's, frames a second. */
  readonly frameRate: number;
  readonly output: Output;
  readonly kept: KeptEncode;
  readonly display: ProgressDisplay;
  readonly command: EncodeCommand;
}

/** Gives the output its name, or keeps what there is, and says how it went. Returns the exit code. */
async function conclude(ending: Ending): Promise<number> {
  const { summary, input, frameRate, output, kept, display, command } = ending;
  const { abandoned, cutShort } = summary;
  if (cutShort !== undefined) throw cutShort;
  const frames = input.frames ?? summary.frames + abandoned.reduce((sum, { segment }) => sum + segment.frames!, 0);
  const cannotComplete = `Cannot complete ${quotedPath(command.output)}`;
  if (abandoned.length > 0) {
    const lost = abandoned.map(({ segment, failures }) => {
      const first = command.skip + segment.first;
      return `${frameSpan(first, first + segment.frames! - 1)} (${failures.at(-1)})`;
    });
    const part = await output.keep(summary.frames);
    throw new IncompleteError(
      `${cannotComplete}: ${summary.frames} of ${frames} frames were encoded; missing: ${lost.join(", ")}` +
        (part === undefined ? "" : `; the others are in ${part}`),
    );
  }
  if (summary.frames !== frames) {
    throw new IncompleteError(`${cannotComplete}: ${summary.frames} packets were written for ${frames} frames`);
  }
  const beyond = command.forceKeyframes.find((frame) => frame >= frames);
  if (beyond !== undefined) {
    display.message(
      `--force-keyframes ${beyond}: there were ${frames} frames to encode, 0 to ${frames - 1}`,
      "warning",
    );
  }
  await output.finish(frames, (final) => kept.store.markFinal(final));
  await removeKept(kept, command, display);
  const facts = summaryFacts(command.output, summary, output.bytes, frameRate);
  display.summary(summaryText(facts), facts);
  return 0;
}

/** The output has its name: a resume file that cannot be removed makes it no less complete. */
async function removeKept(kept: KeptEncode, { output }: EncodeCommand, display: ProgressDisplay): Promise<void> {
  try {
    await kept.finish();
  } catch (error) {
    if (!(error instanceof IncompleteError)) throw error;
    display.message(`${error.message}, ${quotedPath(output)} is complete without it`, "warning");
  }
}

/** A run before this one gave the output its name and was killed before it could tidy up. */
async function alreadyComplete(
  command: EncodeCommand,
  kept: KeptEncode,
  output: Output,
  display: ProgressDisplay,
): Promise<number> {
  await removeKept(kept, command, display);
  output.discard();
  display.message(`${quotedPath(command.output)} is complete already; nothing was left to do`);
  return 0;
}

function resolveSettings(library: ReturnType<typeof openLibrary>, settings: EncoderSettings, input: string) {
  try {
    return library.resolve(settings);
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    throw new InputError(`Cannot encode ${input} like this: ${error.message}`, { cause: error });
  }
}

function describeSettings(
  command: EncodeCommand,
  settings: EncoderSettings,
  resolved: ResolvedSettings,
  display: ProgressDisplay,
): void {
  if (command.verbose) {
    display.message(
      command.forceKeyframes.length > 0
        ? "same packets: none of the rav1e command's, which cannot be told to force keyframes"
        : `same packets: ${rav1eCommand(command, settings)}` +
          (command.scenes === null ? "" : " (where the scene list is as `rav1e-by-gop scenes` made it)"),
    );
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

function describeFailure(failure: SegmentFailure): string {
  const { firstFrame, lastFrame, slot, worker, attempt, attempts, again, reason } = failure;
  const who = worker ?? (slot === undefined ? "a worker" : `slot ${slot}`);
  // Of a worker that fails at everything not all tries count.
  const of = attempt <= attempts ? ` of ${attempts}` : "";
  return `${who} failed at ${frameSpan(firstFrame, lastFrame)}, try ${attempt}${of}: ${reason}; ` +
    (again ? "they are tried again" : "they are given up, the others go on");
}

async function digestOf(keyframes: readonly number[]): Promise<string> {
  const bytes = new TextEncoder().encode(keyframes.join(","));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
