// The scenes command: finds the keyframes of an input as an encode with the same options would, and writes them as a scene
// list. Nothing is written before all are found.

import { libraryFile } from "../../ffi/build/library_file.ts";
import { openLibrary, type ResolvedSettings } from "../../ffi/library.ts";
import { checkForcedKeyframes, makeSceneList, sceneListText } from "../encode/scene_list.ts";
import { type EncoderSettings, settingsFor } from "../encode/settings.ts";
import { UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import type { ScenesCommand } from "./command.ts";
import { claimedFrames, closeInput, type EncodeInput, fileInput, openInput } from "./encode_input.ts";
import { resolveSettings } from "./encode_settings.ts";
import { checkInputPath } from "./input_path.ts";
import { inFile, inPipe, KeyframeSearch } from "./keyframe_search.ts";
import { createScenesDisplay, type ScenesDisplay } from "./progress/scenes.ts";
import { processStderr } from "./progress/stderr.ts";
import { leavingAtOnce, watchSignals } from "./signals.ts";
import { refuseClosedStdout, writeStdout } from "./standard_streams.ts";
import { flushStderr, stderrIsBusy } from "./stderr_queue.ts";
import { checkWholeFile, writeWholeFile } from "./whole_file.ts";

/** How often the display gets the state. */
const updateEveryMs = 200;

/** Returns the exit code; throws ExitErrors. */
export async function scenesCommand(command: ScenesCommand): Promise<number> {
  const { output, skip, forceKeyframes } = command;
  const place = await checkInputPath(command.input, command.oneReader, command);
  if (output === "-") refuseClosedStdout();
  else checkWholeFile(output, place.info, command.overwrite);
  const display = createScenesDisplay(command.progress, {
    stderr: processStderr,
    environment: { TERM: Deno.env.get("TERM") },
    quiet: command.quiet,
  });
  const input = await leavingAtOnce(() => openInput(command, place, null, { display }));
  using opened = new DisposableStack();
  opened.defer(() => closeInput(input));
  for (const warning of input.warnings) display.message(warning, "warning");

  const silent = command.quiet || command.progress === "none" || command.progress === "json";
  const path = await libraryFile((line) => display.message(line), silent ? { progress: () => {} } : {});
  const settings = settingsFor(input.header.format, input.options, command.timeBase);
  const library = openLibrary(path), resolved = resolveSettings(library, settings, input.name);
  refuseOnePiece(resolved);
  checkForcedKeyframes(forceKeyframes, { resolved, frames: input.frames });

  const search = startSearch(command, input, path, settings, display);
  using _signals = watchSignals(() => {
    search.close();
    display.finish();
    const { framesDone } = search.status(), all = input.frames === null ? "" : ` of ${input.frames}`;
    display.message(`stopped after ${framesDone}${all} frames; no list is written`, "error");
    return flushStderr();
  });
  const keyframes = await shown(search, display);
  const frames = search.status().framesDone;
  checkForcedKeyframes(forceKeyframes, { resolved, frames });
  const list = makeSceneList(
    { library: library.info(), settings, resolved, skip, limit: command.limit, frames },
    { frames, forcedKeyframes: forceKeyframes, keyframes },
  );
  if (output === "-") writeStdout(sceneListText(list));
  else writeWholeFile(output, sceneListText(list));

  const name = output === "-" ? "standard output" : quotedPath(output);
  const seconds = search.status().elapsed;
  display.summary(
    `${name}: ${keyframes.length} keyframes in ${frames} frames, ${(frames / seconds).toFixed(0)} fps`,
    { output, frames, keyframes: keyframes.length, seconds: Number(seconds.toFixed(3)) },
  );
  return 0;
}

/** `library`: its path. */
function startSearch(
  command: ScenesCommand,
  input: EncodeInput,
  library: string,
  settings: EncoderSettings,
  display: ScenesDisplay,
): KeyframeSearch {
  const { forceKeyframes: forcedKeyframes, skip, limit, expectFrames } = command;
  const common = { library, settings, forcedKeyframes };
  const note = (text: string) => display.message(text);
  if (input.kind === "file") {
    return new KeyframeSearch(inFile({ ...common, input: fileInput(command, input) }), input.frames, note);
  }
  const order = { ...common, skip, limit, expectFrames };
  return new KeyframeSearch(inPipe(input.pipe, order), claimedFrames(command, input), note);
}

/** Waits for the keyframes with the display drawn. */
async function shown(search: KeyframeSearch, display: ScenesDisplay): Promise<number[]> {
  const timer = setInterval(() => {
    const status = search.status();
    if (!stderrIsBusy()) display.update(status);
  }, updateEveryMs);
  try {
    return await search.keyframes();
  } finally {
    clearInterval(timer);
    search.close();
    display.finish();
  }
}

function refuseOnePiece({ onePiece }: ResolvedSettings): void {
  if (!onePiece) return;
  throw new UsageError(
    "--high-bitdepth with 8-bit video: it is encoded in one piece, with rav1e placing its keyframes; there is no list to make",
  );
}
