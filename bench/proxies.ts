// Proxies of four sizes at once against four encodes of the same sizes one after the other, each of which decodes the source
// again; the part of the slots' time that was useful, also with the least and with any amount of memory for frames that wait;
// and how many slots one decoder feeds, by the CPU time of decoding and scaling a frame against that of encoding it. CPU times
// stand beside wall times, which other programs of the machine change.
// usage: deno run --allow-all bench/proxies.ts [PAIRS=1] [FRAMES=360] [WIDTH=960] [HEIGHT=540]

import { defaultPercents, proxySizes } from "../lib/proxies/sizes.ts";
import { ffmpegArguments } from "../lib/inputs/ffmpeg_arguments.ts";
import { numbersOr, withBenchFolder } from "./support/bench_clip.ts";
import { type CommandLine, measureRun, ownCommand, type Run } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";

const [pairs, frames, width, height] = numbersOr(1, 360, 960, 540);
const sizes = proxySizes("the clip", { width, height }, defaultPercents);

/** What a camera gives: noise, B-frames, a GOP of two seconds. */
function cameraClip(path: string): CommandLine {
  const picture = `testsrc2=s=${width}x${height}:r=25,noise=alls=8:allf=t`;
  const codec = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "50", "-crf", "20", "-pix_fmt", "yuv420p"];
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
    conversion: ["format=yuv420p"],
    outputs: sizes.map(({ width, height }) => ({ target: "/dev/null", size: { width, height } })),
    passthrough: ["-fps_mode", "passthrough"],
  });
  return ["ffmpeg", "-y", ...words];
}

function totalsOf({ stderr }: Run): { efficiency: number } {
  const lines = stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return lines.findLast(({ type, proxies }) => type === "summary" && proxies !== undefined);
}

await withBenchFolder(async (folder) => {
  const source = `${folder}/camera.mp4`;
  await measureRun(cameraClip(source));
  console.log(`${frames} frames of ${width}x${height}, ${Math.ceil(frames / 15)} segments a size, ${pairs} pairs`);
  const wall: number[] = [],
    cpu: number[] = [],
    efficiencies: number[] = [],
    fed: number[] = [],
    bounded: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const together = await measureRun(proxies(source, folder));
    const apart: Run[] = [];
    for (const line of separate(source, folder)) apart.push(await measureRun(line));
    const decoder = await measureRun(decoderAlone(source));
    const least = totalsOf(await measureRun(proxies(source, folder, 1)));
    const any = totalsOf(await measureRun(proxies(source, folder, 3e9)));
    bounded.push(least.efficiency / any.efficiency);
    const sum = (of: (run: Run) => number) => apart.reduce((total, run) => total + of(run), 0);
    wall.push(together.wallSeconds / sum((run) => run.wallSeconds));
    cpu.push(together.cpuSeconds / sum((run) => run.cpuSeconds));
    efficiencies.push(totalsOf(together).efficiency);
    fed.push((together.cpuSeconds - decoder.cpuSeconds) / decoder.cpuSeconds);
    console.log(
      `  together ${together.wallSeconds.toFixed(1)} s (CPU ${together.cpuSeconds.toFixed(1)} s), one by one ` +
        `${sum((run) => run.wallSeconds).toFixed(1)} s (CPU ${
          sum((run) => run.cpuSeconds).toFixed(1)
        } s), decoder alone ` +
        `${(frames / decoder.wallSeconds).toFixed(0)} frames a second (CPU ${decoder.cpuSeconds.toFixed(1)} s)`,
    );
  }
  console.log(`wall time, together over one by one: ${spread(wall)} ${verdict(median(wall), "<=", 0.7)}`);
  console.log(`CPU time, together over one by one: ${spread(cpu)}`);
  console.log(
    `useful part of the slots' time: ${spread(efficiencies, 3)} ${verdict(median(efficiencies), ">=", 0.95)}`,
  );
  console.log(
    `the same with the least memory over that with any: ${spread(bounded, 3)} ${verdict(median(bounded), ">=", 0.98)}`,
  );
  console.log(`slots that one core of decoding and scaling feeds: ${spread(fed, 1)}`);
});
