// Proxies of four sizes at once against four encodes of the same sizes one after the other, each of which decodes the source
// again; the part of the slots' time that was useful, also with the least and with any amount of memory for frames that wait;
// and how many slots one decoder feeds, by the CPU time of decoding and scaling a frame against that of encoding it. CPU times
// stand beside wall times, which other programs of the machine change.
// With kinds of sources behind the numbers, what editors make proxies from, their times and CPU times alone. What one decoder
// for all saves is three decodes of the source: the ratio follows from what part of the work a decode is.
// usage: deno run --allow-all bench/proxies.ts [PAIRS=1] [FRAMES=360] [WIDTH=960] [HEIGHT=540] [camera|h264|hevc|prores|dnxhr ...]

import { defaultPercents, proxySizes } from "../lib/proxies/sizes.ts";
import { ffmpegArguments } from "../lib/inputs/ffmpeg_arguments.ts";
import { numbersOr, withBenchFolder } from "./support/bench_clip.ts";
import { type CommandLine, measureRun, ownCommand, type Run } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";

const [pairs, frames, width, height] = numbersOr(1, 360, 960, 540);
const sizes = proxySizes("the clip", { width, height }, defaultPercents);

/** Each with the ending of its file. */
const kinds: Readonly<Record<string, readonly [ending: string, ...codec: string[]]>> = {
  // What a camera gives: noise, B-frames, a GOP of two seconds.
  camera: ["mp4", ..."-c:v libx264 -preset veryfast -bf 3 -g 50 -crf 20 -pix_fmt yuv420p".split(" ")],
  h264: ["mp4", ..."-c:v libx264 -preset veryfast -bf 2 -g 25 -crf 12 -pix_fmt yuv420p".split(" ")],
  hevc: [
    "mp4",
    ..."-c:v libx265 -preset ultrafast -crf 14 -x265-params log-level=none -pix_fmt yuv420p10le".split(" "),
  ],
  prores: ["mov", ..."-c:v prores_ks -profile:v 3 -pix_fmt yuv422p10le".split(" ")],
  dnxhr: ["mov", ..."-c:v dnxhd -profile:v dnxhr_hqx -pix_fmt yuv422p10le".split(" ")],
};

/** Noise moves in it. */
function clip(path: string, codec: readonly string[]): CommandLine {
  const picture = `testsrc2=s=${width}x${height}:r=25,noise=alls=8:allf=t`;
  return ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-frames:v", `${frames}`, ...codec, path];
}

/** `packBytes`: memory for waiting frames of each size, the least that works where that is more. */
function proxies(source: string, folder: string, packBytes?: number): CommandLine {
  const words = ["-o", folder, "-y", "--restart", "--memory", "unlimited", "--progress", "json"];
  const faults = packBytes === undefined ? "" : `packs:${packBytes}`;
  return ["env", `RAV1E_BY_GOP_FAULTS=${faults}`, ...ownCommand("proxies", source, ...words)];
}

/** The same packets, by an encode for each size. */
function separate(source: string, folder: string): CommandLine[] {
  const options = ["-s", "10", "--low-latency", "--no-scene-detection", "-I", "15", "-i", "1", "--audio", "none"];
  return sizes.map(({ percent, ...size }) => {
    const filter = ["--video-filter", `scale=${size.width}:${size.height}:flags=bicubic`];
    const words = ["-o", `${folder}/separate_${percent}.mkv`, "-y", "--memory", "unlimited", "--progress", "none"];
    return ownCommand(source, ...words, ...options, ...filter);
  });
}

/** The decoder of proxies with nobody behind it. */
function decoderAlone(source: string): CommandLine {
  const words = ffmpegArguments({
    input: { path: source, stream: 0 },
    conversion: ["null"],
    outputs: sizes.map(({ width, height }) => ({ target: "/dev/null", size: { width, height } })),
    passthrough: ["-fps_mode", "passthrough"],
  });
  return ["ffmpeg", "-y", ...words];
}

function totalsOf({ stderr }: Run): { efficiency: number } {
  const lines = stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return lines.findLast(({ type, proxies }) => type === "summary" && proxies !== undefined);
}

interface Pair {
  readonly together: Run;
  readonly apart: readonly Run[];
  readonly decoder: Run;
}

async function measurePair(source: string, folder: string): Promise<Pair> {
  const together = await measureRun(proxies(source, folder));
  const apart: Run[] = [];
  for (const line of separate(source, folder)) apart.push(await measureRun(line));
  return { together, apart, decoder: await measureRun(decoderAlone(source)) };
}

function ratio({ together, apart }: Pair, of: (run: Run) => number): number {
  return of(together) / apart.reduce((total, run) => total + of(run), 0);
}

function printPair({ together, apart, decoder }: Pair): void {
  const sum = (of: (run: Run) => number) => apart.reduce((total, run) => total + of(run), 0).toFixed(1);
  console.log(
    `  together ${together.wallSeconds.toFixed(1)} s (CPU ${together.cpuSeconds.toFixed(1)} s), one by one ` +
      `${sum((run) => run.wallSeconds)} s (CPU ${sum((run) => run.cpuSeconds)} s), decoder alone ` +
      `${(frames / decoder.wallSeconds).toFixed(0)} frames a second (CPU ${decoder.cpuSeconds.toFixed(1)} s)`,
  );
}

const asked = Deno.args.slice(4);
for (const kind of asked) {
  if (!(kind in kinds)) throw new RangeError(`Cannot use ${kind}: ${Object.keys(kinds).join(", ")}`);
}

await withBenchFolder(async (folder) => {
  console.log(`${frames} frames of ${width}x${height}, ${Math.ceil(frames / 15)} segments a size, ${pairs} pairs`);
  for (const kind of asked.length > 0 ? asked : ["camera"]) {
    const [ending, ...codec] = kinds[kind]!, source = `${folder}/${kind}.${ending}`;
    await measureRun(clip(source, codec));
    const measured: Pair[] = [], bounded: number[] = [];
    for (let number = 0; number < pairs; number++) {
      const pair = await measurePair(source, folder);
      measured.push(pair);
      printPair(pair);
      if (asked.length > 0) continue;
      const least = totalsOf(await measureRun(proxies(source, folder, 1)));
      const any = totalsOf(await measureRun(proxies(source, folder, 3e9)));
      bounded.push(least.efficiency / any.efficiency);
    }
    const wall = measured.map((pair) => ratio(pair, (run) => run.wallSeconds));
    const efficiencies = measured.map(({ together }) => totalsOf(together).efficiency);
    const fed = measured.map(({ together, decoder }) =>
      (together.cpuSeconds - decoder.cpuSeconds) / decoder.cpuSeconds
    );
    console.log(`${kind}: wall time, together over one by one: ${spread(wall)} ${verdict(median(wall), "<=", 0.7)}`);
    console.log(
      `CPU time, together over one by one: ${spread(measured.map((pair) => ratio(pair, (run) => run.cpuSeconds)))}`,
    );
    console.log(`slots that one core of decoding and scaling feeds: ${spread(fed, 1)}`);
    const useful = `${spread(efficiencies, 3)} ${verdict(median(efficiencies), ">=", 0.95)}`;
    console.log(`useful part of the slots' time: ${useful}`);
    if (bounded.length === 0) continue;
    const part = `${spread(bounded, 3)} ${verdict(median(bounded), ">=", 0.98)}`;
    console.log(`the same with the least memory over that with any: ${part}`);
  }
});
