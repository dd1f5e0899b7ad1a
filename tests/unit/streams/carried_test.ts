import assert from "node:assert/strict";
import type { ContainerFormat } from "../../../lib/containers/container.ts";
import type { SourceMedia, SourceStream } from "../../../lib/media/source_media.ts";
import { carriedStreams } from "../../../lib/streams/carried.ts";

/** A source with these streams beside its video; nothing else of it is asked for. */
function source(chapters: number, ...others: [kind: SourceStream["kind"], codec: string][]): SourceMedia {
  const streams = others.map(([kind, codec], n) => ({ index: n + 1, kind, codec, startSeconds: n / 10 }));
  return { path: "in.mkv", container: "matroska,webm", others: streams, chapters } as unknown as SourceMedia;
}

const all = { audio: "copy", subtitles: "copy", isCutBefore: false } as const;
const film = source(
  2,
  ["audio", "truehd"],
  ["audio", "opus"],
  ["subtitle", "subrip"],
  ["subtitle", "hdmv_pgs_subtitle"],
  ["attachment", "ttf"],
  ["other", "mjpeg"],
);

const expected: [ContainerFormat, [number, string | undefined][], boolean, string | undefined][] = [
  [
    "mkv",
    [[1, undefined], [2, undefined], [3, undefined], [4, undefined], [5, undefined]],
    true,
    ".mkv has no room for stream 6 (mjpeg): left out",
  ],
  [
    "webm",
    [[2, undefined], [3, "webvtt"]],
    true,
    ".webm has no room for audio 1 (truehd), subtitle 4 (hdmv_pgs_subtitle), attachment 5 (ttf), stream 6 (mjpeg): left out",
  ],
  [
    "mp4",
    [[2, undefined], [3, "mov_text"]],
    true,
    ".mp4 has no room for audio 1 (truehd), subtitle 4 (hdmv_pgs_subtitle), attachment 5 (ttf), stream 6 (mjpeg): left out",
  ],
  [
    "ivf",
    [],
    false,
    ".ivf has no room for audio 1 (truehd), audio 2 (opus), subtitle 3 (subrip), subtitle 4 (hdmv_pgs_subtitle), " +
    "attachment 5 (ttf), stream 6 (mjpeg), 2 chapters: left out",
  ],
];
for (const [format, streams, chapters, leftOut] of expected) {
  Deno.test(`${format} gets what it can hold, and the rest is named`, () => {
    const carried = carriedStreams(film, format, all);
    assert.deepEqual(carried.streams.map(({ index, encoder }) => [index, encoder]), streams);
    assert.deepEqual([carried.chapters, carried.leftOut], [chapters, leftOut]);
  });
}

Deno.test("covers are attached to Matroska under their names, and are streams of MP4", () => {
  const covers = source(0, ["cover", "mjpeg"], ["cover", "png"], ["cover", "bmp"]);
  const named = { ...covers, others: covers.others.map((one, n) => n === 1 ? { ...one, fileName: "back.png" } : one) };
  assert.deepEqual(carriedStreams(named, "mkv", all).streams.map(({ index, attached }) => [index, attached]), [
    [1, { fileName: "cover.jpg", mimeType: "image/jpeg" }],
    [2, { fileName: "back.png", mimeType: "image/png" }],
  ]);
  assert.equal(carriedStreams(named, "mkv", all).leftOut, ".mkv has no room for cover 3 (bmp): left out");
  assert.deepEqual(carriedStreams(covers, "mkv", all).streams.map(({ attached }) => attached?.fileName), [
    "cover.jpg",
    "cover-2.png",
  ]);
  const { streams, leftOut } = carriedStreams(covers, "mp4", all);
  assert.deepEqual(streams.map(({ index, attached }) => [index, attached]), [[1, undefined], [2, undefined], [
    3,
    undefined,
  ]]);
  assert.equal(leftOut, undefined);
  assert.match(
    carriedStreams(named, "mp4", { ...all, isStream: true }).leftOut!,
    /cover 1 \(mjpeg in a stream\), cover 2/,
  );
  assert.equal(carriedStreams(named, "mkv", { ...all, isStream: true }).streams.length, 2);
  assert.equal(
    carriedStreams(covers, "webm", all).leftOut,
    ".webm has no room for cover 1 (mjpeg), cover 2 (png), cover 3 (bmp): left out",
  );
});

Deno.test("another video is no stream that a container has no room for", () => {
  const { streams, leftOut } = carriedStreams(source(0, ["video", "h264"], ["audio", "aac"]), "mkv", all);
  assert.deepEqual([streams.map(({ index }) => index), leftOut], [[2], undefined]);
});

Deno.test("what is not wanted is not missed", () => {
  const { streams, leftOut } = carriedStreams(film, "webm", { ...all, audio: "none", subtitles: "none" });
  assert.deepEqual(streams, []);
  assert.equal(leftOut, ".webm has no room for attachment 5 (ttf), stream 6 (mjpeg): left out");
});

Deno.test("text is not written anew where frames are left out before it: it would begin too early", () => {
  const { streams, leftOut } = carriedStreams(source(0, ["subtitle", "subrip"]), "mp4", { ...all, isCutBefore: true });
  assert.deepEqual([streams, leftOut], [[], ".mp4 has no room for subtitle 1 (subrip): left out"]);
});

Deno.test("the titles that MP4 keeps of its chapters as a stream are no stream that is missed", () => {
  assert.equal(carriedStreams(source(2, ["other", "bin_data"]), "mp4", all).leftOut, undefined);
  assert.match(carriedStreams(source(0, ["other", "bin_data"]), "mp4", all).leftOut!, /stream 1 \(bin_data\)/);
});

Deno.test("a codec's name is made safe to print", () => {
  assert.match(carriedStreams(source(0, ["audio", "a\x1b[2J"]), "mkv", all).leftOut!, /audio 1 \(a\\u\{1b\}\[2J\)/);
});
