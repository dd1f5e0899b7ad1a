// Opens a script through the program that runs it. What comes out is what the script says; nobody else knows more of it, and
// nothing but its frames tells it from another.

import { constantTimes } from "../media/frame_times.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { openChild } from "../pipe/open_pipe.ts";
import { refuseOtherDepth } from "./choose_input.ts";
import { openFfmpeg } from "./open_ffmpeg.ts";
import type { OpenedSource, OpenSourceRequest } from "./opened_source.ts";
import { aviSynthReader, vapourSynthReader } from "./script_reader.ts";
import { noFacts } from "./source_facts.ts";

/** Waits for the header, which comes when the script has been understood. Throws InputError. */
export async function openScript(via: "vspipe" | "avisynth", request: OpenSourceRequest): Promise<OpenedSource> {
  const { wishes: { videoFilter, bitDepth } } = request;
  const changes = videoFilter !== undefined ? "filter" : bitDepth !== undefined ? "depth" : "none";
  const reader = via === "vspipe" ? await vapourSynthReader(request) : await aviSynthReader(request, changes);
  return reader === "ffmpeg" ? await openFfmpeg({ ...request, isAviSynth: true }) : await openBy(request, reader);
}

async function openBy(request: OpenSourceRequest, command: ChildCommand): Promise<OpenedSource> {
  const { name, wishes } = request;
  const { header, pipe } = await openChild(name, command);
  try {
    refuseOtherDepth(name, wishes, header.format.bitDepth, "the script decides that");
  } catch (error) {
    pipe.close();
    throw error;
  }
  return {
    pipe,
    header,
    media: null,
    times: constantTimes(header.format.frameRate),
    facts: noFacts,
    turn: 0,
    command,
    reading: null,
    fingerprintPath: null,
    warnings: header.warnings,
    notes: [`${name}: read through ${command.name}`],
  };
}
