// Every container holds the packets that the IVF file does, and says of them what ffprobe, mkvmerge and a decoder find to be
// so: number, times, keyframes, rate, colours, shape of samples, display.

import assert from "node:assert/strict";
import { clip, scenes } from "../support/clips.ts";
import { hasFfmpeg } from "../support/ffmpeg.ts";
import { decodedFrames, hasMkvmerge, mkvmergeSays, packetsOf, probe } from "../support/ffprobe.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { runProgram } from "../support/program.ts";
import { readMatroska } from "../support/read_matroska.ts";
import { readMp4 } from "../support/read_mp4.ts";
import { smallClipEncoded, smallClipFrames, WorkFolder } from "../support/work_folder.ts";

async function encode(folder: WorkFolder, output: string, ...args: string[]): Promise<Uint8Array> {
  const { code, stdout, stderr } = await runProgram(["in.y4m", "-o", output, "-s", "10", ...args], {
    cwd: folder.path,
  });
  assert.equal(code, 0, stderr);
  if (output === "-") folder.write("-", stdout);
  return folder.read(output);
}

/** The packets of an IVF file as other containers have them. */
function samples(ivf: Uint8Array): string[] {
  return readIvfPackets(ivf).packets.map(({ data }) => data.subarray(2).toHex());
}

const outputs: [output: string, args: string[]][] = [
  ["out.mkv", []],
  ["out.webm", []],
  ["out.mp4", []],
  ["-", ["--format", "mkv"]],
  ["-", ["--format", "webm"]],
  ["-", ["--format", "mp4"]],
  ["out", ["--format", "mkv"]],
];

for (const [output, args] of outputs) {
  Deno.test(`-o ${[output, ...args].join(" ")} holds the packets of the IVF file, byte for byte`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const bytes = await encode(folder, output, ...args);
    const format = args[1] ?? output.split(".")[1]!;
    const found = format === "mp4" ? readMp4(bytes).samples : readMatroska(bytes).frames;
    assert.deepEqual(found.map(({ data }) => data.toHex()), samples(await smallClipEncoded()));
    if (format !== "mp4") assert.equal(readMatroska(bytes).docType, format === "webm" ? "webm" : "matroska");
    assert.deepEqual(folder.names().filter((name) => !["in.y4m", output].includes(name)), []);
  });
}

Deno.test("obu is the packets of the IVF file one after the other, to a file and to a stream", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const packets = readIvfPackets(await smallClipEncoded()).packets.flatMap(({ data }) => [...data]);
  assert.deepEqual(await encode(folder, "out.obu"), Uint8Array.from(packets));
  assert.deepEqual(await encode(folder, "-", "--format", "obu"), Uint8Array.from(packets));
});

Deno.test("without --format a stream is IVF", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const bytes = await encode(folder, "-");
  assert.deepEqual(bytes.subarray(32), (await smallClipEncoded()).subarray(32));
});

Deno.test({
  name: "ffprobe finds every container's frames, their times, keyframes and pictures to be the IVF file's",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    await encode(folder, "out.ivf");
    const pictures = decodedFrames(folder.file("out.ivf")), wanted = packetsOf(folder.file("out.ivf"), "v");
    assert.equal(pictures.length, smallClipFrames);
    for (const [output, args] of [...outputs, ["out.obu", []] as [string, string[]]]) {
      await encode(folder, output, "-y", ...args);
      const path = folder.file(output);
      assert.deepEqual(decodedFrames(path), pictures, output);
      if (output === "out.obu") continue;
      const found = packetsOf(path, "v");
      assert.deepEqual(found.map(({ seconds }) => seconds), wanted.map(({ seconds }) => seconds), output);
      assert.deepEqual(found.map(({ isKey }) => isKey), wanted.map(({ isKey }) => isKey), output);
    }
  },
});

const rates = [
  ["24000:1001", "24000/1001"],
  ["30000:1001", "30000/1001"],
  ["60000:1001", "60000/1001"],
  ["25:1", "25/1"],
  ["15:2", "15/2"],
  ["240:1", "240/1"],
] as const;
for (const [y4m, rate] of rates) {
  Deno.test({
    name: `ffprobe says ${rate} of ${y4m} in every container, and its times are the frames'`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      const frames = 40;
      folder.clip("in.y4m", { frameRate: y4m }, clip(scenes(frames)));
      const [num, den] = rate.split("/").map(Number);
      for (const [output, args] of outputs.slice(0, 6)) {
        await encode(folder, output, "-y", ...args);
        const path = folder.file(output), [video] = probe(path).streams;
        // ffprobe makes a ratio of Matroska's nanoseconds a frame whose numerator is 30000 at most.
        const said = rate === "60000/1001" && video.time_base === "1/1000" ? "19001/317" : rate;
        assert.deepEqual([video.r_frame_rate, video.avg_frame_rate], [said, said], `${output} ${args}`);
        // Matroska's ticks; MP4's are whole for every frame.
        const tick = Number(video.time_base.split("/")[0]) / Number(video.time_base.split("/")[1]);
        for (const [frame, { seconds }] of packetsOf(path, "v").entries()) {
          assert.ok(Math.abs(seconds - frame * den! / num!) <= tick / 2 + 1e-6, `${output} frame ${frame}: ${seconds}`);
        }
      }
    },
  });
}

const hdr = [
  ...["--primaries", "BT2020", "--transfer", "SMPTE2084", "--matrix", "BT2020NCL", "--content-light", "1000,400"],
  ...["--mastering-display", "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)"],
];
const ten = clip(scenes(5), { bitDepth: 10, width: 144, height: 96 });

Deno.test({
  name: "ffprobe finds colours, HDR metadata and the shape of samples in the container",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    folder.clip("in.y4m", { others: ["A32:27"] }, ten);
    for (const [output, args] of outputs.slice(0, 6)) {
      await encode(folder, output, "-y", ...args, ...hdr);
      const [video] = probe(folder.file(output)).streams;
      const { color_range, color_space, color_transfer, color_primaries, sample_aspect_ratio, pix_fmt } = video;
      assert.deepEqual(
        { color_range, color_space, color_transfer, color_primaries, sample_aspect_ratio, pix_fmt },
        {
          color_range: "tv",
          color_space: "bt2020nc",
          color_transfer: "smpte2084",
          color_primaries: "bt2020",
          sample_aspect_ratio: "32:27",
          pix_fmt: "yuv420p10le",
        },
        `${output} ${args}`,
      );
      const [mastering, light] = ["Mastering display metadata", "Content light level metadata"].map((type) =>
        video.side_data_list.find((data: Record<string, string>) => data.side_data_type === type)
      );
      assert.deepEqual([light.max_content, light.max_average], [1000, 400]);
      const value = (name: string) => {
        const [num, den] = mastering[name].split("/").map(Number);
        return num / den;
      };
      const names = ["green_x", "green_y", "blue_x", "blue_y", "red_x", "red_y", "white_point_x", "white_point_y"];
      assert.deepEqual(names.map(value), [0.265, 0.69, 0.15, 0.06, 0.68, 0.32, 0.3127, 0.329]);
      assert.deepEqual(["max_luminance", "min_luminance"].map(value), [1000, 0.0001]);
    }
  },
});

Deno.test({
  name: "mkvmerge reads what is in an mkv and a webm, and finds no fault with it",
  ignore: !hasMkvmerge,
  async fn() {
    using folder = new WorkFolder();
    folder.clip("in.y4m", { frameRate: "24000:1001", others: ["A16:15"], colour: "420p10" }, ten);
    for (const output of ["out.mkv", "out.webm"]) {
      await encode(folder, output, ...hdr);
      const { container, tracks } = mkvmergeSays(folder.file(output));
      assert.equal(container.properties.duration, 209_000_000);
      const [{ codec, properties }] = tracks;
      assert.equal(codec, "AV1");
      assert.equal(properties.default_duration, 41_708_333);
      assert.equal(properties.pixel_dimensions, "144x96");
      assert.equal(properties.color_primaries, 9);
      assert.equal(properties.color_transfer_characteristics, 16);
      assert.equal(properties.color_matrix_coefficients, 9);
      assert.equal(properties.color_range, 1);
      assert.equal(properties.color_bits_per_channel, 10);
      assert.equal(properties.chromaticity_coordinates, "0.68,0.32,0.265,0.69,0.15,0.06");
      assert.equal(properties.white_color_coordinates, "0.3127,0.329");
      assert.deepEqual([properties.max_luminance, properties.min_luminance], [1000, 0.0001]);
      assert.deepEqual([properties.max_content_light, properties.max_frame_light], [1000, 400]);
      // The av1C record: 10 bits, and the sequence header in it.
      assert.equal(properties.codec_private_data.slice(0, 2), "81");
      assert.equal(properties.codec_private_data.slice(8, 10), "0a");
    }
  },
});

for (const sampling of ["4:0:0", "4:2:0", "4:2:2", "4:4:4"] as const) {
  Deno.test({
    name: `${sampling} of 8, 10 and 12 bits is said to be that by ffprobe, and decoded to the IVF file's pictures`,
    ignore: !hasFfmpeg,
    async fn() {
      for (const bitDepth of [8, 10, 12] as const) {
        using folder = new WorkFolder();
        folder.clip("in.y4m", {}, clip(scenes(3), { bitDepth, chromaSampling: sampling, width: 64, height: 64 }));
        await encode(folder, "out.ivf");
        const [wanted] = probe(folder.file("out.ivf")).streams, pictures = decodedFrames(folder.file("out.ivf"));
        for (const output of ["out.mkv", "out.mp4"]) {
          await encode(folder, output);
          const [video] = probe(folder.file(output)).streams;
          assert.equal(video.pix_fmt, wanted.pix_fmt);
          assert.equal(video.profile, wanted.profile);
          assert.deepEqual(decodedFrames(folder.file(output)), pictures);
        }
      }
    },
  });
}
