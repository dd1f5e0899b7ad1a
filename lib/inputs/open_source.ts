// Opens an input that a child reads, whichever child that is.

import type { InputChoice } from "./choose_input.ts";
import { openFfmpeg } from "./open_ffmpeg.ts";
import { openScript } from "./open_script.ts";
import type { OpenedSource, OpenSourceRequest } from "./opened_source.ts";

/** Waits for the child's header. Throws ExitErrors. */
export async function openSource(
  choice: Exclude<InputChoice, { via: "y4m" }>,
  request: OpenSourceRequest,
): Promise<OpenedSource> {
  switch (choice.via) {
    case "ffmpeg":
      return await openFfmpeg(request, choice.sequence);
    case "avisynth":
    case "vspipe":
      return await openScript(choice.via, request);
  }
}
