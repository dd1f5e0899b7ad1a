import assert from "node:assert/strict";
import { describeNotY4m } from "../../../lib/media/file_kind.ts";
import { printable, quotedPath, shellWord } from "../../../lib/media/printable.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

Deno.test("describeNotY4m() knows the files people mistake for y4m", () => {
  const starts: [string, string][] = [
    ["\x1a\x45\xdf\xa3\x01\x00", "Matroska or WebM"],
    ["\x00\x00\x00\x20ftypisom", "MP4 or QuickTime"],
    ["\x00\x00\x00\x08wide\x00", "QuickTime"],
    ["RIFF\x24\x00\x00\x00AVI LIST", "AVI"],
    ["RIFF\x24\x00\x00\x00WAVEfmt ", "WAV"],
    ["DKIF\x00\x00\x20\x00AV01", "IVF"],
    ["\x12\x00\x0a\x0a\x00", "AV1 bitstream"],
    ["G" + "\x00".repeat(187) + "G" + "\x00".repeat(187), "MPEG transport"],
    ["\x00\x00\x00\x00G" + "\x00".repeat(191) + "G", "MPEG transport"],
    ["\x89PNG\r\n\x1a\n", "PNG"],
    ["\xff\xd8\xff\xe0", "JPEG"],
    ["GIF89a", "GIF"],
    ["PK\x03\x04", "zip"],
    ["\x1f\x8b\x08", "gzip"],
    ["\xfd7zXZ\x00", "xz"],
    ["\x28\xb5\x2f\xfd", "zstd"],
    ["import vapoursynth as vs\ncore = vs.core\n", "VapourSynth"],
    ["#!/bin/sh\necho\n", "text"],
  ];
  for (const [start, kind] of starts) {
    const text = describeNotY4m(bytesOf(start), "in.x");
    assert.ok(text.startsWith("it looks like ") && text.includes(kind) && text.includes("not y4m"), text);
  }
  assert.equal(describeNotY4m(new Uint8Array()), "it is empty");
});

Deno.test("describeNotY4m() ends with a command that can be copied", () => {
  const matroska = bytesOf("\x1a\x45\xdf\xa3");
  assert.ok(describeNotY4m(matroska, "in.mkv").endsWith(": ffmpeg -i in.mkv -pix_fmt yuv420p out.y4m"));
  assert.ok(describeNotY4m(matroska, "it's.mkv").endsWith(": ffmpeg -i 'it'\\''s.mkv' -pix_fmt yuv420p out.y4m"));
  assert.ok(describeNotY4m(matroska).endsWith(": ffmpeg -i INPUT -pix_fmt yuv420p out.y4m"));
  assert.ok(describeNotY4m(bytesOf("import vapoursynth"), "a.vpy").endsWith(": vspipe -c y4m a.vpy out.y4m"));
});

Deno.test("describeNotY4m() shows bytes it does not know in hex, never raw", () => {
  const text = describeNotY4m(bytesOf("\x80\x00\x1b\x9b"), "raw.yuv");
  assert.ok(text.includes("it starts with the bytes 80 00 1b 9b"), text);
  assert.doesNotMatch(describeNotY4m(bytesOf("hello \x1b[2J \x9b31m\nworld")), /\p{C}/u);
});

Deno.test("printable() leaves text alone and turns what steers terminals into its code", () => {
  assert.equal(printable("Größe 映画 🎬.y4m"), "Größe 映画 🎬.y4m");
  assert.equal(printable("a\x1b[31m\n\x9b\u202e\ud800"), "a\\u{1b}[31m\\u{a}\\u{9b}\\u{202e}\\u{d800}");
  assert.equal(printable("abcdef", 3), "abc...");
  assert.equal(quotedPath("a\nb"), "'a\\u{a}b'");
});

Deno.test("shellWord() quotes what a shell would take apart", () => {
  assert.equal(shellWord("dir/clip-1.y4m"), "dir/clip-1.y4m");
  assert.equal(shellWord("a $(b).y4m"), "'a $(b).y4m'");
  assert.equal(shellWord(""), "''");
  assert.equal(shellWord("a\nb"), "INPUT");
});
