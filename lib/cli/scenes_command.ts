// The scenes command: finds the keyframes of an input as an encode with the same options would, in a thread of its own, and
// writes them as a scene list. Nothing is written before all are found.

import { libraryFile } from "../../ffi/build/library_file.ts";
import { LibraryError, openLibrary, type ResolvedSettings } from "../../ffi/library.ts";
import type { FileInput } from "../encode/file_frames.ts";
import { Pace } from "../encode/pace.ts";
import { SceneDetection } from "../encode/scene_detection.ts";
import { checkForcedKeyframes, makeSceneList, sceneListText } from "../encode/scene_list.ts";
import { type EncoderSettings, settingsFor } from "../encode/settings.ts";
import { IncompleteError, InputError, UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { openY4mFile } from "../media/y4m_file.ts";
import type { ScenesCommand } from "./command.ts";
import { frameRange } from "./frame_range.ts";
import { checkInputPath } from "./input_path.ts";
import { createScenesDisplay, type ScenesDisplay, type ScenesStatus } from "./progress/scenes.ts";
import { processStderr } from "./progress/stderr.ts";
import { watchSignals } from "./signals.ts";
import { writeStdout } from "./standard_streams.ts";
import { flushStderr, stderrIsBusy } from "./stderr_queue.ts";
import { checkWholeFile, writeWholeFile } from "./whole_file.ts";

/** How often the display gets the state. */
const updateEveryMs = 200;
/** Segments are not what this is paced by. */
const allSegments = 0x7fffffff;

/** Returns the exit code; throws ExitErrors. */
export async function scenesCommand(command: ScenesCommand): Promise<number> {
  const { input, output } = command;
  const { kind, info } = checkInputPath(input);
  if (kind === "child") {
    throw new InputError(
      `Cannot list the scenes of ${
        quotedPath(input)
      }: it is no y4m file; an encode of it finds its keyframes by itself`,
    );
  }
  if (kind === "pipe") {
    const name = input === "-" ? "standard input" : quotedPath(input);
    throw new InputError(`Cannot list the scenes of ${name}: it is no file, and encoding would need it once more`);
  }
  if (output !== "-") checkWholeFile(output, info!, command.overwrite);
  const file = openY4mFile(input, { frameRateOverride: command.timeBase !== undefined });
  const range = frameRange(file, command);
  const display = createScenesDisplay(command.progress, {
    stderr: processStderr,
    environment: { TERM: Deno.env.get("TERM") },
    quiet: command.quiet,
  });
  for (const warning of [...file.header.warnings, ...range.warnings]) display.message(warning, "warning");

  const silent = command.quiet || command.progress === "none" || command.progress === "json";
  const path = await libraryFile((line) => display.message(line), silent ? { progress: () => {} } : {});
  const settings = settingsFor(file.header.format, command.options, command.timeBase);
  const library = openLibrary(path);
  const resolved = resolve(() => library.resolve(settings), input);
  refuseOnePiece(resolved);
  checkForcedKeyframes(command.forceKeyframes, { resolved, frames: range.frames });

  const frames = { path: input, layout: file.layout, skip: range.skip, frames: range.frames };
  const finding = new Finding({ library: path, settings, input: frames, forcedKeyframes: command.forceKeyframes });
  using _signals = watchSignals(() => {
    finding.close();
    display.finish();
    display.message(`stopped after ${finding.framesDone} of ${range.frames} frames; no list is written`, "error");
    return flushStderr();
  });
  const keyframes = await shown(finding, display);
  const list = makeSceneList(
    { library: library.info(), settings, resolved, skip: range.skip, frames: range.frames },
    { frames: range.frames, forcedKeyframes: command.forceKeyframes, keyframes },
  );
  if (output === "-") writeStdout(sceneListText(list));
  else writeWholeFile(output, sceneListText(list));

  const name = output === "-" ? "standard output" : quotedPath(output);
  const seconds = finding.status().elapsed;
  display.summary(
    `${name}: ${keyframes.length} keyframes in ${range.frames} frames, ${(range.frames / seconds).toFixed(0)} fps`,
    { output, frames: range.frames, keyframes: keyframes.length, seconds: Number(seconds.toFixed(3)) },
  );
  return 0;
}

interface FindingSetup {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly input: FileInput;
  readonly forcedKeyframes: readonly number[];
}

/** The search under way. */
class Finding {
  readonly #keyframes: number[] = [];
  readonly #pace = new Pace();
  readonly #done = Promise.withResolvers<void>();
  readonly #detection: SceneDetection;
  #decided = 0;

  constructor(readonly setup: FindingSetup) {
    this.#pace.sample(performance.now(), 0, 0);
    this.#detection = new SceneDetection(setup, allSegments, (report) => {
      if (report.kind === "failed") this.#done.reject(new IncompleteError(report.reason));
      if (report.kind !== "detected") return;
      for (const keyframe of report.detected.keyframes) this.#keyframes.push(keyframe);
      this.#decided = report.detected.decided;
      if (report.detected.complete) this.#done.resolve();
    });
  }

  get framesDone(): number {
    return this.#decided;
  }

  /** All keyframes, ascending. Throws IncompleteError where the input cannot be read to its end. */
  async keyframes(): Promise<number[]> {
    await this.#done.promise;
    return this.#keyframes;
  }

  status(): ScenesStatus {
    const { frames } = this.setup.input;
    this.#pace.sample(performance.now(), this.#decided, 1);
    return {
      elapsed: this.#pace.elapsed,
      frames,
      framesDone: this.#decided,
      keyframes: this.#keyframes.length,
      fps: this.#pace.fps,
      eta: this.#pace.eta({ frames: frames - this.#decided, slots: 1, longestRunning: 0 }),
    };
  }

  close(): void {
    this.#detection.close();
  }
}

/** Waits for the keyframes with the display drawn. */
async function shown(finding: Finding, display: ScenesDisplay): Promise<number[]> {
  const timer = setInterval(() => {
    const status = finding.status();
    if (!stderrIsBusy()) display.update(status);
  }, updateEveryMs);
  try {
    return await finding.keyframes();
  } finally {
    clearInterval(timer);
    finding.close();
    display.finish();
  }
}

function resolve(check: () => ResolvedSettings, input: string): ResolvedSettings {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    throw new InputError(`Cannot find scenes of ${quotedPath(input)} like this: ${error.message}`, { cause: error });
  }
}

function refuseOnePiece({ onePiece }: ResolvedSettings): void {
  if (!onePiece) return;
  throw new UsageError(
    "--high-bitdepth with 8-bit video: it is encoded in one piece, with rav1e placing its keyframes; there is no list to make",
  );
}
