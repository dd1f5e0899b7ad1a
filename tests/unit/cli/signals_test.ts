import assert from "node:assert/strict";
import { exitCodeOf, type StopSignal } from "../../../lib/cli/signals.ts";
import { startScript } from "./run_program.ts";

const stopSignals: StopSignal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** A program that watches, says so, and lives until it is stopped. */
function watcher(onStop: string, onUpdate = ""): string {
  return `
    import { watchSignals } from "lib/cli/signals.ts";
    const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\\n"));
    const watch = watchSignals(async (signal) => { ${onStop} });
    Deno.addSignalListener("SIGUSR1", () => { ${onUpdate} });
    say("ready");
    setInterval(() => {}, 1000);
  `;
}

for (const signal of stopSignals) {
  Deno.test(`watchSignals() cleans up on ${signal} and exits with its code`, async () => {
    await using child = await startScript(watcher(`await Promise.resolve(); say("cleaning after " + signal);`));
    assert.equal(await child.line(), "ready");
    child.process.kill(signal);
    assert.equal(await child.line(), `cleaning after ${signal}`);
    assert.equal((await child.process.status).code, exitCodeOf[signal]);
  });
}

Deno.test("watchSignals() exits with the signal's code when the cleanup fails", async () => {
  await using child = await startScript(watcher(`throw new Error("cleanup");`));
  assert.equal(await child.line(), "ready");
  child.process.kill("SIGTERM");
  assert.equal((await child.process.status).code, 143);
});

Deno.test("watchSignals() leaves a cleanup that never ends", async () => {
  await using child = await startScript(watcher(`say("cleaning"); await new Promise(() => {});`));
  assert.equal(await child.line(), "ready");
  child.process.kill("SIGTERM");
  assert.equal(await child.line(), "cleaning");
  assert.equal((await child.process.status).code, 143);
});

Deno.test("watchSignals() leaves at once at a second, different signal", async () => {
  await using child = await startScript(watcher(`say("cleaning"); await new Promise(() => {});`));
  assert.equal(await child.line(), "ready");
  child.process.kill("SIGTERM");
  assert.equal(await child.line(), "cleaning");
  child.process.kill("SIGINT");
  // The cleanup's own limit would have given SIGTERM's.
  assert.equal((await child.process.status).code, 130);
});

Deno.test("watchSignals() lets what the first signal has said out when a second follows, but does not wait for a reader", async () => {
  // More than a pipe takes at once: it is out only if somebody reads, and then only after several writes.
  const script = `import { queueStderr } from "lib/cli/stderr_queue.ts";` +
    watcher(`queueStderr("x".repeat(100_000) + "end\\n"); say("cleaning"); await new Promise(() => {});`);
  for (const reads of [true, false]) {
    await using child = await startScript(script, [], "piped");
    assert.equal(await child.line(), "ready");
    child.process.kill("SIGTERM");
    assert.equal(await child.line(), "cleaning");
    const said = reads ? new Response(child.process.stderr).text() : undefined;
    child.process.kill("SIGINT");
    if (said !== undefined) assert.match(await said, /xend\n$/);
    assert.equal((await child.process.status).code, 130);
    if (!reads) await child.process.stderr.cancel();
  }
});

Deno.test("watchSignals() is killed when the cleanup blocks the thread it runs on", async () => {
  const block = `say("stuck"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;
  await using child = await startScript(watcher(block));
  assert.equal(await child.line(), "ready");
  child.process.kill("SIGTERM");
  assert.equal(await child.line(), "stuck");
  assert.equal((await child.process.status).signal, "SIGKILL");
});

Deno.test("watchSignals() leaves a SIGHUP that was ignored at the start ignored", async () => {
  const script = watcher(`say("cleaning after " + signal);`, `say("alive");`);
  await using child = await startScript(script, ["sh", "-c", `trap "" HUP; exec "$@"`, "sh"]);
  assert.equal(await child.line(), "ready");
  child.process.kill("SIGHUP");
  // Two different signals may overtake each other, but a process that is gone answers none.
  child.process.kill("SIGUSR1");
  assert.equal(await child.line(), "alive");
  child.process.kill("SIGTERM");
  assert.equal(await child.line(), "cleaning after SIGTERM");
  assert.equal((await child.process.status).code, 143);
});

Deno.test("watchSignals() stops watching when disposed", async () => {
  const script = watcher(`say("cleaning");`, `watch[Symbol.dispose](); watch[Symbol.dispose](); say("disposed");`);
  await using child = await startScript(script);
  assert.equal(await child.line(), "ready");
  child.process.kill("SIGUSR1");
  assert.equal(await child.line(), "disposed");
  child.process.kill("SIGTERM");
  assert.equal(await child.line(), undefined);
  assert.equal((await child.process.status).signal, "SIGTERM");
});
