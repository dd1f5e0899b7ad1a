// Encodes whose workers are killed, stopped and told to end at random moments, and come back after a while; some lose their
// client too, by SIGKILL, and the same command follows. One worker and two, with and without slots of this machine, files
// and pipes. Each round's output must be that of one machine that nobody disturbed, each run must end, and no worker may
// say anything but its log. Prints each difference, and ends with exit code 1 where there was one.
// usage: deno run --allow-all bench/fleet_kills.ts [ROUNDS=100] [FOLDER=.] [AT_ONCE=1] [STRIKES=3]
// Each worker is struck at least so many times in a round, and up to twice more, unless the encode ends before.

import { createHash } from "node:crypto";
import { clip, scenes, writeClip } from "../tests/support/clips.ts";
import { startProgram } from "../tests/support/program.ts";
import { RunningWorker, workerPassword } from "../tests/support/running_worker.ts";

interface Round {
  readonly number: number;
  readonly place: string;
  readonly workers: number;
  readonly local: number;
  readonly input: "file" | "pipe";
  readonly shape: Shape;
  readonly killsClient: boolean;
}

interface Shape {
  readonly name: string;
  readonly args: readonly string[];
  readonly digest: string;
  readonly seconds: number;
}

/** Far more than any round needs: what is not done by then hangs. */
const patienceMs = 420_000;

const rounds = Number(Deno.args[0] ?? 100);
const folder = Deno.makeTempDirSync({ dir: Deno.args[1] ?? ".", prefix: "fleet-kills-" });
const atOnce = Number(Deno.args[2] ?? 1);
const leastStrikes = Number(Deno.args[3] ?? 3);
const clipPath = Deno.realPathSync(folder) + "/clip.y4m";

/** A worker's machine: its address stays, its process comes and goes. */
class Machine {
  readonly #said: string[];
  readonly #past: RunningWorker[] = [];
  #worker: RunningWorker;

  private constructor(worker: RunningWorker, said: string[]) {
    this.#worker = worker;
    this.#said = said;
    this.#past.push(worker);
  }

  static async start(said: string[]): Promise<Machine> {
    return new Machine(await RunningWorker.start(["--threads", "1"]), said);
  }

  get port(): number {
    return this.#past[0]!.port;
  }

  /** Strikes, after each of which the worker is there again. */
  async suffer(seconds: number, signal: AbortSignal): Promise<void> {
    for (let left = leastStrikes + Math.floor(Math.random() * 3); left > 0; left--) {
      const afterMs = Math.random() * (1 + seconds) / leastStrikes * 1000;
      await passed(afterMs, signal);
      if (signal.aborted) return;
      const how = (["SIGKILL", "SIGKILL", "SIGSTOP", "SIGTERM"] as const)[Math.floor(Math.random() * 4)]!;
      const { process } = this.#worker;
      if (!send(process, how)) return;
      count(`${how} of a worker`, this.#said, afterMs);
      // Below, at and beyond what a client waits before it takes a silent worker for dead.
      await passed(Math.random() * (how === "SIGSTOP" ? 20_000 : 5_000), signal);
      if (how === "SIGSTOP") send(process, "SIGCONT");
      else await this.#again();
    }
  }

  async #again(): Promise<void> {
    await this.#worker.process.status;
    this.#worker = await RunningWorker.start(["--threads", "1", "--port", `${this.port}`]);
    this.#past.push(this.#worker);
  }

  strays(): string[] {
    return this.#past.flatMap(({ strays, lines }) => [
      ...strays,
      ...lines.filter(({ level }) => level === "error").map(({ text }) => text),
    ]);
  }

  async end(): Promise<void> {
    send(this.#worker.process, "SIGCONT");
    send(this.#worker.process, "SIGKILL");
    await this.#worker.process.status;
  }
}

let begun = 0, equal = 0, done = 0;
/** Of each round. */
const strikes: number[] = [];
const struck = new Map<string, number>();
try {
  writeClip(clipPath, clip(scenes(40, 50, 30, 45), { width: 128, height: 96 }));
  const shapes = [
    await undisturbed("short segments", ["-s", "4", "-I", "6", "-i", "2"]),
    await undisturbed("long segments", ["-s", "3"]),
  ];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (begun < rounds) {
      const number = ++begun,
        round: Round = {
          number,
          place: `${folder}/round-${number}`,
          workers: 1 + number % 2,
          local: (number >> 1) % 2,
          input: (number >> 2) % 2 === 0 ? "file" : "pipe",
          shape: shapes[(number >> 3) % 2]!,
          killsClient: Math.random() < 0.3,
        };
      const said: string[] = [];
      const different = await disturbed(round, said);
      strikes.push(said.filter((line) => line.startsWith("  SIG")).length);
      done++;
      if (different === undefined) equal++;
      else console.log(`${title(round)}: ${different}\n${said.join("\n")}`);
      if (done % 10 === 0) console.log(`${equal} of ${done} equal`);
    }
  }));
  strikes.sort((a, b) => a - b);
  const total = strikes.reduce((sum, count) => sum + count, 0);
  console.log(
    `${[...struck].map(([what, count]) => `${count} ${what}`).join(", ")}: ${equal} of ${rounds} equal; ` +
      `${total} strikes, ${strikes[0]} to ${strikes.at(-1)} a round, median ${strikes[rounds >> 1]}`,
  );
} finally {
  if (equal === rounds) Deno.removeSync(folder, { recursive: true });
}
Deno.exit(equal === rounds ? 0 : 1);

async function undisturbed(name: string, args: readonly string[]): Promise<Shape> {
  const place = `${folder}/${name.replaceAll(" ", "-")}`;
  Deno.mkdirSync(place);
  const began = performance.now();
  const { code, stderr } = await encode("file", place, [...args, "--no-workers"]).ended;
  if (code !== 0) throw new Error(`Cannot encode ${name}: ${stderr}`);
  return { name, args, digest: digestOf(`${place}/out.ivf`), seconds: (performance.now() - began) / 1000 };
}

/** One encode among strikes. Gives what is wrong with it, undefined where nothing is. */
async function disturbed(round: Round, said: string[]): Promise<string | undefined> {
  const { place, shape } = round;
  Deno.mkdirSync(place);
  const guard = Promise.withResolvers<"late">(), timer = setTimeout(() => guard.resolve("late"), patienceMs);
  const machines = await Promise.all(Array.from({ length: round.workers }, () => Machine.start(said)));
  const tables = machines.map(({ port }) =>
    `[[workers]]\nhost = "127.0.0.1"\nport = ${port}\npassword = "${workerPassword}"\n`
  );
  Deno.writeTextFileSync(`${place}/workers.toml`, tables.join("\n"), { mode: 0o600 });
  const args = [...shape.args, ...(round.local === 0 ? ["--no-local"] : ["--threads", `${round.local}`])];
  let client = encode(round.input, place, args);
  const over = new AbortController();
  const strikes = machines.map((machine) => machine.suffer(shape.seconds, over.signal));
  try {
    if (round.killsClient) {
      const afterMs = Math.random() * (2 + shape.seconds) * 1000;
      await Promise.race([client.ended, passed(afterMs, over.signal)]);
      if (send(client.child, "SIGKILL")) count("SIGKILL of the client", said, afterMs);
      const { code, stderr } = await client.ended;
      said.push(`  killed client: ${code}\n${stderr}`);
      if (code !== 0) client = encode(round.input, place, args);
    }
    const end = await Promise.race([client.ended, guard.promise]);
    if (end === "late") {
      send(client.child, "SIGKILL");
      return `did not end within ${patienceMs / 1000} s:\n${(await client.ended).stderr}`;
    }
    said.push(`  client: ${end.code}\n${end.stderr}`);
    if (end.code !== 0) return `exit code ${end.code}`;
    if (digestOf(`${place}/out.ivf`) !== shape.digest) return "other bytes";
    if (/damaged|left out|^\s+at .*\.ts:/m.test(said.join("\n"))) return "blamed, damaged or broken";
    const strays = machines.flatMap((machine) => machine.strays());
    if (strays.length > 0) return `a worker said: ${strays.join("\n")}`;
    Deno.removeSync(place, { recursive: true });
    return undefined;
  } finally {
    clearTimeout(timer);
    over.abort();
    await Promise.all(strikes);
    await Promise.all(machines.map((machine) => machine.end()));
  }
}

function encode(input: "file" | "pipe", cwd: string, args: readonly string[]) {
  const what = ["-o", "out.ivf", "-y", "--progress", "plain", ...args];
  const child = startProgram([input === "file" ? clipPath : "-", ...what], {
    cwd,
    stdin: input === "file" ? "null" : "piped",
  });
  // Whoever is killed does not read to the end.
  if (input === "pipe") Deno.open(clipPath).then((file) => file.readable.pipeTo(child.stdin)).catch(() => {});
  const ended = child.output().then(({ code, stderr }) => ({ code, stderr: new TextDecoder().decode(stderr) }));
  return { child, ended };
}

function title({ number, workers, local, input, shape, killsClient }: Round): string {
  return `round ${number}, ${workers} workers, ${local} slots here, ${input}, ${shape.name}, ` +
    `client ${killsClient ? "killed" : "left alone"}`;
}

function count(what: string, said: string[], afterMs: number): void {
  struck.set(what, (struck.get(what) ?? 0) + 1);
  said.push(`  ${what} after ${afterMs.toFixed(0)} ms`);
}

/** Whether the process was still there. */
function send(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    child.kill(signal);
    return true;
  } catch {
    return false;
  }
}

/** Resolves after that time, or when nobody needs it any more. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    if (signal.aborted) resolve();
  });
}

function digestOf(path: string): string {
  return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
}
