// An encode's settings, checked by librav1e, and what its user is told of them before anything is begun.

import { LibraryError, type openLibrary, type ResolvedSettings } from "../../ffi/library.ts";
import { detectWithoutAssembly } from "../encode/scalar_detection.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import { InputError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import type { EncodeCommand } from "./command.ts";
import type { EncodeInput } from "./encode_input.ts";
import type { ProgressDisplay } from "./progress/display.ts";
import { zoneTexts } from "./encode_zones.ts";
import { rav1eCommand } from "./rav1e_command.ts";
import { shellQuote } from "./shell_quote.ts";

/** `input`: its name for the message. Throws InputError. */
export function resolveSettings(library: ReturnType<typeof openLibrary>, settings: EncoderSettings, input: string) {
  try {
    return library.resolve(settings);
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    throw new InputError(`Cannot encode ${input} like this: ${error.message}`, { cause: error });
  }
}

/** Notes and warnings. Where the encode is one piece, the process is set up for it: before any thread is started. */
export function describeSettings(
  command: EncodeCommand,
  input: EncodeInput,
  settings: EncoderSettings,
  resolved: ResolvedSettings,
  display: ProgressDisplay,
): void {
  if (command.verbose) {
    display.message(
      command.zones !== null
        ? "same packets: none of the rav1e command's, which has no zones"
        : command.forceKeyframes.length > 0
        ? "same packets: none of the rav1e command's, which cannot be told to force keyframes"
        : `same packets: ${sameCommand(command, input, settings)}` +
          (command.scenes === null ? "" : " (where the scene list is as `rav1e-by-gop scenes` made it)"),
    );
    display.message(`settings: ${resolved.description}`);
    for (const text of zoneTexts(settings.zones, command.skip)) display.message(`zone: ${text}`);
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

/** What a child reads comes to rav1e from the same child. */
function sameCommand(command: EncodeCommand, input: EncodeInput, settings: EncoderSettings): string {
  const source = input.kind === "pipe" ? input.source : undefined;
  if (source === undefined) return rav1eCommand(command, settings);
  const { program, args } = source.command;
  const words = [program, ...args].map(shellQuote).join(" ");
  // What y4m says of the rate is what ffmpeg makes of it.
  const timeBase = command.timeBase ?? settings.timeBase;
  return `${words} | ${rav1eCommand({ ...command, input: "-", timeBase }, settings)}`;
}

/** Before any thread is started. */
function prepareOnePiece(
  display: ProgressDisplay,
  { highBitdepth, bitDepth, rdoLookaheadFrames }: EncoderSettings,
): void {
  detectWithoutAssembly();
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
