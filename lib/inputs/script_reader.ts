// The program that runs a script and writes its frames as y4m: VapourSynth's vspipe, AviSynth's avs2yuv, or an ffmpeg that was
// built with AviSynth.

import { InputError, UsageError } from "../errors.ts";
import { plainPath } from "../machine/started_child.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { runTool } from "./run_tool.ts";

const noClaims = { frames: null, endSeconds: null };

export interface Script {
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
}

/** Throws InputError: it is not there. */
export async function vapourSynthReader({ path, name }: Script): Promise<ChildCommand> {
  if (await runTool("vspipe", ["--version"]) === undefined) {
    throw new InputError(
      `Cannot read ${name}: it is a VapourSynth script, and vspipe, which runs it, is not on PATH; install VapourSynth ` +
        "(pip install vapoursynth, with Python 3.12 or newer; then vapoursynth config)",
    );
  }
  const args = ["-c", "y4m", plainPath(path), "-"];
  return { program: "vspipe", name: "vspipe", log: "plain", args, claims: noClaims };
}

/** What ffmpeg would have to do to a script's frames on their way to the encoder. */
export type ScriptChanges = "none" | "filter" | "depth";

/**
 * avs2yuv gives frames as the script does; "ffmpeg" where that can run it and frames are changed on the way, or where there is
 * no avs2yuv. Throws InputError, and UsageError where frames cannot be filtered.
 */
export async function aviSynthReader(
  script: Script,
  changes: ScriptChanges = "none",
): Promise<ChildCommand | "ffmpeg"> {
  const { name } = script, usage = (await runTool("avs2yuv", []))?.stderr;
  if (usage !== undefined && changes === "none") return avs2yuv(script, usage);
  if (await ffmpegRunsAviSynth()) return "ffmpeg";
  if (usage === undefined) {
    throw new InputError(
      `Cannot read ${name}: it is an AviSynth script; neither avs2yuv nor an ffmpeg that was built with AviSynth is on PATH`,
    );
  }
  if (changes === "filter") {
    throw new UsageError(
      `Cannot filter ${name}: --video-filter is for what ffmpeg reads, and this ffmpeg was not built with AviSynth; ` +
        "the script can do that itself",
    );
  }
  // Where it has that depth anyway.
  return avs2yuv(script, usage);
}

/** `usage`: what it says of itself. Without -nstdr, which older ones do not know, it talks of its progress all the time. */
function avs2yuv({ path }: Script, usage: string): ChildCommand {
  const quiet = /^ *-nstdr\b/m.test(usage) ? ["-nstdr"] : [];
  const args = [...quiet, plainPath(path), "-o", "-"];
  return { program: "avs2yuv", name: "avs2yuv", log: "plain", args, claims: noClaims };
}

async function ffmpegRunsAviSynth(): Promise<boolean> {
  const demuxers = await runTool("ffmpeg", ["-hide_banner", "-demuxers"]);
  return demuxers !== undefined && /^ *D\S* .*\bavisynth /m.test(demuxers.stdout);
}
