// The ffmpeg command as a maker of files that people have, and as a second opinion on what is in them. Tests that need it are
// skipped where it is not installed, and say so.

import { isFound } from "./found_program.ts";
import { lendPrograms } from "./program.ts";

/** False where there is no ffmpeg command to run. */
export const hasFfmpeg: boolean = isFound("ffmpeg") && isFound("ffprobe");
lendPrograms("ffmpeg", "ffprobe", "vspipe");
if (!hasFfmpeg) console.error("no ffmpeg on PATH: what needs it is not tested");

/** Runs ffmpeg in a folder; its standard output. Throws what it says where it fails. */
export async function ffmpeg(folder: string, ...args: string[]): Promise<Uint8Array> {
  const words = ["-nostdin", "-v", "error", "-y", ...args];
  const { success, stdout, stderr } = await new Deno.Command("ffmpeg", { args: words, cwd: folder, stdin: "null" })
    .output();
  if (!success) throw new Error(`ffmpeg ${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}

/** Moving test pictures, 96x64 at 25 frames a second, 20 of them. */
export const picture = ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.8"] as const;

export interface OracleFrame {
  /** In ticks of `timeBase`. */
  readonly pts: number;
  /** MD5 of its samples. */
  readonly hash: string;
}

/** What ffmpeg itself makes of a file's video, frame by frame: samples in `pixelFormat`, time stamps as in the file. */
export async function oracleFrames(
  folder: string,
  input: readonly string[],
  pixelFormat: string,
  filter = "null",
): Promise<{ timeBase: number; frames: OracleFrame[] }> {
  const text = new TextDecoder().decode(
    await ffmpeg(
      ...[folder, "-copyts", "-noautorotate", ...input, "-map", "0:v:0", "-vf", filter] as [string, ...string[]],
      ...["-vsync", "passthrough", "-enc_time_base", "-1", "-pix_fmt", pixelFormat, "-f", "framemd5", "-"],
    ),
  );
  const [num, den] = /^#tb 0: (\d+)\/(\d+)$/m.exec(text)!.slice(1).map(Number);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const frames = lines.map((line) => {
    const [, , pts, , , hash] = line.split(",").map((field) => field.trim());
    return { pts: Number(pts), hash: hash! };
  });
  return { timeBase: num! / den!, frames };
}
