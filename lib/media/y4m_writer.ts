// Writes y4m files (yuv4mpeg(5)): one header line, then for each frame a FRAME line and its samples. Nothing is added
// that was not asked for, so that odd and old-fashioned headers can be made on purpose.

import { type Clip, clipFrames } from "./demo_clip.ts";

export interface Y4mParameters {
  /** The C parameter, for instance "420p10"; what the clip's format is called where absent, left out where null. */
  readonly colour?: string | null;
  /** The F parameter; "25:1" where absent, left out where null. */
  readonly frameRate?: string | null;
  /** Further parameters in order, for instance ["Ip", "A1:1", "XCOLORRANGE=FULL"]. */
  readonly others?: readonly string[];
  /** What stands after FRAME at frame n, for instance " Ip"; nothing where absent. */
  readonly frameParameters?: (frame: number) => string;
}

/** The header line with its newline. */
export function y4mHeader(clip: Clip, parameters: Y4mParameters = {}): string {
  const { colour = colourTag(clip), frameRate = "25:1", others = [] } = parameters;
  const words = ["YUV4MPEG2", `W${clip.width}`, `H${clip.height}`];
  if (frameRate !== null) words.push(`F${frameRate}`);
  words.push(...others);
  if (colour !== null) words.push(`C${colour}`);
  return words.join(" ") + "\n";
}

/** Makes the clip and writes it, replacing a file that is there. Throws what Deno's file functions throw. */
export function writeClip(path: string, clip: Clip, parameters: Y4mParameters = {}): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const text = new TextEncoder();
  writeAll(file, text.encode(y4mHeader(clip, parameters)));
  let n = 0;
  for (const frame of clipFrames(clip)) {
    writeAll(file, text.encode(`FRAME${parameters.frameParameters?.(n++) ?? ""}\n`));
    writeAll(file, frame);
  }
}

function colourTag(clip: Clip): string {
  const name = { "4:0:0": "mono", "4:2:0": "420", "4:2:2": "422", "4:4:4": "444" }[clip.chromaSampling];
  if (clip.bitDepth === 8) return name === "420" ? "420jpeg" : name;
  return `${name}${name === "mono" ? "" : "p"}${clip.bitDepth}`;
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
