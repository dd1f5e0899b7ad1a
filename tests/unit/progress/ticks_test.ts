import assert from "node:assert/strict";
import { Ticks } from "../../../lib/cli/progress/ticks.ts";
import { startScript } from "../cli/run_program.ts";

Deno.test("Ticks finds the tick after a pause late, and the next one on time again", () => {
  const ticks = new Ticks(200, 1000);
  const late = [1200, 1390, 1700, 5000, 5200, 5201].map((nowMs) => ticks.isLate(nowMs));
  assert.deepEqual(late, [false, false, false, true, false, false]);
});

Deno.test("a process that is continued hears of it before a tick that is not late", async () => {
  await using child = await startScript(`
    import { Ticks } from "lib/cli/progress/ticks.ts";
    const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\\n"));
    const ticks = new Ticks(50, performance.now());
    let said = false;
    Deno.addSignalListener("SIGCONT", () => { said = true; say("continued"); });
    say("ready");
    let before = performance.now();
    setInterval(() => {
      const now = performance.now(), paused = now - before > 300;
      before = now;
      const late = ticks.isLate(now);
      if (paused && !late && !said) say("drawn over the shell's lines");
    }, 50);
  `);
  assert.equal(await child.line(), "ready");
  child.process.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.process.kill("SIGCONT");
  assert.equal(await child.line(), "continued");
  child.process.kill("SIGKILL");
});
