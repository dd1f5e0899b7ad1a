import assert from "node:assert/strict";
import { createProgress } from "../../../lib/cli/progress/display.ts";
import { encodeStatus, fakeStream } from "./samples.ts";

const environment = { TERM: "xterm" };

Deno.test("createProgress() redraws on a terminal and writes lines anywhere else", async () => {
  const drawsOn = async (isTerminal: boolean, TERM?: string) => {
    const stderr = fakeStream(isTerminal);
    const display = await createProgress("auto", { stderr, environment: { TERM } });
    display.update(encodeStatus({ elapsed: 100 }));
    return stderr.text.includes("segment 1 ");
  };
  assert.equal(await drawsOn(true, "xterm"), true);
  assert.equal(await drawsOn(true, undefined), true);
  assert.equal(await drawsOn(true, "dumb"), false);
  assert.equal(await drawsOn(false, "xterm"), false);
});

Deno.test("the plain display writes a line each 30 s and at each further tenth", async () => {
  const stderr = fakeStream(false);
  const display = await createProgress("plain", { stderr, environment });
  for (let elapsed = 0; elapsed <= 100; elapsed += 0.25) {
    // 10 % each 40 s
    display.update(encodeStatus({ elapsed, framesDone: Math.floor(elapsed * 2.5), bytes: 1024 * elapsed }));
  }
  assert.deepEqual(stderr.writes.map((line) => line.split("  ")[0]), ["0:00:30", "0:00:40", "0:01:10", "0:01:20"]);
  assert.equal(stderr.writes[1], "0:00:40   10.0 %   100/1000 frames  25.0 fps  81.9 kbit/s  40.0 KiB  ETA 0:00:20\n");
});

Deno.test("the plain display keeps a short run and a long night readable", async () => {
  const linesOf = async (seconds: number, step: number) => {
    const stderr = fakeStream(false);
    const display = await createProgress("plain", { stderr, environment });
    for (let elapsed = 0; elapsed <= seconds; elapsed += step) {
      display.update(encodeStatus({ elapsed, framesDone: Math.floor(1000 * elapsed / seconds) }));
    }
    return stderr.writes.length;
  };
  assert.equal(await linesOf(4, 0.25), 0);
  const night = await linesOf(10 * 3600, 1);
  assert.ok(night > 100 && night < 200, `${night} lines`);
});

Deno.test("the plain display shows an input of unknown length without percentages", async () => {
  const stderr = fakeStream(false);
  const display = await createProgress("plain", { stderr, environment });
  display.update(encodeStatus({ elapsed: 31, frames: null, eta: null, fps: null, framesDone: 0, bytes: 0 }));
  assert.equal(stderr.text, "0:00:31  0 frames  - fps  - kbit/s  0 B\n");
});

Deno.test("the json display writes one object a line about once a second and one at the end", async () => {
  const stderr = fakeStream(true);
  const display = await createProgress("json", { stderr, environment });
  for (let elapsed = 0; elapsed <= 2; elapsed += 0.25) display.update(encodeStatus({ elapsed }));
  display.message("fewer slots", "warning");
  display.finish(encodeStatus({ framesDone: 1000 }));
  display.finish(encodeStatus());
  display.update(encodeStatus({ elapsed: 99 }));
  const documents = stderr.writes.map((line) => {
    assert.match(line, /^[^\n]+\n$/);
    return JSON.parse(line);
  });
  assert.deepEqual(documents.map(({ type, elapsed }) => [type, elapsed]), [
    ["progress", 0],
    ["progress", 1],
    ["progress", 2],
    ["message", undefined],
    ["end", 20],
  ]);
  assert.deepEqual(documents[3], { type: "message", kind: "warning", text: "fewer slots" });
  assert.deepEqual(documents[0], {
    type: "progress",
    elapsed: 0,
    frames: 1000,
    framesDone: 500,
    fraction: 0.5,
    bytes: 2_500_000,
    kbps: 1000,
    estimatedBytes: 5_000_000,
    fps: 25,
    eta: 20,
    segments: 5,
    segmentsDone: 2,
    planComplete: true,
    slots: [
      { slot: 0, segment: 0, first: 0, frames: 240, done: 120, attempt: 1 },
      { slot: 1, segment: 1, first: 240, frames: 240, done: 120, attempt: 1 },
    ],
  });
});

Deno.test("no display writes control characters where messages only are wanted, and --quiet drops the notes", async () => {
  const said = async (mode: "none" | "bar" | "json", quiet: boolean) => {
    const stderr = fakeStream(true);
    const display = await createProgress(mode, { stderr, environment, quiet });
    display.message("a note");
    display.message("a warning", "warning");
    display.update(encodeStatus());
    display.finish(encodeStatus());
    return stderr.text;
  };
  assert.equal(await said("none", false), "a note\na warning\n");
  assert.equal(await said("none", true), "a warning\n");
  assert.equal(await said("bar", true), "a warning\n");
});
