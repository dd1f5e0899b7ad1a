import assert from "node:assert/strict";
import fc from "fast-check";
import { createProgress } from "../../../lib/cli/progress/display.ts";
import { encodeStatus, fakeStream, slotStatus } from "./samples.ts";
import { Screen } from "./screen.ts";

/** A bar display on a screen with so many rows that nothing scrolls out of it. */
async function barOn(columns: number, environment: Record<string, string> = { TERM: "xterm", NO_COLOR: "1" }) {
  const screen = new Screen(columns);
  const stderr = fakeStream(true, { columns, rows: 200 });
  const write = stderr.write;
  stderr.write = (text) => {
    write(text);
    screen.write(text);
  };
  const resize = (to: number) => {
    screen.resize(to);
    stderr.current = { columns: to, rows: 200 };
  };
  return { display: await createProgress("bar", { stderr, environment }), screen, stderr, resize };
}

Deno.test("the bar display redraws in place, one write a redraw", async () => {
  const { display, screen, stderr } = await barOn(60);
  for (let done = 1; done <= 240; done++) {
    display.update(encodeStatus({ framesDone: done, slots: [slotStatus(0, { done }), slotStatus(1, null)] }));
  }
  assert.equal(stderr.writes.length, 240);
  assert.deepEqual(screen.rows.slice(1), [
    "1  segment 1     0-239   240/240  [=======================]",
    "2  idle",
  ]);
  assert.match(screen.rows[0]!, /24\.0 %.*ETA 0:00:20$/);
  assert.deepEqual(screen.cursor, { row: 3, column: 0 });
});

Deno.test("the bar display writes nothing when nothing changed", async () => {
  const { display, stderr } = await barOn(80);
  display.update(encodeStatus());
  const before = stderr.writes.length;
  display.update(encodeStatus());
  assert.equal(stderr.writes.length, before);
});

Deno.test("the bar display puts messages above the lines, in one write", async () => {
  const { display, screen, stderr } = await barOn(80);
  display.message("first");
  display.update(encodeStatus());
  const before = stderr.writes.length;
  display.message("second: 漢字");
  assert.equal(stderr.writes.length, before + 1);
  display.update(encodeStatus({ framesDone: 501 }));
  assert.deepEqual(screen.rows.slice(0, 2), ["first", "second: 漢字"]);
  assert.match(screen.rows[2]!, /501\/1000/);
  assert.equal(screen.rows.length, 5);
});

Deno.test("the bar display leaves nothing behind when it ends, and stays silent", async () => {
  const { display, screen } = await barOn(80);
  display.message("kept");
  display.update(encodeStatus());
  display.finish(encodeStatus());
  display.finish(encodeStatus());
  display.update(encodeStatus());
  assert.deepEqual(screen.rows, ["kept"]);
  assert.deepEqual(screen.cursor, { row: 1, column: 0 });
  display.message("done");
  assert.equal(screen.rows[1], "done");
});

Deno.test("the bar display leaves no rubbish after any series of resizes, messages and slots", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("resize" as const), value: fc.integer({ min: 10, max: 120 }) }),
    fc.record({ kind: fc.constant("message" as const), value: fc.nat(9) }),
    fc.record({ kind: fc.constant("slots" as const), value: fc.integer({ min: 0, max: 9 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { display, screen, resize } = await barOn(80);
      let messages = 0;
      let done = 0;
      for (const { kind, value } of steps) {
        if (kind === "resize") resize(value);
        else if (kind === "message") display.message(`m${messages++}`);
        const slots = Array.from({ length: kind === "slots" ? value : 3 }, (_, slot) => slotStatus(slot));
        display.update(encodeStatus({ slots, framesDone: ++done }));
        assert.deepEqual(screen.rows.slice(0, messages), Array.from({ length: messages }, (_, n) => `m${n}`));
        assert.equal(screen.rows.length, messages + slots.length + 1);
        assert.deepEqual(screen.cursor, { row: messages + slots.length + 1, column: 0 });
      }
      display.finish(null);
      assert.deepEqual(screen.cursor, { row: messages, column: 0 });
      assert.equal(screen.rows.length, messages);
    }),
    { numRuns: 60 },
  );
});

Deno.test("the bar display neither hides the cursor nor changes a terminal mode", async () => {
  const { display, stderr } = await barOn(80, { TERM: "xterm" });
  display.update(encodeStatus());
  display.update(encodeStatus({ framesDone: 501 }));
  display.message("a warning", "warning");
  display.finish(null);
  // deno-lint-ignore no-control-regex
  const modes = new Set([...stderr.text.matchAll(/\x1b\[\?\d+[hl]/g)].map(([mode]) => mode));
  assert.deepEqual([...modes].filter((mode) => !mode.includes("?2026")), []);
  assert.ok(stderr.text.includes("\x1b[33ma warning\x1b[0m"));
});

Deno.test("the bar display uses no colours when NO_COLOR is set", async () => {
  const { display, stderr } = await barOn(80);
  display.update(encodeStatus());
  display.message("a warning", "warning");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stderr.text, /\x1b\[\d*m/);
});

Deno.test("the bar display draws afresh below what the shell wrote while the process was stopped", async () => {
  const { display, screen } = await barOn(80);
  display.update(encodeStatus({ slots: [] }));
  screen.write("[1]+  Stopped\n$ fg\n");
  display.continued();
  display.update(encodeStatus({ slots: [], framesDone: 501 }));
  assert.deepEqual(screen.rows.slice(1, 3), ["[1]+  Stopped", "$ fg"]);
  assert.match(screen.rows[3]!, /501\/1000/);
});
