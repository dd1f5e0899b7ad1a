// The program that runs a script and writes its frames as y4m: VapourSynth's vspipe, AviSynth's avs2yuv, or an ffmpeg that was
// built with AviSynth.

import { isAbsolute } from "node:path";
import { InputError } from "../errors.ts";
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

/** "ffmpeg": it can, and there is no other, or no other would do (`byFfmpeg`). Throws InputError. */
export async function aviSynthReader({ path, name }: Script, byFfmpeg = false): Promise<ChildCommand | "ffmpeg"> {
  if (!byFfmpeg && await runTool("avs2yuv", []) !== undefined) {
    const args = [plainPath(path), "-o", "-"];
    return { program: "avs2yuv", name: "avs2yuv", log: "plain", args, claims: noClaims };
  }
  const demuxers = await runTool("ffmpeg", ["-hide_banner", "-demuxers"]);
  if (demuxers !== undefined && /^ *D.* avisynth /m.test(demuxers.stdout)) return "ffmpeg";
  throw new InputError(
    `Cannot read ${name}: it is an AviSynth script; neither avs2yuv nor an ffmpeg that was built with AviSynth is on PATH`,
  );
}

/** Never an option. */
function plainPath(path: string): string {
  return isAbsolute(path) || path.startsWith("./") ? path : `./${path}`;
}
