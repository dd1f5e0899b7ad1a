// What a file is that is not y4m, told from its first bytes, and the command that makes a y4m of it. Only a guess for
// an error message: nothing is decided by it, and every command shown works as it stands.

import { printable, shellWord } from "./printable.ts";

type Advice = "ffmpeg" | "unpack" | "none";

/** Offset, the bytes there (one character a byte), what it is, what helps. The first that fits is taken. */
const signatures: readonly (readonly [number, string, string, Advice])[] = [
  [0, "\x1a\x45\xdf\xa3", "a Matroska or WebM file", "ffmpeg"],
  [4, "ftyp", "an MP4 or QuickTime file", "ffmpeg"],
  [4, "moov", "a QuickTime file", "ffmpeg"],
  [4, "mdat", "a QuickTime file", "ffmpeg"],
  [4, "wide", "a QuickTime file", "ffmpeg"],
  [8, "AVI ", "an AVI file", "ffmpeg"],
  [8, "WAVE", "a WAV file (sound only)", "none"],
  [0, "DKIF", "an IVF file (already encoded)", "ffmpeg"],
  [0, "\x12\x00\x0a", "an AV1 bitstream (already encoded)", "ffmpeg"],
  [0, "\x00\x00\x00\x01", "an H.264 or H.265 bitstream", "ffmpeg"],
  [0, "\x00\x00\x01\xba", "an MPEG program stream", "ffmpeg"],
  [0, "\x00\x00\x01\xb3", "an MPEG video stream", "ffmpeg"],
  [0, "OggS", "an Ogg file", "ffmpeg"],
  [0, "FLV\x01", "a Flash video", "ffmpeg"],
  [0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file", "ffmpeg"],
  [0, "GIF8", "a GIF image", "ffmpeg"],
  [0, "\x89PNG", "a PNG image", "ffmpeg"],
  [0, "\xff\xd8\xff", "a JPEG image", "ffmpeg"],
  [8, "WEBP", "a WebP image", "ffmpeg"],
  [0, "\x1f\x8b", "a gzip file", "unpack"],
  [0, "\xfd7zXZ\x00", "an xz file", "unpack"],
  [0, "\x28\xb5\x2f\xfd", "a zstd file", "unpack"],
  [0, "BZh", "a bzip2 file", "unpack"],
  [0, "PK\x03\x04", "a zip archive", "unpack"],
  [0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack"],
  [0, "YUV4MPEG ", "a YUV4MPEG stream of the obsolete first version", "none"],
];

const mpegTsPacketBytes = 188;
const scannedBytes = 512;

/**
 * One clause on what the file that starts with `start` is, and what to do about it: "it looks like an AVI file, not
 * y4m; convert it: ffmpeg ...". `path`, where there is one, goes into the command.
 */
export function describeNotY4m(start: Uint8Array, path?: string): string {
  if (start.length === 0) return "it is empty";
  const text = String.fromCharCode(...start.subarray(0, scannedBytes));
  const input = path === undefined ? "INPUT" : shellWord(path);
  const found = signatures.find(([offset, magic]) => text.startsWith(magic, offset));
  if (found !== undefined) return `it looks like ${found[2]}, not y4m${adviceText(found[3], input)}`;
  if (isMpegTransport(text)) return `it looks like an MPEG transport stream, not y4m${adviceText("ffmpeg", input)}`;
  if (/\bvapoursynth\b/.test(text)) {
    return `it looks like a VapourSynth script, not y4m; run it: vspipe -c y4m ${input} out.y4m`;
  }
  // deno-lint-ignore no-control-regex
  if (!/[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text)) {
    return `it looks like text, not y4m: it starts with '${
      printable(text.split(/[\r\n]/, 1)[0]!, 24)
    }'; name a y4m file`;
  }
  const hex = Array.from(start.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `it is not a y4m file: it starts with the bytes ${hex}, not with YUV4MPEG2; ` +
    `raw samples need a header: ffmpeg -f rawvideo -pix_fmt yuv420p -s WIDTHxHEIGHT -r RATE -i ${input} out.y4m`;
}

function adviceText(advice: Advice, input: string): string {
  switch (advice) {
    case "ffmpeg":
      return "; convert it (to keep 10 bits, with -pix_fmt yuv420p10le -strict -1): " +
        `ffmpeg -i ${input} -pix_fmt yuv420p out.y4m`;
    case "unpack":
      return "; unpack it first";
    case "none":
      return "; name a y4m file";
  }
}

/** Packets start with 0x47; those of Blu-ray's m2ts files have four bytes before it. */
function isMpegTransport(text: string): boolean {
  return [[0, mpegTsPacketBytes], [4, mpegTsPacketBytes + 4]].some(([offset, stride]) =>
    text[offset!] === "G" && text[offset! + stride!] === "G"
  );
}
