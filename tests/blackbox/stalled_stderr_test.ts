// A standard error that is open and never read (a terminal held with Ctrl-S, a stalled connection): the encode goes on,
// and a signal is answered.

import assert from "node:assert/strict";
import { clip, scenes } from "../support/clips.ts";
import { startProgram } from "../support/program.ts";
import { WorkFolder } from "../support/work_folder.ts";

/** One segment a frame, each a JSON line: more than any pipe holds. */
const frames = 1500;
const folder = new WorkFolder();
folder.clip("in.y4m", {}, clip(scenes(frames), { width: 16, height: 16 }));
const args = ["in.y4m", "-s", "10", "--keyint", "1", "--progress", "json"];

/** What a test may take before the program is taken for stuck. */
const patienceMs = 120_000;

async function statusWithoutReading(child: Deno.ChildProcess): Promise<Deno.CommandStatus> {
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  const status = await child.status;
  clearTimeout(timer);
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  return status;
}

Deno.test("a standard error that nobody reads does not stop the encode", async () => {
  const child = startProgram([...args, "-o", "whole.ivf"], { cwd: folder.path });
  const { code, signal } = await statusWithoutReading(child);
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  assert.ok(folder.read("whole.ivf").length > frames * 12);
});

Deno.test("a standard error that nobody reads does not keep a signal from being answered", async () => {
  const child = startProgram([...args, "-o", "half.ivf"], { cwd: folder.path });
  // Its packets come out of the pipe's reach: by then more has been said than the pipe holds.
  while (!folder.names().includes("half.ivf.part") || Deno.statSync(folder.file("half.ivf.part")).size < 40_000) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill("SIGINT");
  const { code } = await statusWithoutReading(child);
  assert.equal(code, 130);
  assert.deepEqual(folder.names().filter((name) => name.startsWith("half")), ["half.ivf.rav1e-by-gop"]);
});

globalThis.addEventListener("unload", () => folder[Symbol.dispose]());
