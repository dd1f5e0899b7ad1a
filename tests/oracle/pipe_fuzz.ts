// Random encodes from pipes beside the same encodes from files (tests/oracle/fuzz.ts holds those to rav1e): budgets from the
// least on, with and without a temporary file, producers that stutter, kills at random moments with any way in afterwards.
// Each case is made from its seed alone:
//   deno run -A tests/oracle/pipe_fuzz.ts FIRST LAST [--folder DIR] [--keep]
// Prints what differs: other bytes; another verdict than the file's; files left behind; a hang.

import { programCommand } from "../support/program.ts";
import { Dice, type FuzzCase, makeCase, writeCase } from "./fuzz.ts";

const timeoutMs = 120_000;
const mostKills = 6;

interface PipeCase extends FuzzCase {
  /** Words for each run of the encode; the last way in is kept to the end. */
  readonly ways: readonly Way[];
  readonly budgets: readonly (number | undefined)[];
  readonly tmpInput: readonly string[];
  /** Milliseconds until each run but the last is killed. */
  readonly killsAfter: readonly number[];
  /** Bytes the producer sends at once, and how long it then waits now and then. */
  readonly chunk: number;
  readonly pauseMs: number;
}

const ways = ["stdin", "fifo", "one-reader", "redirected", "file"] as const;
type Way = typeof ways[number];

function makePipeCase(seed: number): PipeCase {
  const one = makeCase(seed), dice = new Dice(seed * 104729 + 7);
  for (let i = 0; i < 8; i++) dice.below(1000);
  // Longer where that is cheap: packs are of 16 frames at least.
  const speed = Number(one.args[1]);
  const isSmall = one.width * one.height <= 130 * 70;
  const times = speed >= 9 && isSmall ? dice.between(1, 8) : 1;
  const kills = dice.chance(40) ? dice.between(1, mostKills) : 0;
  const runs = Array.from({ length: kills + 1 });
  return {
    ...one,
    scenes: Array.from({ length: times }, () => one.scenes).flat(),
    ways: runs.map(() => dice.of(...ways, "stdin", "fifo", "stdin")),
    budgets: runs.map(() => dice.of(1, 1, 1, 200_000, 1_000_000, 5_000_000, undefined)),
    tmpInput: runs.map(() => dice.of("", "", "--tmp-input", "--tmp-input=.")),
    killsAfter: runs.slice(1).map(() => dice.between(100, 900)),
    chunk: dice.of(1, 7, 1000, 65536, 1 << 20),
    pauseMs: dice.of(0, 0, 0, 1, 120),
  };
}

interface Ran {
  code: number;
  said: string;
}

/** Runs the program in the folder; killed after `killAfter` where that is given. */
async function run(one: PipeCase, which: number | undefined, folder: string, killAfter?: number): Promise<Ran> {
  const { command, before } = programCommand();
  const way = which === undefined ? "file" : one.ways[which]!;
  const input = way === "stdin" || way === "redirected" ? "-" : way === "fifo" ? "fifo" : "in.y4m";
  const output = which === undefined ? "file.ivf" : "pipe.ivf";
  const args = [input, "-o", output, "--progress", "none", "--threads", `${one.threads}`, ...one.args];
  if (way === "one-reader") args.push("--one-reader");
  const tmpInput = which === undefined ? "" : one.tmpInput[which]!;
  if (tmpInput !== "" && way !== "file") args.push(tmpInput);
  const budget = which === undefined ? undefined : one.budgets[which];
  const child = new Deno.Command(command, {
    args: [...before, ...args],
    cwd: folder,
    env: budget === undefined ? {} : { RAV1E_BY_GOP_FAULTS: `packs:${budget}` },
    stdin: way === "stdin" || way === "redirected" ? "piped" : "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch { /* It has ended. */ }
  }, killAfter ?? timeoutMs);
  const fed = way === "stdin" || way === "redirected"
    ? feed(one, folder, child.stdin.getWriter())
    : way === "fifo"
    ? feedFifo(one, folder, child.status)
    : Promise.resolve();
  const { code, signal, stderr } = await child.output();
  clearTimeout(timer);
  await fed;
  return { code: signal === "SIGKILL" ? 999 : code, said: new TextDecoder().decode(stderr) };
}

async function feed(one: PipeCase, folder: string, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  const bytes = Deno.readFileSync(`${folder}/in.y4m`);
  // At a byte a time only the beginning: a clip would take minutes.
  const tiny = one.chunk < 1000 ? 3000 : 0;
  try {
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const size = at < tiny ? one.chunk : Math.max(one.chunk, 65536);
      await writer.write(bytes.subarray(at, at + size));
      at += size;
      if (one.pauseMs > 0 && n % 16 === 15 && n < 400) await new Promise((wake) => setTimeout(wake, one.pauseMs));
    }
    await writer.close();
  } catch { /* It has seen enough, or was killed. */ }
}

async function feedFifo(one: PipeCase, folder: string, ended: Promise<unknown>): Promise<void> {
  const cat = new Deno.Command("sh", { args: ["-c", "exec cat >fifo"], cwd: folder, stdin: "piped", stderr: "null" })
    .spawn();
  ended.then(() => {
    try {
      cat.kill("SIGKILL");
    } catch { /* It has ended. */ }
  });
  await feed(one, folder, cat.stdin.getWriter());
  await cat.status;
}

/** What is wrong, in one line; undefined where nothing is. */
async function judge(one: PipeCase, folder: string): Promise<string | undefined> {
  Deno.mkdirSync(folder, { recursive: true });
  writeCase(one, `${folder}/in.y4m`);
  if (one.grain !== undefined) Deno.writeTextFileSync(`${folder}/grain.tbl`, one.grain);
  new Deno.Command("mkfifo", { args: [`${folder}/fifo`] }).outputSync();
  const file = await run(one, undefined, folder);
  if (file.code === 999) return "= the file hangs";
  let last: Ran | undefined;
  for (let which = 0; which < one.ways.length; which++) {
    last = await run(one, which, folder, one.killsAfter[which]);
    if (last.code !== 999) break;
    // Killed when all was done but leaving.
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    if (names.includes("pipe.ivf") && !names.some((name) => name.startsWith("pipe.ivf."))) {
      last = { ...last, code: file.code };
      break;
    }
  }
  const { code, said } = last!;
  if (code === 999) return "HANGS";
  const left = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !["in.y4m", "fifo", "grain.tbl", "file.ivf", "pipe.ivf"].includes(name));
  if (code !== file.code) {
    const early = file.code === 2 && code === 1;
    return `${early ? "= " : ""}EXIT ${code}, the file's ${file.code}: ${said.trim()} | ${file.said.trim()}`;
  }
  if (code !== 0) {
    return said.trim().split("\n").filter((line) => line.startsWith("rav1e-by-gop: ")).length === 1
      ? `= both refuse: ${said.trim().split("\n").at(-1)}`
      : `SAYS ${said.trim()}`;
  }
  if (left.length > 0) return `LEAVES ${left.join()}`;
  const a = Deno.readFileSync(`${folder}/file.ivf`), b = Deno.readFileSync(`${folder}/pipe.ivf`);
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 && a.length === b.length ? undefined : `DIFFERS at byte ${at} of ${a.length} and ${b.length}`;
}

if (import.meta.main) {
  const folderAt = Deno.args.indexOf("--folder");
  const base = folderAt >= 0 ? Deno.args[folderAt + 1]! : Deno.makeTempDirSync({ prefix: "rav1e-by-gop-pipe-fuzz-" });
  const [first = 1, last = first] = Deno.args.slice(0, 2).map(Number);
  const counts = new Map<string, number>();
  let wrong = 0;
  for (let seed = first; seed <= last; seed++) {
    const one = makePipeCase(seed), folder = `${base}/${seed}`;
    const verdict = await judge(one, folder);
    const key = verdict === undefined ? "equal" : verdict.replace(/[0-9]+/g, "N").slice(0, 70);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const isWrong = verdict !== undefined && !verdict.startsWith("=");
    if (isWrong) {
      wrong++;
      const { header, args, threads, ways, budgets, tmpInput, killsAfter, chunk, pauseMs } = one;
      console.log(`${seed}: ${verdict}\n   ${header.trim()} ${args.join(" ")} (threads ${threads})`);
      console.log(`   ${JSON.stringify({ ways, budgets, tmpInput, killsAfter, chunk, pauseMs })}`);
    }
    if (!isWrong && !Deno.args.includes("--keep")) Deno.removeSync(folder, { recursive: true });
  }
  for (const [key, count] of counts) console.log(`${count} x ${key}`);
  console.log(`${last - first + 1} cases, ${wrong} wrong`);
  Deno.exit(wrong > 0 ? 1 : 0);
}
