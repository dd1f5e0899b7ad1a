// Encodes that are interrupted again and again: SIGKILL, SIGTERM, SIGINT and SIGHUP at random moments, twice in a row too,
// and SIGKILL at every named point, with files and pipes, many short segments and few long ones. After each the same
// command once more, undisturbed; its output must be that of an encode nobody disturbed. Prints each difference, and ends
// with exit code 1 where there was one.
// usage: deno run --allow-all bench/kills.ts [ROUNDS=1000] [FOLDER=.] [AT_ONCE=2]

import { createHash } from "node:crypto";
import { clip, scenes, writeClip } from "../tests/support/clips.ts";
import { startProgram } from "../tests/support/program.ts";

interface Case {
  readonly name: string;
  readonly input: "file" | "pipe";
  readonly scenes: readonly number[];
  readonly args: readonly string[];
}

const cases: readonly Case[] = [
  { name: "one frame a segment", input: "file", scenes: [120], args: ["-I", "1", "-i", "1"] },
  { name: "short segments", input: "file", scenes: [40, 50, 30], args: ["-I", "6", "-i", "2"] },
  { name: "long segments", input: "file", scenes: [60, 80, 40], args: [] },
  { name: "short segments, piped", input: "pipe", scenes: [40, 50, 30], args: ["-I", "6", "-i", "2"] },
  { name: "long segments, piped", input: "pipe", scenes: [60, 80, 40], args: ["--threads", "2"] },
  { name: "spilled to a file", input: "pipe", scenes: [60, 40], args: ["-I", "20", "--tmp-input"] },
  { name: "elsewhere", input: "file", scenes: [30, 30, 30], args: ["-I", "10", "--state-dir", "state"] },
];

const points = [
  ...["store-opened", "announced", "segment-finished", "segment-kept", "segment-written"],
  ...["part-complete", "marked-final", "renamed", "store-removed"],
];

const rounds = Number(Deno.args[0] ?? 1000);
const folder = Deno.makeTempDirSync({ dir: Deno.args[1] ?? ".", prefix: "kills-" });
const atOnce = Number(Deno.args[2] ?? 2);

let kills = 0, equal = 0, begun = 0;
try {
  const ready: Ready[] = [];
  // One after the other: the time it takes says when to strike.
  for (const [number, what] of cases.entries()) ready.push(await undisturbed(what, number));
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (begun < rounds) {
      const round = ++begun;
      const different = await interrupted(ready[round % ready.length]!, `${folder}/round-${round}`);
      if (different === undefined) equal++;
      else console.log(`round ${round}, ${ready[round % ready.length]!.name}: ${different}`);
    }
  }));
  console.log(`${kills} interruptions in ${rounds} encodes: ${equal} of ${rounds} equal`);
} finally {
  if (equal === rounds) Deno.removeSync(folder, { recursive: true });
}
Deno.exit(equal === rounds ? 0 : 1);

interface Ready extends Case {
  readonly clip: string;
  readonly digest: string;
  readonly seconds: number;
}

async function undisturbed(what: Case, number: number): Promise<Ready> {
  const clipPath = `${folder}/clip-${number}.y4m`, place = `${folder}/plain-${number}`;
  writeClip(clipPath, clip(scenes(...what.scenes), { width: 64, height: 48 }));
  prepare(place);
  const ready = { ...what, clip: clipPath, digest: "", seconds: 0 };
  const began = performance.now();
  const { code, stderr } = await start(ready, place).ended;
  if (code !== 0) throw new Error(`Cannot encode ${what.name}: ${stderr}`);
  return { ...ready, digest: digestOf(`${place}/out.ivf`), seconds: (performance.now() - began) / 1000 };
}

/** One encode with one to six interruptions. Gives what is wrong with its end, undefined where nothing is. */
async function interrupted(ready: Ready, place: string): Promise<string | undefined> {
  prepare(place);
  const wanted = 1 + Math.floor(Math.random() * 6);
  const said: string[] = [];
  for (let death = 0; death < wanted; death++) {
    const { how, code, signal, stderr } = await disturb(ready, place);
    said.push(`  ${how}: ${code} ${signal}\n${stderr}`);
    // Killed when all was done, with nothing left to tell whose output that is.
    if (code === 0 || (code === 2 && /exists/.test(stderr))) break;
    if (signal === null && code < 128) return `interrupted run failed:\n${said.join("\n")}`;
    kills++;
  }
  const { code, stderr } = await start(ready, place).ended;
  said.push(`  undisturbed: ${code}\n${stderr}`);
  const isDone = code === 2 && /exists/.test(stderr);
  if (code !== 0 && !isDone) return `exit code ${code}:\n${said.join("\n")}`;
  if (/damaged|left out|taken down|memory short/.test(said.join(""))) return `blamed or damaged:\n${said.join("\n")}`;
  if (digestOf(`${place}/out.ivf`) !== ready.digest) return `other bytes:\n${said.join("\n")}`;
  const names = [...Deno.readDirSync(place), ...Deno.readDirSync(`${place}/state`)].map(({ name }) => name).sort();
  if (names.join() !== "out.ivf,state") return `left behind: ${names}:\n${said.join("\n")}`;
  Deno.removeSync(place, { recursive: true });
}

/** Runs the command and interrupts it, in one of many ways. */
async function disturb(ready: Ready, place: string) {
  if (Math.random() < 0.3) {
    const fault = `kill:${pick(points)}:${1 + Math.floor(Math.random() * Math.random() * 12)}`;
    return { how: fault, ...await start(ready, place, fault).ended };
  }
  const first: Deno.Signal = Math.random() < 0.6 ? "SIGKILL" : pick(["SIGTERM", "SIGINT", "SIGHUP"]);
  const second = Math.random() < 0.3 ? pick<Deno.Signal>(["SIGKILL", "SIGTERM", "SIGINT"]) : undefined;
  const after = Math.random() * ready.seconds * 1000, later = after + Math.random() * Math.random() * 300;
  const { child, ended } = start(ready, place);
  const timers = [setTimeout(() => send(child, first), after)];
  if (second) timers.push(setTimeout(() => send(child, second), later));
  const end = await ended;
  for (const timer of timers) clearTimeout(timer);
  return { how: `${first} at ${after.toFixed(0)} ms, ${second ?? "nothing"} at ${later.toFixed(0)} ms`, ...end };
}

function start({ input, clip, args }: Ready, cwd: string, faults = "") {
  const what = ["-o", "out.ivf", "-s", "10", "--progress", "plain", ...args];
  const child = startProgram([input === "file" ? clip : "-", ...what], {
    cwd,
    env: { RAV1E_BY_GOP_FAULTS: faults },
    stdin: input === "file" ? "null" : "piped",
  });
  // Whoever is killed does not read to the end.
  if (input === "pipe") Deno.open(clip).then((file) => file.readable.pipeTo(child.stdin)).catch(() => {});
  const ended = child.output().then(({ code, signal, stderr }) => ({
    code,
    signal,
    stderr: new TextDecoder().decode(stderr),
  }));
  return { child, ended };
}

function send(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
}

function prepare(place: string): void {
  Deno.mkdirSync(`${place}/state`, { recursive: true });
}

function digestOf(path: string): string {
  return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!;
}
