// Every codec that a container is said to hold is taken by the muxer of the ffmpeg that is here, as far as that can make it.

import assert from "node:assert/strict";
import { type Carried, holds } from "../../../lib/streams/carried.ts";
import { joinArguments } from "../../../lib/streams/join_arguments.ts";
import { ffmpeg, hasFfmpeg } from "../../support/ffmpeg.ts";
import { probe } from "../../support/ffprobe.ts";

/** ffmpeg's encoders, where they are called otherwise than the codec; those that are none here are left out. */
const encoders: Record<string, string> = {
  mp3: "libmp3lame",
  opus: "libopus",
  vorbis: "libvorbis",
  dts: "dca",
  subrip: "srt",
};

async function canEncode(): Promise<Set<string>> {
  const text = new TextDecoder().decode(await ffmpeg(".", "-hide_banner", "-encoders"));
  return new Set(text.split("\n").map((line) => line.trim().split(/\s+/)[1] ?? ""));
}

function probed(codec: string, path: string): ReturnType<typeof probe> {
  try {
    return probe(path);
  } catch (error) {
    throw new Error(`${codec} cannot be read again`, { cause: error });
  }
}

for (const format of ["mkv", "webm", "mp4"] as const) {
  Deno.test({
    name: `ffmpeg's muxer takes what ${format} is said to hold`,
    ignore: !hasFfmpeg,
    async fn() {
      const folder = Deno.makeTempDirSync({ prefix: "held-codecs-" }), can = await canEncode();
      const names = [...holds[format].audio].filter((codec) => can.has(encoders[codec] ?? codec));
      assert.ok(names.length >= 2, names.join());
      try {
        // Any video does: nothing of it is looked at.
        const video = ["-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.4", "-c:v", format === "webm" ? "libvpx" : "mpeg4"];
        await ffmpeg(folder, ...video, `video.${format}`);
        for (const codec of names) {
          const sound = ["-f", "lavfi", "-i", "sine=r=48000:d=0.4", "-ac", "2", "-c:a", encoders[codec] ?? codec];
          await ffmpeg(folder, ...sound, "-strict", "-2", "sound.mkv");
          const carried: Carried = {
            streams: [{ index: 0, kind: "audio", startSeconds: 0, encoder: undefined }],
            chapters: false,
            leftOut: undefined,
          };
          const args = joinArguments({
            video: `file:${folder}/video.${format}`,
            source: `${folder}/sound.mkv`,
            made: `file:${folder}/made.${format}`,
            isStream: false,
            format,
            carried,
            startSeconds: 0,
            hasEditList: false,
            isCutBefore: false,
            lasts: null,
          });
          const { success, stderr } = await new Deno.Command("ffmpeg", { args, stdin: "null" }).output();
          assert.ok(success, `${codec}: ${new TextDecoder().decode(stderr)}`);
          const { streams } = probed(codec, `${folder}/made.${format}`);
          assert.equal(streams[1].codec_name, codec);
        }
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

for (const format of ["mkv", "mp4"] as const) {
  Deno.test({
    name: `ffmpeg's muxer takes the covers that ${format} is said to hold`,
    ignore: !hasFfmpeg,
    async fn() {
      const folder = Deno.makeTempDirSync({ prefix: "held-covers-" });
      try {
        await ffmpeg(folder, "-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.4", "-c:v", "mpeg4", "video.mp4");
        for (const codec of holds[format].covers) {
          const picture = ["-f", "lavfi", "-i", "color=red:s=16x16:d=1:r=1", "-frames:v", "1", "-c:v", codec];
          await ffmpeg(folder, ...picture, "-f", "image2pipe", "picture");
          await ffmpeg(
            folder,
            ...["-i", "video.mp4", "-i", "picture", "-map", "0", "-map", "1", "-c", "copy"],
            ...["-disposition:v:1", "attached_pic", "source.mp4"],
          );
          const attached = format === "mkv"
            ? { attached: { fileName: "cover", mimeType: codec === "png" ? "image/png" : "image/jpeg" } }
            : {};
          const args = joinArguments({
            video: `file:${folder}/video.mp4`,
            source: `${folder}/source.mp4`,
            made: `file:${folder}/made.${format}`,
            isStream: false,
            format,
            carried: {
              streams: [{ index: 1, kind: "cover", startSeconds: 0, encoder: undefined, ...attached }],
              chapters: false,
              leftOut: undefined,
            },
            attached: [`${folder}/picture`],
            startSeconds: 0,
            hasEditList: false,
            isCutBefore: false,
            lasts: null,
          });
          const { success, stderr } = await new Deno.Command("ffmpeg", { args, stdin: "null" }).output();
          assert.ok(success, `${codec}: ${new TextDecoder().decode(stderr)}`);
          const [, cover] = probed(codec, `${folder}/made.${format}`).streams;
          assert.deepEqual([cover.codec_name, cover.disposition.attached_pic], [codec, 1]);
        }
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}
