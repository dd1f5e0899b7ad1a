import assert from "node:assert/strict";
import { createScenesDisplay, type ScenesStatus } from "../../../lib/cli/progress/scenes.ts";
import { fakeStream } from "./samples.ts";

const half: ScenesStatus = { elapsed: 10, frames: 1000, framesDone: 500, keyframes: 7, fps: 50, eta: 10 };
const environment = {};
const erase = "\r\x1b[2K";

Deno.test("A line of scenes is redrawn on a terminal, cut to its width, and gone at the end", () => {
  const stderr = fakeStream(true, { columns: 60, rows: 24 });
  const display = createScenesDisplay("auto", { stderr, environment });
  display.update(half);
  assert(stderr.text.startsWith(`${erase}[==========>           ]  50.0 %   500/1000 frames  7 key`), stderr.text);
  assert.equal(stderr.text.length, erase.length + 59);
  display.message("careful", "warning");
  display.update(half);
  display.finish();
  display.finish();
  display.update(half);
  display.summary("done", {});
  const shown = stderr.text.split(erase);
  assert.deepEqual(shown.slice(2).map((text) => text.slice(0, 8)), ["careful\n", "[=======", "done\n"]);
});

Deno.test("Plain lines of scenes come every half minute, or with a further tenth five seconds later", () => {
  const stderr = fakeStream(false);
  const display = createScenesDisplay("auto", { stderr, environment });
  const seen: number[] = [];
  for (let elapsed = 0; elapsed <= 100; elapsed++) {
    const before = stderr.writes.length;
    display.update({ ...half, elapsed, framesDone: elapsed < 20 ? elapsed * 50 : 999 });
    if (stderr.writes.length > before) seen.push(elapsed);
  }
  assert.deepEqual(seen, [5, 10, 15, 20, 50, 80]);
  assert.equal(stderr.writes[1], "0:00:10  50.0 %   500/1000 frames  7 keyframes  50.0 fps  ETA 0:00:10\n");
});

Deno.test("JSON lines of scenes are one a second, messages and a summary", () => {
  const stderr = fakeStream(true);
  const display = createScenesDisplay("json", { stderr, environment });
  for (const elapsed of [0.2, 0.4, 1.3]) display.update({ ...half, elapsed, fps: null, eta: null });
  display.message("note");
  display.finish();
  display.summary("text", { output: "a.json", frames: 1000, keyframes: 7 });
  const lines = stderr.writes.map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ type }) => type), ["progress", "progress", "message", "summary"]);
  const { elapsed: _, ...rest } = half;
  assert.deepEqual(lines[1], { type: "progress", elapsed: 1.3, ...rest, fps: null, eta: null });
  assert.deepEqual(lines[3], { type: "summary", output: "a.json", frames: 1000, keyframes: 7 });
});

Deno.test("Quiet scenes say warnings alone, and without progress there are messages", () => {
  for (const [mode, quiet, expected] of [["bar", true, "w\n"], ["none", false, "n\nw\ns\n"]] as const) {
    const stderr = fakeStream(true);
    const display = createScenesDisplay(mode, { stderr, environment, quiet });
    display.update(half);
    display.message("n");
    display.message("w", "warning");
    display.finish();
    display.summary("s", {});
    assert.equal(stderr.text, expected);
  }
});
