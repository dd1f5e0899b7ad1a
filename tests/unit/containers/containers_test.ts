import assert from "node:assert/strict";
import fc from "fast-check";
import { type Container, type ContainerFormat, type PacketRun } from "../../../lib/containers/container.ts";
import { openContainer } from "../../../lib/containers/open_container.ts";
import { constantTimes, type FrameTimes } from "../../../lib/media/frame_times.ts";
import { readMatroska } from "../../support/read_matroska.ts";
import { boxTypes, readMp4 } from "../../support/read_mp4.ts";
import { listedTimes, type MadeFrame, madeSample, runsOf, sequenceHeader, video } from "./made_packets.ts";

const formats: ContainerFormat[] = ["mkv", "webm", "mp4"];

function written(container: Container, runs: readonly PacketRun[], isStream: boolean): Uint8Array {
  const parts: Uint8Array[] = [container.head];
  let frames = 0;
  for (const run of runs) {
    parts.push(container.add(run).slice());
    frames += run.sizes.length;
  }
  const { tail, head } = container.end(frames);
  assert.ok(head.length >= container.head.length);
  if (!isStream) parts[0] = head;
  else assert.deepEqual(head, parts[0]);
  return Uint8Array.from([...parts, tail].flatMap((part) => [...part]));
}

interface Sample {
  readonly isKey: boolean;
  readonly data: Uint8Array;
  readonly seconds: number;
}

function read(format: ContainerFormat, bytes: Uint8Array): Sample[] {
  if (format === "mp4") {
    const { samples, timescale } = readMp4(bytes);
    return samples.map(({ isKey, data, start }) => ({ isKey, data, seconds: start / timescale }));
  }
  const { frames, scale } = readMatroska(bytes);
  return frames.map(({ isKey, data, ticks }) => ({ isKey, data, seconds: ticks * scale / 1e9 }));
}

const content = fc.array(fc.nat(255), { maxLength: 300 });
const frames = fc.array(fc.record({ isKey: fc.boolean(), content }), { minLength: 1, maxLength: 60 })
  .map(([first, ...rest]): MadeFrame[] => [{ ...first!, isKey: true }, ...rest]);
const lengths = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 });
const frameRate = fc.constantFrom(
  { num: 24000, den: 1001 },
  { num: 30000, den: 1001 },
  { num: 60000, den: 1001 },
  { num: 25, den: 1 },
  { num: 1, den: 7 },
  { num: 1000, den: 1 },
  { num: 999_999, den: 1000 },
  { num: 4_294_967_295, den: 178_956_970 },
);
const variable = fc.array(fc.integer({ min: 1, max: 9_000_000 }), { minLength: 60, maxLength: 60 })
  .map((durations) => listedTimes(durations.map((duration) => duration / 1e6)));

for (const format of formats) {
  for (const isStream of [false, true]) {
    const name = isStream ? `${format} as a stream` : format;
    const check = async (made: MadeFrame[], times: FrameTimes, runLengths: number[], tick: number) => {
      const runs = await runsOf(made, runLengths, times);
      const description = { ...video, frameRate: times.frameRate };
      const container = await openContainer(format, description, { isStream, times });
      const samples = read(format, written(container, runs, isStream));
      assert.deepEqual(
        samples.map(({ isKey, data }) => [isKey, data.toHex()]),
        made.map(({ isKey, content }) => [isKey, madeSample(isKey, content).toHex()]),
      );
      for (const [frame, { seconds }] of samples.entries()) {
        const { seconds: shown } = await times.of(frame);
        assert.ok(Math.abs(seconds - shown) <= tick / 2 + 1e-9 * shown + 1e-12, `frame ${frame}: ${seconds}, ${shown}`);
      }
    };

    Deno.test(`${name}: what was written is read back: packets, keyframes and times at any rate`, async () => {
      await fc.assert(
        fc.asyncProperty(frames, lengths, frameRate, async (made, runLengths, rate) => {
          await check(made, constantTimes(rate), runLengths, format === "mp4" ? 1e-12 : 1e-3);
        }),
        { numRuns: 60 },
      );
    });

    Deno.test(`${name}: frames that last differently long keep their times`, async () => {
      await fc.assert(
        fc.asyncProperty(frames, lengths, variable, async (made, runLengths, times) => {
          await check(made, times, runLengths, format === "mp4" ? 1e-6 : 1e-3);
        }),
        { numRuns: 60 },
      );
    });

    Deno.test(`${name}: the same packets make the same bytes, always`, async () => {
      const made: MadeFrame[] = Array.from({ length: 90 }, (_, n) => ({ isKey: n % 30 === 0, content: [n] }));
      const times = constantTimes(video.frameRate);
      const once = async () => {
        const container = await openContainer(format, video, { isStream, times });
        return written(container, await runsOf(made, [30, 30, 30], times), isStream);
      };
      assert.deepEqual(await once(), await once());
    });
  }
}

Deno.test("obu is the packets as they are, and needs no times", async () => {
  const times = constantTimes(video.frameRate);
  const runs = await runsOf([{ isKey: true, content: [1] }, { isKey: false, content: [2, 3] }], [1, 1], times);
  const container = await openContainer("obu", video, { isStream: true, times });
  assert.equal(container.needsTimes, false);
  assert.deepEqual(
    written(container, runs, true),
    Uint8Array.from(runs.flatMap(({ data }) => [...data])),
  );
});

Deno.test("Matroska's clusters begin with keyframes where there are some, and none is longer than five seconds", async () => {
  const times = constantTimes({ num: 25, den: 1 });
  const made: MadeFrame[] = Array.from(
    { length: 500 },
    (_, n) => ({ isKey: n < 100 ? n % 10 === 0 : n === 100, content: [] }),
  );
  const container = await openContainer("mkv", { ...video, frameRate: times.frameRate }, { isStream: false, times });
  const { clusters, cues, duration, track } = readMatroska(written(container, await runsOf(made, [], times), false));
  // Keyframes every 0.4 s: a second is full at the third. From the tenth on there is one, which comes too early.
  assert.deepEqual(clusters, [30, 30, 30, 125, 125, 125, 35]);
  assert.deepEqual(cues.map(({ frame }) => frame), made.flatMap(({ isKey }, n) => isKey ? [n] : []));
  assert.deepEqual(cues.map(({ ticks }) => ticks), cues.map(({ frame }) => frame * 40));
  assert.equal(duration, 20_000);
  assert.equal(BigInt(`0x${track.get("23e383")!.toHex()}`), 40_000_000n);
});

Deno.test("Matroska's ticks are finer where frames last but a few milliseconds", async () => {
  const times = constantTimes({ num: 1000, den: 1 });
  const made: MadeFrame[] = Array.from({ length: 3000 }, (_, n) => ({ isKey: n === 0, content: [] }));
  const container = await openContainer("mkv", { ...video, frameRate: times.frameRate }, { isStream: false, times });
  const { frames, scale } = readMatroska(written(container, await runsOf(made, [], times), false));
  assert.equal(scale, 100_000);
  assert.deepEqual(frames.map(({ ticks }) => ticks), made.map((_, n) => 10 * n));
});

Deno.test("a file says nothing of its end before that is known, and can be read up to there", async () => {
  const times = constantTimes(video.frameRate);
  const container = await openContainer("mkv", video, { isStream: false, times });
  const runs = await runsOf([{ isKey: true, content: [1] }], [], times);
  const bytes = Uint8Array.from([...container.head, ...container.add(runs[0]!)]);
  assert.deepEqual(readMatroska(bytes).frames, []);
  assert.equal(readMatroska(bytes).duration, undefined);
});

Deno.test("containers hold more than 4 GiB", async () => {
  const times = constantTimes(video.frameRate);
  // The same packet again and again: nothing of it stays.
  const size = 2 ** 20, count = 4200, media = count * (size - 2);
  const data = new Uint8Array(size);
  // A keyframe's OBU to the packet's end, whose size takes three bytes.
  const obu = size - 2 - sequenceHeader.length - 4;
  data.set([0x12, 0x00, ...sequenceHeader, 0x32, 0x80 | obu & 0x7f, 0x80 | obu >> 7 & 0x7f, obu >> 14, 0x10]);
  for (const format of ["mkv", "mp4"] as const) {
    const container = await openContainer(format, video, { isStream: false, times });
    let bytes = container.head.length;
    for (let first = 0; first < count; first++) {
      const { seconds, duration } = await times.of(first);
      bytes +=
        container.add({ first, sizes: Uint32Array.of(size), data, seconds: [seconds, seconds + duration] }).length;
    }
    const { tail, head } = container.end(count), all = bytes + tail.length;
    const headView = new DataView(head.buffer), tailView = new DataView(tail.buffer);
    if (format === "mp4") {
      assert.equal(Number(headView.getBigUint64(head.length - 8)), 16 + media);
      // The last table is that of the runs' places, of 64 bits; only the start of the samples' box follows.
      const at = head.length - 16 - 8 * count;
      assert.equal(new TextDecoder().decode(head.subarray(at - 12, at - 8)), "co64");
      const offsets = Array.from({ length: count }, (_, n) => Number(headView.getBigUint64(at + 8 * n)));
      assert.deepEqual(offsets, Array.from({ length: count }, (_, n) => head.length + n * (size - 2)));
    } else {
      const segment = head.toHex().indexOf("18538067") / 2, dataStart = segment + 12;
      assert.equal(Number(headView.getBigUint64(segment + 4) & 0xffffffffffffffn), all - dataStart);
      // The last of the places that the head names is that of the index.
      const cues = head.toHex().indexOf("53ab841c53bb6b") / 2 + 7;
      const index = tail.length - (all - dataStart - Number(headView.getBigUint64(cues + 3)));
      assert.equal(tailView.getUint32(index), 0x1c53bb6b);
    }
  }
});

const ordinary: MadeFrame[] = Array.from({ length: 90 }, (_, n) => ({ isKey: n % 30 === 0, content: [n] }));
const layouts: [name: string, frames: number | null, made: MadeFrame[], boxes: string[], headGrows: boolean][] = [
  ["in the room that was kept for it", 90, ordinary, ["ftyp", "moov", "free", "mdat"], false],
  ["where nobody knew how long it would be", null, ordinary, ["ftyp", "moov", "mdat"], true],
  ["where there are more keyframes than anyone expects", 300, [], ["ftyp", "moov", "mdat"], true],
  ["where there are more frames than were announced", 1, ordinary, ["ftyp", "moov", "mdat"], true],
];
for (const [name, frames, some, boxes, headGrows] of layouts) {
  Deno.test(`MP4's movie box comes before the samples, ${name}`, async () => {
    const times = constantTimes(video.frameRate);
    const made = some.length > 0
      ? some
      : Array.from({ length: 300 }, (_, n): MadeFrame => ({ isKey: n % 7 !== 6, content: [n % 256] }));
    const container = await openContainer("mp4", { ...video, frames }, { isStream: false, times });
    const before = container.head.length;
    const runs = await runsOf(made, Array(300).fill(1), times), bytes = written(container, runs, false);
    assert.deepEqual(boxTypes(bytes), boxes);
    assert.deepEqual(readMp4(bytes).samples.map(({ data }) => data.toHex()), made.map(sampleOf));
    assert.equal(container.end(made.length).head.length > before, headGrows);
  });
}

Deno.test("MP4 that another program makes the output of has its movie box last, and a head that does not grow", async () => {
  const times = constantTimes(video.frameRate);
  const container = await openContainer("mp4", { ...video, frames: 90 }, { isStream: false, times, isPassedOn: true });
  const before = container.head.length, bytes = written(container, await runsOf(ordinary, [], times), false);
  assert.deepEqual(boxTypes(bytes), ["ftyp", "mdat", "moov"]);
  assert.deepEqual(readMp4(bytes).samples.map(({ data }) => data.toHex()), ordinary.map(sampleOf));
  assert.equal(container.end(90).head.length, before);
});

Deno.test("MP4's movie box fits whatever room there is, to the byte, and its places are right", async () => {
  const times = constantTimes(video.frameRate);
  await fc.assert(
    fc.asyncProperty(frames, lengths, fc.integer({ min: 0, max: 200 }), async (made, runLengths, announced) => {
      const container = await openContainer("mp4", { ...video, frames: announced }, { isStream: false, times });
      const bytes = written(container, await runsOf(made, runLengths, times), false);
      assert.deepEqual(readMp4(bytes).samples.map(({ data }) => data.toHex()), made.map(sampleOf));
      assert.deepEqual(boxTypes(bytes).filter((type) => type !== "free"), ["ftyp", "moov", "mdat"]);
    }),
    { numRuns: 200 },
  );
});

for (const turn of [0, 90, 180, 270] as const) {
  Deno.test(`a picture that is to be turned by ${turn} degrees is said to be so, and stays where it is shown`, async () => {
    const times = constantTimes(video.frameRate), sampleAspectRatio = { num: 2, den: 1 };
    const made: MadeFrame[] = [{ isKey: true, content: [1] }];
    const make = async (format: ContainerFormat, isStream: boolean) => {
      const container = await openContainer(format, { ...video, turn, sampleAspectRatio }, { isStream, times });
      return written(container, await runsOf(made, [], times), isStream);
    };
    for (const isStream of [false, true]) {
      const { matrix, width, height } = readMp4(await make("mp4", isStream)).shown;
      assert.deepEqual([width, height], [640, 180]);
      const [a, b, , c, d, , x, y] = matrix as [number, number, number, number, number, number, number, number];
      const shown = (p: number, q: number) => [a * p + c * q + x, b * p + d * q + y];
      const corners = {
        0: [[0, 0], [640, 0]],
        90: [[180, 0], [180, 640]],
        180: [[640, 180], [0, 180]],
        270: [[0, 640], [0, 0]],
      };
      assert.deepEqual([shown(0, 0), shown(640, 0)], corners[turn]);
      for (const format of ["mkv", "webm"] as const) {
        const { track } = readMatroska(await make(format, isStream));
        const roll = track.get("7675"), degrees = roll && new DataView(roll.buffer, roll.byteOffset).getFloat64(0);
        // Counted the other way.
        assert.equal(degrees, { 0: undefined, 90: -90, 180: -180, 270: 90 }[turn]);
      }
    }
  });
}

function sampleOf({ isKey, content }: MadeFrame): string {
  return madeSample(isKey, content).toHex();
}
