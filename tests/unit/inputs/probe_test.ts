// ffprobe's answers as it might give them, good and bad: nothing that was not checked comes out.

import assert from "node:assert/strict";
import fc from "fast-check";
import { contentLightOf, masteringDisplayOf } from "../../../lib/inputs/hdr_metadata.ts";
import { type Fields, fieldsOf } from "../../../lib/inputs/probe_fields.ts";
import { sourceVideo } from "../../../lib/inputs/probe_video.ts";
import { rav1eColourName } from "../../../lib/inputs/ffmpeg_colours.ts";
import { describedBy, withFacts } from "../../../lib/inputs/source_facts.ts";
import { matrices, primaries, transfers } from "../../../lib/cli/colour_names.ts";
import { defaultOptions } from "../../../lib/encode/settings.ts";
import { InputError } from "../../../lib/errors.ts";

const refuse = (what: string) => new InputError(what);
const film = {
  index: 1,
  codec_name: "h264",
  width: 1920,
  height: 1080,
  pix_fmt: "yuv420p",
  sample_aspect_ratio: "4:3",
  chroma_location: "left",
  color_range: "tv",
  color_primaries: "bt709",
  field_order: "progressive",
  r_frame_rate: "24000/1001",
  avg_frame_rate: "24000/1001",
  time_base: "1/90000",
  start_time: "0.083000",
  duration: "10.000000",
  nb_frames: "240",
};

Deno.test("where chroma lies is what the stream says, and what its standard means where it is silent", () => {
  const position = (changes: Fields) => sourceVideo({ ...film, ...changes }, refuse).format.chromaSamplePosition;
  const { chroma_location: _, ...silent } = { ...film, codec_name: "hevc" };
  assert.equal(sourceVideo(silent, refuse).format.chromaSamplePosition, "vertical");
  assert.equal(position({ codec_name: "hevc", chroma_location: "unspecified" }), "vertical");
  assert.equal(position({ codec_name: "hevc", chroma_location: "topleft" }), "colocated");
  assert.equal(position({ codec_name: "hevc", chroma_location: "center" }), "unknown");
  assert.equal(position({ codec_name: "mjpeg", chroma_location: "unspecified" }), "unknown");
});

Deno.test("a stream's description is taken over, and what it does not say is null", () => {
  const video = sourceVideo(film, refuse);
  assert.deepEqual(video, {
    index: 1,
    codec: "h264",
    pixelFormat: "yuv420p",
    format: {
      width: 1920,
      height: 1080,
      bitDepth: 8,
      chromaSampling: "4:2:0",
      chromaSamplePosition: "vertical",
      sampleAspectRatio: { num: 4, den: 3 },
      frameRate: { num: 24000, den: 1001 },
      fullRange: false,
    },
    timeBase: { num: 1, den: 90000 },
    startSeconds: 0.083,
    primaries: "BT709",
    transfer: null,
    matrix: null,
    rotation: 0,
    isMirrored: false,
    isInterlaced: false,
    isVariable: false,
    claimedFrames: 240,
    claimedEnd: 10.083,
  });
});

Deno.test("a video that ffmpeg can find no picture in is refused for that, not for its size", () => {
  const { pix_fmt: _, ...none } = film;
  const refused = (codec_name: string) => () => sourceVideo({ ...none, codec_name, width: 0, height: 0 }, refuse);
  assert.throws(
    refused("webp"),
    /^InputError: this ffmpeg finds no picture in its video \(webp\): it is animated, damaged or/,
  );
  assert.throws(
    refused("vvc"),
    /no picture in its video \(vvc\): it is of a kind that it does not know, damaged or empty$/,
  );
  assert.throws(() => sourceVideo({ ...film, width: 70_000 }, refuse), /has no size that can be encoded/);
});

Deno.test("rates that differ by rounding are constant, twice the other counts fields, all else varies", () => {
  const rate = (fits: string, average: string, more: Fields = {}) => {
    const { format, isVariable } = sourceVideo(
      { ...film, r_frame_rate: fits, avg_frame_rate: average, ...more },
      refuse,
    );
    return `${format.frameRate.num}/${format.frameRate.den} ${isVariable}`;
  };
  assert.equal(rate("24000/1001", "768000/32023"), "24000/1001 false");
  assert.equal(rate("50/1", "25/1"), "25/1 false");
  assert.equal(rate("60000/1001", "30000/1001"), "30000/1001 false");
  assert.equal(rate("30/1", "27/1"), "27/1 true");
  assert.equal(rate("25/1", "150/11"), "150/11 true");
  assert.equal(rate("0/0", "25/1"), "25/1 false");
  assert.equal(rate("0/0", "0/0"), "25/1 false");
  // A few frames in milliseconds.
  assert.equal(rate("25/1", "2000/81", { duration: "0.08", time_base: "1/1000" }), "25/1 false");
});

Deno.test("an index that counts more frames than are shown claims those that are", () => {
  const claimed = (more: Fields) => sourceVideo({ ...film, ...more }, refuse).claimedFrames;
  // An edit list: 16 frames in the index, the first of them left out.
  const cut = { r_frame_rate: "25/1", avg_frame_rate: "25/1", nb_frames: "16" };
  assert.equal(claimed({ ...cut, duration: "0.500000" }), 12);
  assert.equal(claimed({ ...cut, duration: "0.480000" }), 12);
  assert.equal(claimed({ ...cut, duration: "0.639000" }), 16);
  assert.equal(claimed({ ...cut, duration: "12.000000" }), 16);
  assert.equal(claimed({ ...cut, duration: "0.001" }), 1);
  assert.equal(claimed({ ...cut, duration: undefined }), 16);
  assert.equal(claimed({ ...cut, duration: "0.500000", avg_frame_rate: "24/1" }), null);
  // Rounding is no frame less.
  assert.equal(claimed({}), 240);
});

Deno.test("a display matrix says how the picture is turned, and whether it is mirrored before that", () => {
  const orientation = (a: number, b: number, c: number, d: number) => {
    const line = (at: number, ...values: number[]) =>
      `0000000${at}: ${values.map((value) => `${value}`.padStart(11)).join("")}`;
    const displaymatrix = `\n${line(0, a, b, 0)}\n${line(1, c, d, 0)}\n${line(2, 0, 0, 0x40000000)}\n`;
    // ffprobe's own word of it is not that of a mirrored one.
    const { rotation, isMirrored } = sourceVideo(
      { ...film, side_data_list: [{ displaymatrix, rotation: -180 }] },
      refuse,
    );
    return [rotation, isMirrored];
  };
  const one = 65536, half = Math.round(one / Math.SQRT2);
  assert.deepEqual(orientation(one, 0, 0, one), [0, false]);
  assert.deepEqual(orientation(0, one, -one, 0), [90, false]);
  assert.deepEqual(orientation(-one, 0, 0, -one), [180, false]);
  assert.deepEqual(orientation(0, -one, one, 0), [270, false]);
  assert.deepEqual(orientation(half, half, -half, half), [45, false]);
  assert.deepEqual(orientation(-one, 0, 0, one), [0, true]);
  assert.deepEqual(orientation(one, 0, 0, -one), [180, true]);
  assert.deepEqual(orientation(0, one, one, 0), [270, true]);
  assert.deepEqual(orientation(0, -one, -one, 0), [90, true]);
  // It shows nothing: ffprobe's word counts.
  assert.deepEqual(orientation(0, 0, 0, 0), [180, false]);
});

Deno.test("rotation is counted clockwise, whoever says it", () => {
  const rotation = (more: Fields) => sourceVideo({ ...film, ...more }, refuse).rotation;
  assert.equal(rotation({ side_data_list: [{ rotation: -90 }] }), 90);
  assert.equal(rotation({ side_data_list: [{ rotation: 180 }] }), 180);
  assert.equal(rotation({ tags: { rotate: "270" } }), 270);
  assert.equal(rotation({ side_data_list: [{ rotation: "much" }] }), 0);
});

Deno.test("whatever ffprobe says, a description is whole or refused", () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.constantFrom("0/0", "1/0", "-1", "99999999999999999999", "N/A", "unknown"),
  );
  const keys = [...Object.keys(film), "tags", "side_data_list", "disposition"];
  fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...keys), anything), { maxLength: 6 }), (changes) => {
    try {
      const { format, timeBase, rotation } = sourceVideo(fieldsOf({ ...film, ...Object.fromEntries(changes) }), refuse);
      assert.ok(format.width >= 1 && format.height >= 1 && format.width <= 65535 && format.height <= 65535);
      for (const { num, den } of [format.frameRate, format.sampleAspectRatio, timeBase]) {
        assert.ok(num >= 1 && den >= 1 && num <= 0xffffffff && den <= 0xffffffff);
      }
      assert.ok(rotation >= 0 && rotation < 360);
    } catch (error) {
      assert.ok(error instanceof InputError, `${error}`);
    }
  }));
});

const hdr = {
  side_data_type: "Mastering display metadata",
  red_x: "34000/50000",
  red_y: "16000/50000",
  green_x: "13250/50000",
  green_y: "34500/50000",
  blue_x: "7500/50000",
  blue_y: "3000/50000",
  white_point_x: "15635/50000",
  white_point_y: "16450/50000",
  min_luminance: "1/10000",
  max_luminance: "10000000/10000",
};

Deno.test("HDR10's metadata is in rav1e's notation, and half of it is none", () => {
  const expected = "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)";
  assert.equal(masteringDisplayOf([{}, hdr]), expected);
  for (const key of Object.keys(hdr)) {
    assert.equal(masteringDisplayOf([{ ...hdr, [key]: undefined }]), null, key);
    assert.equal(masteringDisplayOf([{ ...hdr, [key]: "7/0" }]), null, key);
  }
  const light = { side_data_type: "Content light level metadata", max_content: 1000, max_average: 400 };
  assert.equal(contentLightOf([hdr, light]), "1000,400");
  assert.equal(contentLightOf([{ ...light, max_content: 0, max_average: 0 }]), null);
  assert.equal(contentLightOf([{ ...light, max_content: 65536 }]), null);
});

Deno.test("colours get rav1e's own names, and what it has none for gets none", () => {
  assert.equal(rav1eColourName("primaries", "bt2020"), "BT2020");
  assert.equal(rav1eColourName("transfer", "arib-std-b67"), "HLG");
  assert.equal(rav1eColourName("matrix", "bt2020nc"), "BT2020NCL");
  assert.equal(rav1eColourName("matrix", "ipt-c2"), null);
  assert.equal(rav1eColourName("primaries", "toString"), null);
  const names = { primaries, transfer: transfers, matrix: matrices };
  for (const word of ["bt709", "smpte170m", "smpte240m", "bt470bg", "smpte428", "gbr", "ictcp", "log316", "film"]) {
    for (const property of ["primaries", "transfer", "matrix"] as const) {
      const name = rav1eColourName(property, word);
      assert.ok(name === null || names[property].includes(name), `${property} ${word}`);
    }
  }
});

Deno.test("what the command line names is not the source's to decide", () => {
  const facts = {
    primaries: "BT2020",
    transfer: "SMPTE2084",
    matrix: "BT2020NCL",
    masteringDisplay: "G(...)",
    contentLight: "1000,400",
  };
  assert.deepEqual(withFacts(defaultOptions, [], facts), { ...defaultOptions, ...facts });
  const options = { ...defaultOptions, transfer: "SRGB" };
  const described = describedBy(new Set(["primaries", "speed", "content-light"]));
  assert.deepEqual(described, ["primaries", "contentLight"]);
  const merged = withFacts(options, described, facts);
  assert.deepEqual([merged.primaries, merged.transfer, merged.matrix], ["Unspecified", "SRGB", "BT2020NCL"]);
  assert.equal(merged.contentLight, null);
});
