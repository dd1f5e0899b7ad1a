// Proxies match their source frame for frame, whatever it is: each frame is at its place, no other is nearer to it, and keyframes
// are the same in all sizes.

import assert from "node:assert/strict";
import { keyframePositions } from "../support/av1_headers.ts";
import { decodeIvf } from "../support/dav1d.ts";
import { type Ivf, readIvfPackets } from "../support/ivf_packets.ts";
import { makeSource, ProxyFolder, proxyTestsAreIgnored as ignore, sourceFrames } from "../support/proxy_folder.ts";
import { ffmpeg, psnr, scaledFrames } from "../support/scaled_frames.ts";

const percents = [25, 50, 75, 100];
/** A picture that is encoded at this quantizer is at least so near to its original: decibels. */
const nearEnough = 27;
const quick = ["-q", "60"];

interface SourceKind {
  readonly name: string;
  readonly rate?: string;
  /** What makes the file, from the input with index 0. */
  make(folder: ProxyFolder, raw: string): Promise<string>;
  readonly ivfRate?: string;
}

const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-g", "12"];

const kinds: readonly SourceKind[] = [
  ...["25", "24000/1001", "30000/1001", "60000/1001"].map((rate): SourceKind => ({
    name: `${rate} frames a second, with B-frames`,
    rate,
    ivfRate: rate.includes("/") ? rate : `${rate}/1`,
    make: (folder, raw) => makeSource(folder, "film.mp4", "-i", raw, ...x264),
  })),
  {
    name: "open GOPs",
    make: (folder, raw) =>
      makeSource(folder, "film.mkv", "-i", raw, ...x264, "-x264-params", "open-gop=1:keyint=8:min-keyint=8:bframes=3"),
  },
  {
    name: "a variable frame rate",
    make: (folder, raw) =>
      makeSource(
        folder,
        "film.mkv",
        ...["-i", raw, "-vf", "setpts='(N+3*floor(N/5)+mod(N,2))/25/TB'", "-fps_mode", "vfr", ...x264],
      ),
  },
  {
    name: "an edit list that leaves out its first frames",
    make: async (folder, raw) => {
      const whole = await makeSource(folder, "whole.mp4", "-i", raw, ...x264);
      return await makeSource(folder, "film.mp4", "-ss", "0.7", "-i", whole, "-c", "copy");
    },
  },
  {
    name: "a container that claims far more frames than it has",
    make: async (folder, raw) => {
      const path = await makeSource(folder, "film.avi", "-i", raw, "-c:v", "mpeg4", "-bf", "2");
      claimFrames(path, 100_000);
      return path;
    },
  },
  {
    name: "a container that claims fewer frames than it has",
    make: async (folder, raw) => {
      const path = await makeSource(folder, "film.avi", "-i", raw, "-c:v", "mpeg4");
      claimFrames(path, 7);
      return path;
    },
  },
  {
    name: "a full range",
    make: (folder, raw) =>
      makeSource(folder, "film.mp4", "-i", raw, "-vf", "scale=out_range=pc", ...x264, "-color_range", "pc"),
  },
];

/** dwTotalFrames of avih and dwLength of strh: AVI RIFF File Reference. */
function claimFrames(path: string, frames: number): void {
  const bytes = Deno.readFileSync(path), view = new DataView(bytes.buffer);
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 4096));
  view.setUint32(text.indexOf("avih") + 8 + 16, frames, true);
  view.setUint32(text.indexOf("strh") + 8 + 32, frames, true);
  Deno.writeFileSync(path, bytes);
}

for (const kind of kinds) {
  Deno.test({
    name: `proxies of a source with ${kind.name} have its frames at their places, and the same keyframes`,
    ignore,
    fn: async () => {
      using folder = new ProxyFolder();
      const source = await kind.make(folder, await folder.raw({ rate: kind.rate }));
      const { code, errors, lines } = await folder.proxies([source, ...quick]);
      assert.equal(code, 0, errors.join("\n"));
      const proxies = percents.map((percent) => readIvfPackets(folder.read(`out/film_${percent}.ivf`)));
      const frames = proxies[0]!.packets.length;
      assert.equal(lines.findLast(({ type }) => type === "summary")?.sourceFrames, frames);
      for (const [at, ivf] of proxies.entries()) {
        if (kind.ivfRate) assert.equal(ivf.frameRate, kind.ivfRate);
        assert.deepEqual(keyframePositions(ivf.packets), positionsOfKeyframes(frames, 15));
        await assertFrames(folder.file(`out/film_${percents[at]}.ivf`), ivf, source);
      }
    },
  });
}

function positionsOfKeyframes(frames: number, keyint: number): number[] {
  return Array.from({ length: Math.ceil(frames / keyint) }, (_, gop) => gop * keyint);
}

/** Every frame is near to the source's of its number, and no other frame nearby is as near. */
async function assertFrames(path: string, { width, height, packets }: Ivf, source: string): Promise<void> {
  const [shown, expected] = [await decodeIvf(path), await scaledFrames(source, width, height)];
  const size = width * height * 3 / 2;
  assert.deepEqual([shown.length / size, expected.length / size], [packets.length, packets.length]);
  const of = (frames: Uint8Array, number: number) => frames.subarray(number * size, (number + 1) * size);
  for (let frame = 0; frame < packets.length; frame++) {
    const nearness = psnr(of(shown, frame), of(expected, frame));
    assert.ok(nearness >= nearEnough, `frame ${frame} of ${path}: ${nearness} dB`);
    for (const other of [frame - 2, frame - 1, frame + 1, frame + 2]) {
      if (other < 0 || other >= packets.length) continue;
      const its = psnr(of(shown, frame), of(expected, other));
      assert.ok(its < nearness, `frame ${frame} of ${path} is as near to frame ${other}: ${its} dB`);
    }
  }
}

Deno.test({
  name: "proxies whose every frame is a keyframe seek exactly: any packet alone decodes to its own frame",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await makeSource(folder, "film.mp4", "-i", await folder.raw(), ...x264);
    const { code, errors } = await folder.proxies([source, ...quick, "--every-frame-key", "--sizes", "50,100"]);
    assert.equal(code, 0, errors.join("\n"));
    for (const percent of [50, 100]) {
      const bytes = folder.read(`out/film_${percent}.ivf`), ivf = readIvfPackets(bytes);
      assert.deepEqual(keyframePositions(ivf.packets), positionsOfKeyframes(sourceFrames, 1));
      const all = await decodeIvf(folder.file(`out/film_${percent}.ivf`));
      const expected = await scaledFrames(source, ivf.width, ivf.height);
      const size = ivf.width * ivf.height * 3 / 2;
      for (const frame of [0, 1, 17, 18, sourceFrames - 1]) {
        const { data } = ivf.packets[frame]!;
        const start = data.byteOffset - bytes.byteOffset - 12;
        folder.write(
          "one.ivf",
          new Uint8Array([...bytes.subarray(0, 32), ...bytes.subarray(start, start + 12 + data.length)]),
        );
        const one = await decodeIvf(folder.file("one.ivf"));
        assert.deepEqual(one, all.subarray(frame * size, (frame + 1) * size), `frame ${frame}`);
        assert.ok(psnr(one, expected.subarray(frame * size, (frame + 1) * size)) >= nearEnough);
      }
    }
  },
});

Deno.test({
  name: "a limit ends all sizes at the same frame, and 10 bits stay 10 bits",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const ten = ["-pix_fmt", "yuv420p10le", "-c:v", "ffv1"];
    const source = await makeSource(folder, "film.mkv", "-i", await folder.raw(), ...ten);
    const { code, errors } = await folder.proxies([source, "--limit", "22", "--sizes", "50,100"]);
    assert.equal(code, 0, errors.join("\n"));
    for (const percent of [50, 100]) {
      const path = folder.file(`out/film_${percent}.ivf`);
      assert.equal(readIvfPackets(Deno.readFileSync(path)).packets.length, 22);
      const y4m = new TextDecoder("latin1").decode(
        await ffmpeg("-i", path, "-f", "yuv4mpegpipe", "-strict", "-1", "pipe:1"),
      );
      assert.match(y4m.slice(0, 100), /C420p10/);
    }
  },
});

Deno.test({
  name: "frames of which a pipe holds no whole one hold nothing up",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const picture = "testsrc2=s=1920x1080:r=25";
    const source = await makeSource(folder, "film.mkv", "-f", "lavfi", "-i", picture, "-frames:v", "3", ...x264);
    const { code, errors } = await folder.proxies([source, "--sizes", "25,90,100"]);
    assert.equal(code, 0, errors.join("\n"));
    for (const percent of [25, 90, 100]) {
      assert.equal(readIvfPackets(folder.read(`out/film_${percent}.ivf`)).packets.length, 3);
    }
  },
});

Deno.test({
  name: "names are taken as they are, and Blender's layout is a folder of the source's name",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const plain = await makeSource(folder, "a.mkv", "-i", await folder.raw(), "-c:v", "ffv1");
    const name = "-i é:%d a\n.mkv";
    Deno.renameSync(plain, folder.file(name));
    const words = ["--sizes", "50", "--limit", "4", "--layout", "blender"];
    const { code, errors } = await folder.proxies([folder.file(name), ...words]);
    assert.equal(code, 0, errors.join("\n"));
    assert.deepEqual(folder.namesIn(`out/BL_proxy/${name}`), ["proxy_50.ivf"]);
  },
});

Deno.test({
  name: "what is said of a source names filters that help, which the command takes",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const args = ["-i", await folder.raw({ frames: 2 }), "-c:v", "ffv1"];
    const sources = [
      await makeSource(folder, "fields.mkv", ...args, "-field_order", "tt", "-vf", "setfield=tff"),
      await makeSource(folder, "rgb.mkv", ...args, "-pix_fmt", "bgr0"),
    ];
    const said: string[] = [];
    for (const source of sources) {
      const { code, errors, warnings, notes } = await folder.proxies([source, "--sizes", "50"]);
      assert.equal(code, 0, errors.join("\n"));
      said.push(...warnings, ...notes);
    }
    const text = said.join("\n");
    const advice = /is interlaced; its frames are encoded as they are, both fields in one; --video-filter (\S+) /.exec(
      text,
    );
    assert.match(text, /is converted to .*: as BT\.709 of limited range/);
    const filtered = await folder.proxies([
      sources[0]!,
      "--sizes",
      "50",
      "-y",
      "--video-filter",
      advice?.[1] ?? "none",
    ]);
    assert.equal(filtered.code, 0, filtered.errors.join("\n"));
  },
});
