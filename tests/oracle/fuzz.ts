// Random encodes beside the real rav1e command: what the listed cases cannot foresee. Each case is made from its seed alone
// (format, size, pictures, header, options, grain table), so that a number is a reproduction:
//   deno run -A tests/oracle/fuzz.ts FIRST LAST [--step N] [--folder DIR] [--keep]
// Prints what differs: other packets; one program encodes and the other refuses; a refusal that is no single line, leaves
// a file or has an unexpected exit code; a hang.

import { RandomNumbers } from "../../lib/media/demo_texture.ts";
import { firstDifference } from "./compare.ts";
import { needStock } from "./stock.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const timeoutMs = 120_000;

export interface FuzzCase {
  header: string;
  frameLine: (n: number) => string;
  width: number;
  height: number;
  depth: 8 | 10 | 12;
  sampling: "400" | "420" | "422" | "444";
  scenes: FuzzScene[];
  args: string[];
  stockArgs: string[];
  grain: string | undefined;
  threads: number;
}

interface FuzzScene {
  kind: Kind;
  frames: number;
  seed: number;
}

const kinds = ["texture", "slow", "still", "noise", "extremes", "flicker", "flash", "fade", "flat", "checks"] as const;
type Kind = typeof kinds[number];

export class Dice extends RandomNumbers {
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  of<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }
}

export function makeCase(seed: number): FuzzCase {
  const dice = new Dice(seed * 7919 + 13);
  for (let i = 0; i < 8; i++) dice.below(1000);
  const sampling = dice.of("420", "420", "420", "422", "444", "400");
  // The command refuses 10-bit 4:0:0.
  const depth = sampling === "400" ? dice.of<8 | 12>(8, 12) : dice.of<8 | 10 | 12>(8, 8, 8, 10, 10, 12);
  // One case of four is about decisions on samples at the ends of their range, which assembly may take otherwise.
  const extreme = seed % 4 === 3;
  // One of eight is about what the encoder does at the ends of segments: many segments, rough pictures, low quantizers.
  const ends = seed % 8 === 6;
  const speed = extreme
    ? dice.of(6, 8, 9, 9, 10)
    : ends
    ? dice.of(10, 10, 10, 9, 8, 6)
    : dice.of(10, 10, 10, 10, 9, 9, 8, 8, 7, 6, 6, 6, 5, 4, 3, 2, 1, 0);
  // Slow speeds get little to do.
  const effort = speed >= 9 ? 3 : speed >= 6 ? 2 : speed >= 3 ? 1 : 0;
  const sizes: [number, number][] = [
    [[16, 16], [17, 17], [32, 24], [48, 32], [16, 64], [64, 16]],
    [[16, 16], [17, 17], [64, 48], [33, 65], [16, 128], [96, 16], [80, 80]],
    [[16, 16], [17, 17], [64, 64], [66, 66], [129, 65], [16, 200], [300, 16], [160, 96], [130, 70]],
    [[16, 16], [17, 17], [64, 64], [1000, 16], [16, 500], [320, 180], [251, 243], [160, 96], [257, 129], [480, 260]],
  ][effort] as [number, number][];
  const [width, height] = dice.of(...sizes);
  const most = [10, 24, 50, 90][effort]!;
  const bigPixels = width * height > 30_000;
  const length = dice.chance(25) ? dice.between(1, 20) : dice.between(1, bigPixels ? Math.min(most, 50) : most);
  const scenes: FuzzScene[] = [];
  const style = dice.of("long", "mixed", "short", "clusters");
  for (let left = length; left > 0;) {
    const wanted = style === "long"
      ? dice.between(15, 60)
      : style === "short"
      ? dice.between(1, 8)
      : style === "clusters"
      ? (dice.chance(60) ? dice.between(1, 3) : dice.between(8, 25))
      : dice.between(1, 25);
    const frames = Math.min(left, wanted);
    scenes.push({
      kind: dice.of("texture", ...extreme || ends ? ["noise", "extremes"] as const : ["slow"] as const, ...kinds),
      frames,
      seed: dice.between(1, 9),
    });
    left -= frames;
  }

  const args = ["--speed", `${speed}`];
  const stockArgs: string[] = [];
  const add = (percent: number, ...words: (string | number)[]) => {
    if (dice.chance(percent)) args.push(...words.map(String));
  };
  if (!ends) add(40, "--quantizer", dice.of(1, 2, 10, 40, 80, 120, 160, 200, 240, 254, 255));
  if (dice.chance(60)) {
    args.push("--min-keyint", `${dice.of(0, 1, 1, 2, 3, 4, 5, 7, 12, 30, 1000)}`);
  }
  if (!ends && dice.chance(50)) {
    args.push("--keyint", `${dice.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 25, 40, 715827882)}`);
  }
  if (ends) {
    args.push("--keyint", `${dice.between(5, 14)}`, "--quantizer", `${dice.of(1, 1, 2, 5, 20)}`);
    if (dice.chance(80)) args.push("--rdo-lookahead-frames", `${dice.between(1, 9)}`);
  }
  const low = dice.chance(ends ? 10 : 35);
  if (low) args.push("--low-latency");
  if (low ? dice.chance(40) : dice.chance(2)) {
    args.push("--switch-frame-interval", `${dice.of(1, 2, 3, 4, 5, 7, 8, 12, 100)}`);
  }
  if (!ends) add(35, "--rdo-lookahead-frames", dice.of(1, 1, 2, 3, 4, 5, 7, 10, 15, 40, 60, 100, 200, 201, 500));
  add(20, "--scd-speed", dice.of(0, 1));
  add(8, "--no-scene-detection");
  add(20, "--tune", dice.of("Psnr", "psnr", "PSYCHOVISUAL"));
  if (dice.chance(25)) args.push("--tiles", `${dice.of(1, 2, 3, 4, 6, 9, 16, 64, 100)}`);
  else {
    add(10, "--tile-cols", dice.of(1, 2, 4, 8, 64));
    add(10, "--tile-rows", dice.of(1, 2, 4, 8, 64));
  }
  add(4, "--high-bitdepth");
  if (dice.chance(4)) args.push("--still-picture");
  const skip = dice.chance(15) ? dice.between(1, Math.max(1, length - 1)) : 0;
  if (skip > 0) args.push("--skip", `${skip}`);
  if (dice.chance(20)) args.push("--limit", `${dice.between(1, length + 5)}`);
  add(15, "--primaries", dice.of("BT709", "BT2020", "unspecified", "BT601", "XYZ", "SMPTE432"));
  add(20, "--transfer", dice.of("SMPTE2084", "HLG", "SRGB", "BT709", "Linear", "BT2020_10Bit"));
  add(12, "--matrix", dice.of("Identity", "BT709", "BT2020NCL", "ICtCp", "YCgCo", "BT601"));
  add(10, "--range", dice.of("Limited", "full", "Full"));
  add(
    6,
    "--mastering-display",
    dice.of(
      "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)",
      "G(0,1)B(1,0)R(0.999999,0.00001)WP(0.5,0.25)L(10000,0)",
      "G(1,1)B(1,1)R(1,1)WP(1,1)L(16777215,262143)",
    ),
  );
  add(6, "--content-light", dice.of("1000,400", "0,0", "65535,65535", "0,1"));
  add(8, "--level", dice.of("2.0", "3.1", "4.0", "5.3", "6.3", "unconstrained", "auto"));

  // The header.
  const words = [`W${width}`, `H${height}`];
  const rate = dice.of(
    ...["25:1", "25:1", "24000:1001", "30000:1001", "1:1", "120:1", "1:10", "60:7", "50:2", "48000:1001", "1000:1"],
    ...dice.chance(70) ? [] : [
      "1000000:1",
      "100000:1",
      "4294967295:1",
      "1:4294967295",
      "4294967295:4294967294",
      "2147483648:1",
      "10000000:1",
    ],
  );
  if (dice.chance(90)) words.push(`F${rate}`);
  if (dice.chance(40)) words.push(dice.of("Ip", "It", "Ib", "Im", "I?", "I"));
  if (dice.chance(40)) {
    words.push(
      "A" + dice.of("1:1", "0:0", "4:3", "128:117", "3:4", "1:100", "65535:65536", "1000003:1000000", "10:1"),
    );
  }
  let colour = { "400": "mono", "420": "420", "422": "422", "444": "444" }[sampling];
  if (depth > 8) colour += sampling === "400" ? `${depth}` : `p${depth}`;
  else if (sampling === "420") colour = dice.of("420", "420jpeg", "420paldv", "420mpeg2");
  const bare = depth === 8 && sampling === "420" && dice.chance(15);
  if (!bare) words.push(`C${colour}`);
  if (dice.chance(15)) {
    const range = dice.of("FULL", "LIMITED", "full", "ODD");
    words.push(`XCOLORRANGE=${range}`);
    if (range.toUpperCase() === "FULL" && !args.includes("--range")) stockArgs.push("--range", "Full");
  }
  if (dice.chance(10)) words.push("XSOMETHING=4", "X", "XYSCSS=" + dice.of("420", "420JPEG", "420MPEG2"));
  if (dice.chance(5)) words.push(`XLENGTH=${dice.of(length, 0, Math.max(1, length - 1))}`);
  const frameLine = dice.chance(12)
    ? ((kind: number) => (n: number) => (n + kind) % 3 === 0 ? "FRAME Ip\n" : "FRAME\n")(dice.below(3))
    : () => "FRAME\n";
  if (dice.chance(15)) {
    const scale = dice.of(1, 1001, 7, 4294967295, 1000000);
    args.push("--frame-rate", `${dice.of(1, 24000, 60, 4294967295, 48, 10000001)}`, "--time-scale", `${scale}`);
  }

  let grain: string | undefined;
  if (dice.chance(18)) {
    args.push("--film-grain-table", "grain.tbl");
    grain = grainTable(dice, length, rateOf(args, words));
  } else add(18, "--photon-noise", dice.of(1, 8, 32, 64));

  return {
    header: `YUV4MPEG2 ${words.join(" ")}\n`,
    frameLine,
    width,
    height,
    depth,
    sampling,
    scenes,
    args,
    stockArgs,
    grain,
    threads: dice.of(1, 2),
  };
}

/** Frames a second. */
function rateOf(args: string[], words: string[]): number {
  const at = args.indexOf("--frame-rate");
  if (at >= 0) return Number(args[at + 1]) / Number(args[at + 3]);
  const word = words.find((word) => word.startsWith("F"));
  if (word === undefined) return 25;
  const [num, den] = word.slice(1).split(":").map(Number);
  return num! / den!;
}

function grainTable(dice: Dice, frames: number, rate: number): string {
  const at = (): string => {
    const time = BigInt(Math.round(dice.between(0, frames + 2) * 1e7 / rate)) + BigInt(dice.of(0, 0, 0, 1, 2) - 1) *
        BigInt(dice.of(0, 0, 1));
    return `${time < 0n ? 0n : time > 0xffffffffffffffffn ? 0xffffffffffffffffn : time}`;
  };
  let text = dice.of("", "", "\n  ") + "filmgrn1\n";
  for (let entries = dice.between(1, 6); entries > 0; entries--) {
    let from = at();
    let to = dice.chance(30) ? dice.of("9223372036854775807", "18446744073709551615", "18446744073709551614") : at();
    if (BigInt(to) < BigInt(from) && !dice.chance(3)) [from, to] = [to, from];
    const apply = dice.of(1, 1, 1, 1, 0, 2);
    text += `E ${from} ${to} ${apply} ${dice.of(0, 1, 7391, 65535, 55792, 62288)} ${dice.of(0, 1)}\n`;
    if (apply === 0) continue;
    const lag = dice.between(0, 3);
    const count = 2 * lag * (lag + 1);
    const row = (n: number) => Array.from({ length: n }, () => ` ${dice.between(-40, 40)}`).join("");
    const points = (n: number) => {
      const xs = [...new Set(Array.from({ length: n }, () => dice.between(0, 255)))].sort((a, b) => a - b);
      return `${xs.length}` + xs.map((x) => ` ${x} ${dice.between(0, 255)}`).join("");
    };
    const cfl = dice.of(0, 0, 0, 1);
    text += `\tp ${lag} ${dice.between(6, 9)} ${dice.between(0, 3)} ${dice.between(8, 11)} ${cfl} ${dice.of(0, 1)} ` +
      `${dice.of(0, 128, 255)} 192 ${dice.of(0, 256, 511)} 128 192 256\n`;
    text += `\tsY ${points(dice.of(0, 1, 2, 14))}\n\tsCb ${points(cfl ? 0 : dice.of(0, 0, 2, 10))}\n`;
    text += `\tsCr ${points(cfl ? 0 : dice.of(0, 0, 2, 10))}\n`;
    text += `\tcY${row(count)}\n\tcCb${row(count + 1)}\n\tcCr${row(count + 1)}\n`;
  }
  return text;
}

/** Writes the clip; pictures reach the samples' extremes, which films seldom do. */
export function writeCase(one: FuzzCase, path: string): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const put = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  };
  const text = new TextEncoder();
  put(text.encode(one.header));
  const { width, height, depth, sampling } = one;
  const chromaWidth = sampling === "400" ? 0 : sampling === "444" ? width : (width + 1) >> 1;
  const chromaHeight = sampling === "400" ? 0 : sampling === "420" ? (height + 1) >> 1 : height;
  const planes = [[width, height], [chromaWidth, chromaHeight], [chromaWidth, chromaHeight]] as const;
  const top = (1 << depth) - 1, shift = depth - 8;
  let number = 0;
  for (const scene of one.scenes) {
    const phase = scene.seed * 37;
    for (let n = 0; n < scene.frames; n++) {
      put(text.encode(one.frameLine(number++)));
      const samples: number[] = [];
      let state = (scene.seed * 2654435761 + (scene.kind === "still" ? 0 : n * 40503)) >>> 0;
      const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 16;
      const gain = scene.kind === "fade" ? n / Math.max(1, scene.frames - 1) : 1;
      const isFlash = scene.kind === "flash" && (n % 7 === 5 || n % 11 === 6);
      const move = scene.kind === "slow" ? n >> 1 : scene.kind === "still" ? 0 : n * (1 + scene.seed % 4);
      planes.forEach(([planeWidth, planeHeight], plane) => {
        for (let y = 0; y < planeHeight; y++) {
          for (let x = 0; x < planeWidth; x++) {
            let value: number;
            switch (scene.kind) {
              case "noise":
                value = random() & top;
                break;
              case "extremes":
                value = ((((x >> 3) + (y >> 3) * 5 + n * scene.seed) * 2654435761) >>> 7) & 1 ? top : 0;
                if (random() % 5 === 0) value = top - value;
                break;
              case "flicker":
                value = n & 1 ? top : 0;
                break;
              case "flat":
                value = (phase * 5 + (n >> 3)) & top;
                break;
              case "checks":
                value = (x + y + n + phase) & 1 ? top : 0;
                break;
              default: {
                const u = x + move + phase, v = y + (move >> 1) + phase * 3;
                const wave = 128 + 70 * Math.sin(u / (3 + scene.seed)) * Math.cos(v / (2 + scene.seed % 5)) +
                  ((u >> 3) ^ (v >> 2)) % 40;
                value = Math.round((plane === 0 ? wave : 128 + (wave - 128) / 2) * gain * (1 << shift)) +
                  random() % (3 << shift);
                if (isFlash) value = plane === 0 ? top - (random() & 7) : value;
              }
            }
            samples.push(value < 0 ? 0 : value > top ? top : value);
          }
        }
      });
      put(depth === 8 ? Uint8Array.from(samples) : new Uint8Array(Uint16Array.from(samples).buffer));
    }
  }
}

interface Ran {
  code: number;
  said: string;
  ivf: Uint8Array | undefined;
}

async function run(command: string, args: string[], folder: string, output: string): Promise<Ran> {
  const child = new Deno.Command(command, { args, cwd: folder, stdin: "null", stdout: "null", stderr: "piped" })
    .spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const { code, stderr, signal } = await child.output();
  clearTimeout(timer);
  let ivf: Uint8Array | undefined;
  try {
    ivf = Deno.readFileSync(`${folder}/${output}`);
  } catch { /* None was written. */ }
  return { code: signal === "SIGKILL" ? 999 : code, said: new TextDecoder().decode(stderr), ivf };
}

/** What is wrong, in one line; undefined where nothing is. "=" before what is fine and worth counting. */
async function judge(seed: number, stock: string, folder: string): Promise<string | undefined> {
  const one = makeCase(seed);
  Deno.mkdirSync(folder, { recursive: true });
  writeCase(one, `${folder}/in.y4m`);
  if (one.grain !== undefined) Deno.writeTextFileSync(`${folder}/grain.tbl`, one.grain);
  const theirs = await run(
    stock,
    ["in.y4m", "-o", "stock.ivf", "-y", "--threads", "1", ...one.args, ...one.stockArgs],
    folder,
    "stock.ivf",
  );
  const ours = await run(
    Deno.execPath(),
    [
      ...["run", "--allow-all", `${root}main.ts`, "in.y4m", "-o", "own.ivf", "-y", "--progress", "none"],
      ...["--threads", `${one.threads}`, ...one.args],
    ],
    folder,
    "own.ivf",
  );
  if (theirs.code === 999) return "stock hangs; ours: " + ours.code + " " + ours.said.trim();
  if (ours.code === 999) return "OURS HANGS";
  const left = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) => /own|part/.test(name));
  const lines = ours.said.trim().split("\n");
  if (ours.code !== 0) {
    if (ours.code !== 1 && ours.code !== 2) return `OURS exit ${ours.code}: ${ours.said.trim()}`;
    if (left.length > 0) return `OURS leaves ${left.join()}: ${ours.said.trim()}`;
    const last = lines.at(-1)!;
    if (lines.filter((line) => line.startsWith("rav1e-by-gop:")).length !== 1 || !last.startsWith("rav1e-by-gop:")) {
      return `OURS says more: ${ours.said.trim()}`;
    }
    if (theirs.code !== 0) return `= both refuse (${ours.code}): ${last}`;
    return `ONLY OURS REFUSES (${ours.code}): ${last}`;
  }
  if (theirs.code !== 0) {
    return `ONLY STOCK REFUSES: ${
      theirs.said.trim().split("\n").filter((l) => !/RUST_BACKTRACE/.test(l)).slice(-3).join(" | ")
    }`;
  }
  if (left.join() !== "own.ivf") return `OURS leaves ${left.join()}`;
  const difference = firstDifference(theirs.ivf!, ours.ivf!);
  return difference === undefined ? undefined : `DIFFERS: ${difference}`;
}

if (import.meta.main) {
  const flags = Deno.args.filter((word) => word.startsWith("--"));
  const folderAt = Deno.args.indexOf("--folder");
  const base = folderAt >= 0 ? Deno.args[folderAt + 1]! : Deno.makeTempDirSync({ prefix: "rav1e-by-gop-fuzz-" });
  const [first = 1, last = first] = Deno.args.slice(0, 2).map(Number);
  // For one kind of case alone: --step 8 from a number that is one of it.
  const stepAt = Deno.args.indexOf("--step");
  const step = stepAt >= 0 ? Number(Deno.args[stepAt + 1]) : 1;
  const stock = await needStock();
  let next = first, differing = 0;
  const counts = new Map<string, number>();
  await Promise.all(Array.from({ length: 2 }, async () => {
    for (let seed; (seed = next) <= last;) {
      next += step;
      const folder = `${base}/${seed}`;
      const verdict = await judge(seed, stock, folder);
      const key = verdict === undefined ? "equal" : verdict.replace(/[0-9]+/g, "N").slice(0, 60);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (verdict !== undefined && !verdict.startsWith("=")) {
        differing++;
        const { header, args, stockArgs, scenes, threads } = makeCase(seed);
        console.log(
          `${seed}: ${verdict}\n   ${header.trim()}\n   ${
            [...args, ...stockArgs].join(" ")
          }  (threads ${threads})\n   ` +
            scenes.map(({ kind, frames, seed }) => `${kind}${seed}*${frames}`).join(" "),
        );
      }
      if (!flags.includes("--keep") || verdict === undefined || verdict.startsWith("=")) {
        Deno.removeSync(folder, { recursive: true });
      }
    }
  }));
  console.log(`${Math.floor((last - first) / step) + 1} cases, ${differing} to look at`);
  for (const [key, count] of [...counts].sort((a, b) => b[1] - a[1])) console.log(`${count}\t${key}`);
}
