// Real processes and real signals: stopped soon and with the right code, no half file left, nobody left behind. A test
// waits for what the program says or makes before it sends anything.

import assert from "node:assert/strict";
import { clip, scenes } from "../support/clips.ts";
import { programCommand } from "../support/program.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

/** Minutes of work at speed 0, with frames that take the encoder long. */
const slowClip = clip(scenes(30, 30), { width: 640, height: 352 });

function startSlow(folder: WorkFolder): RunningProgram {
  folder.clip("in.y4m", {}, slowClip);
  return new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "0"], { cwd: folder.path });
}

const stops: [Deno.Signal, number, string][] = [
  ["SIGINT", 130, "interrupted"],
  ["SIGTERM", 143, "terminated"],
  ["SIGHUP", 129, "the terminal was closed"],
];
for (const [signal, expected, word] of stops) {
  Deno.test(`${signal} in the middle is exit ${expected}, says what is lost and leaves nothing`, async () => {
    using folder = new WorkFolder();
    const running = startSlow(folder);
    await running.encoding();
    running.process.kill(signal);
    const { code, rest, stdout } = await running.ended();
    assert.equal(code, expected);
    const [said, ...more] = messages(rest, "error");
    assert.match(
      said!,
      new RegExp(
        `^${word} after \\d+ of 60 frames; \\d+\\.\\d+ slot-minutes of unfinished work are lost, nothing of 'out\\.ivf' is kept: `,
      ),
    );
    assert.deepEqual(more, []);
    assert.equal(rest.filter((line) => JSON.parse(line).type === "end").length, 1);
    assert.equal(stdout.length, 0);
    assert.deepEqual(folder.names(), ["in.y4m"]);
    assert.deepEqual(processesIn(folder), []);
  });
}

Deno.test("a second signal leaves at once with its own code", async () => {
  using folder = new WorkFolder();
  const running = startSlow(folder);
  await running.encoding();
  running.process.kill("SIGTERM");
  running.process.kill("SIGINT");
  const { code } = await running.ended();
  // Two signals that are pending together may be taken in either order.
  assert.ok(code === 130 || code === 143, `exit code ${code}`);
  assert.ok(!folder.names().includes("out.ivf"));
  assert.deepEqual(processesIn(folder), []);
});

Deno.test("SIGTERM in the moment the unfinished file appears leaves nothing", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, slowClip);
  const watcher = Deno.watchFs(folder.path);
  const running = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "0"], { cwd: folder.path });
  for await (const event of watcher) {
    if (event.paths.some((path) => path.endsWith("/out.ivf.part"))) break;
  }
  running.process.kill("SIGTERM");
  assert.equal((await running.ended()).code, 143);
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

Deno.test("SIGTERM while the file is completed leaves all of it, or what the same command completes", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const running = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "10"], { cwd: folder.path });
  await running.until(({ type }) => type === "end");
  try {
    running.process.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
  const { code } = await running.ended();
  assert.ok(code === 0 || code === 143, `exit code ${code}`);
  const again = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "10", "-y"], { cwd: folder.path });
  if (code === 143) assert.equal((await again.ended()).code, 0);
  else await again.ended();
  assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

for (const point of ["marked-final", "renamed"]) {
  Deno.test(`SIGTERM at ${point}, when the output has its name, comes too late: exit 0, and nothing is said to be lost`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const running = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "10"], {
      cwd: folder.path,
      env: { RAV1E_BY_GOP_FAULTS: `term:${point}` },
    });
    const { code, rest } = await running.ended();
    assert.deepEqual(messages(rest, "error"), []);
    assert.equal(code, 0);
    assert.equal(rest.filter((line) => JSON.parse(line).type === "summary").length, 1);
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  });
}

Deno.test("SIGINT while a pipe for the output waits for its reader is exit 130", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  new Deno.Command("mkfifo", { args: [folder.file("pipe")] }).outputSync();
  const args = ["in.y4m", "-o", "pipe", "-s", "10", "-v"];
  const running = new RunningProgram(args, { cwd: folder.path });
  // The last thing that is said before the output is opened.
  await running.until(({ text }) => typeof text === "string" && text.startsWith("settings:"));
  running.process.kill("SIGINT");
  const { code, signal } = await running.ended();
  assert.ok(code === 130 || signal === "SIGINT", `exit code ${code}`);
});

Deno.test("a SIGHUP that was ignored at the start stays ignored", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { command, before } = programCommand();
  const child = new Deno.Command("sh", {
    args: ["-c", `trap "" HUP; exec "$@"`, "sh", command, ...before, "in.y4m", "-o", "out.ivf", "-s", "10"],
    cwd: folder.path,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const watcher = Deno.watchFs(folder.path);
  for await (const event of watcher) {
    if (event.paths.some((path) => path.endsWith("/out.ivf.part"))) break;
  }
  child.kill("SIGHUP");
  const stderr = await new Response(child.stderr).text();
  assert.equal((await child.status).code, 0, stderr);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("SIGSTOP and SIGCONT change no byte", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, clip(scenes(30, 30), { width: 320, height: 176 }));
  const args = ["in.y4m", "-s", "3", "-o"];
  const undisturbed = new RunningProgram([...args, "undisturbed.ivf"], { cwd: folder.path });
  assert.equal((await undisturbed.ended()).code, 0);
  const running = new RunningProgram([...args, "out.ivf"], { cwd: folder.path });
  await running.encoding();
  for (let n = 0; n < 3; n++) {
    running.process.kill("SIGSTOP");
    await stopped(running.process.pid);
    running.process.kill("SIGCONT");
  }
  assert.equal((await running.ended()).code, 0);
  assert.deepEqual(folder.read("out.ivf"), folder.read("undisturbed.ivf"));
});

/** Resolves when the system shows the process as stopped. */
async function stopped(pid: number): Promise<void> {
  for (;;) {
    const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${pid}`] }).output();
    if (new TextDecoder().decode(stdout).startsWith("T")) return;
  }
}

/** Processes that work in the folder; always none where there is no /proc. */
function processesIn(folder: WorkFolder): string[] {
  if (Deno.build.os !== "linux") return [];
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => name).filter((name) => {
    try {
      return /^\d+$/.test(name) && Deno.readLinkSync(`/proc/${name}/cwd`) === folder.path;
    } catch {
      return false;
    }
  });
}
