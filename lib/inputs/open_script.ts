// Opens a script: VapourSynth's through its vspipe, AviSynth's through avs2yuv, or an ffmpeg that was built with it. What comes
// out is what the script says; nobody else knows more of it, and nothing but its frames tells it from another.

import { InputError, UsageError } from "../errors.ts";
import { plainPath } from "../machine/started_child.ts";
import { constantTimes } from "../media/frame_times.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { openChild } from "../pipe/open_pipe.ts";
import { refuseOtherDepth } from "./choose_input.ts";
import { openFfmpeg } from "./open_ffmpeg.ts";
import type { OpenedSource, OpenSourceRequest } from "./opened_source.ts";
import { runTool } from "./run_tool.ts";
import { noFacts } from "./source_facts.ts";

const noClaims = { frames: null, endSeconds: null };

/** Waits for the header, which comes when the script has been understood. Throws InputError. */
export async function openVapourSynth(request: OpenSourceRequest): Promise<OpenedSource> {
  const { path, name } = request;
  if (await runTool("vspipe", ["--version"]) === undefined) {
    throw new InputError(
      `Cannot read ${name}: it is a VapourSynth script, and vspipe, which runs it, is not on PATH; install VapourSynth ` +
        "(pip install vapoursynth, with Python 3.12 or newer; then vapoursynth config)",
    );
  }
  return await openScript(request, {
    program: "vspipe",
    name: "vspipe",
    log: "plain",
    args: ["-c", "y4m", plainPath(path), "-"],
    claims: noClaims,
  });
}

/** The same for AviSynth. avs2yuv gives frames as the script does; what changes them on the way is left to ffmpeg. */
export async function openAviSynth(request: OpenSourceRequest): Promise<OpenedSource> {
  const { name, wishes: { videoFilter, bitDepth } } = request;
  const usage = (await runTool("avs2yuv", []))?.stderr;
  if (usage !== undefined && videoFilter === undefined && bitDepth === undefined) {
    return await openAvs2yuv(request, usage);
  }
  if (await ffmpegRunsAviSynth()) return await openFfmpeg({ ...request, isAviSynth: true });
  if (usage === undefined) {
    throw new InputError(
      `Cannot read ${name}: it is an AviSynth script; neither avs2yuv nor an ffmpeg that was built with AviSynth is on PATH`,
    );
  }
  if (videoFilter !== undefined) {
    throw new UsageError(
      `Cannot filter ${name}: --video-filter is for what ffmpeg reads, and this ffmpeg was not built with AviSynth; ` +
        "the script can do that itself",
    );
  }
  // Where it has that depth anyway.
  return await openAvs2yuv(request, usage);
}

/** `usage`: what it says of itself. Without -nstdr, which older ones do not know, it talks of its progress all the time. */
async function openAvs2yuv(request: OpenSourceRequest, usage: string): Promise<OpenedSource> {
  const quiet = /^ *-nstdr\b/m.test(usage) ? ["-nstdr"] : [];
  return await openScript(request, {
    program: "avs2yuv",
    name: "avs2yuv",
    log: "plain",
    args: [...quiet, plainPath(request.path), "-o", "-"],
    claims: noClaims,
  });
}

async function ffmpegRunsAviSynth(): Promise<boolean> {
  const demuxers = await runTool("ffmpeg", ["-hide_banner", "-demuxers"]);
  return demuxers !== undefined && /^ *D\S* .*\bavisynth /m.test(demuxers.stdout);
}

async function openScript(request: OpenSourceRequest, command: ChildCommand): Promise<OpenedSource> {
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
