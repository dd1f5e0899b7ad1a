import assert from "node:assert/strict";
import fc from "fast-check";
import { plainLine } from "../../../lib/cli/progress/plain.ts";
import { layoutStatus, type Paint } from "../../../lib/cli/progress/layout.ts";
import { encodeStatus, slotStatus } from "./samples.ts";

const bare: Paint = (_, text) => text;
const coloured: Paint = (look, text) => `<${look}>${text}</>`;

Deno.test("layoutStatus() draws the run and its slots at 80 columns", () => {
  const status = encodeStatus({ slots: [slotStatus(0), slotStatus(1, { attempt: 2, done: 60 }), slotStatus(2, null)] });
  assert.deepEqual(layoutStatus(status, { columns: 80, rows: 24 }, bare), [
    "[====>      ]  50.0 %   500/1000  25.0 fps  1000 kbit/s  ~4.77 MiB  ETA 0:00:20",
    "1  segment 1     0-239   120/240  [==============>               ]",
    "2  segment 2   240-479    60/240  [======>                       ]  try 2",
    "3  idle",
  ]);
});

Deno.test("layoutStatus() leaves out the same items in all rows of a narrow terminal", () => {
  const status = encodeStatus({ slots: [slotStatus(0), slotStatus(1, { attempt: 2 })] });
  assert.deepEqual(layoutStatus(status, { columns: 40, rows: 10 }, bare), [
    "[==>   ]  50.0 %  25.0 fps  ETA 0:00:20",
    "1  segment 1     0-239   120/240",
    "2  segment 2   240-479   120/240  try 2",
  ]);
  assert.deepEqual(layoutStatus(status, { columns: 30, rows: 10 }, bare), [
    "50.0 %  25.0 fps  ETA 0:00:20",
    "1  segment 1  120/240",
    "2  segment 2  120/240  try 2",
  ]);
  assert.deepEqual(layoutStatus(status, { columns: 20, rows: 10 }, bare), [
    "50.0 %  ETA 0:00:20",
    "1  120/240  [=>   ]",
    "2  120/240  [=>   ]",
  ]);
});

Deno.test("layoutStatus() says how many slots do not fit, idle ones first", () => {
  const slots = Array.from({ length: 64 }, (_, slot) => slotStatus(slot, slot < 8 ? null : {}));
  const lines = layoutStatus(encodeStatus({ slots }), { columns: 80, rows: 24 }, bare);
  assert.equal(lines.length, 23);
  assert.equal(lines.at(-1), "+43 more");
  assert.ok(lines[1]!.startsWith(" 9  segment"));
  assert.equal(layoutStatus(encodeStatus({ slots }), { columns: 80, rows: 2 }, bare).length, 1);
  assert.deepEqual(layoutStatus(encodeStatus({ slots }), { columns: 80, rows: 3 }, bare).slice(1), ["+64 more"]);
});

Deno.test("layoutStatus() shows what is known of an input of unknown length", () => {
  const slots = [slotStatus(0, { frames: null, done: 17 })];
  const status = encodeStatus({ frames: null, eta: null, planComplete: false, slots });
  assert.deepEqual(layoutStatus(status, { columns: 120, rows: 24 }, bare), [
    "500 frames  25.0 fps  1000 kbit/s   2.38 MiB  2/5+ segments  0:00:20 elapsed",
    "1  segment 1  0-    17/?",
  ]);
});

Deno.test("what is left by a container's claim alone is a guess, and looks like one", () => {
  const status = encodeStatus({ frames: null, eta: 754, planComplete: false, slots: [] });
  const [line] = layoutStatus(status, { columns: 120, rows: 24 }, bare);
  assert.match(line!, /^500 frames .* ETA ~0:12:34$/);
  assert.match(plainLine(status), /500 frames .* {2}ETA ~0:12:34$/);
  assert.doesNotMatch(plainLine(encodeStatus({ frames: null, eta: null })), /ETA/);
});

Deno.test("layoutStatus() has figures of unchanged width before the first packet", () => {
  const begun = encodeStatus({ framesDone: 100, bytes: 500_000 });
  const fresh = encodeStatus({ framesDone: 0, bytes: 0, fps: null, eta: null });
  const size = { columns: 80, rows: 24 };
  const columnsOf = (line: string) => [...line.matchAll(/fps|kbit|ETA/g)].map(({ index }) => index);
  assert.deepEqual(columnsOf(layoutStatus(fresh, size, bare)[0]!), columnsOf(layoutStatus(begun, size, bare)[0]!));
});

Deno.test("layoutStatus() never draws beyond the terminal, whatever the status", () => {
  const segment = fc.record({
    index: fc.nat(1e6),
    first: fc.nat(1e7),
    frames: fc.option(fc.nat(1e5)),
    done: fc.nat(1e5),
    attempt: fc.integer({ min: 1, max: 3 }),
  });
  const worker = fc.option(
    fc.constantFrom("a:1", "box.local:13415", "[2001:db8::1]:13415", "b\u00fccher\x1b[2J.example:1"),
  );
  const status = fc.record({
    elapsed: fc.double({ min: 0, max: 1e7, noNaN: true }),
    frames: fc.option(fc.nat(1e9)),
    framesDone: fc.nat(1e9),
    bytes: fc.nat(1e15),
    segments: fc.nat(1e6),
    segmentsDone: fc.nat(1e6),
    planComplete: fc.boolean(),
    fps: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
    eta: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
    frameRate: fc.double({ min: 0, max: 1000, noNaN: true }),
    slots: fc.array(fc.tuple(fc.option(segment), worker), { maxLength: 70 }).map((slots) =>
      slots.map(([segment, worker], slot) => ({ slot, worker, segment }))
    ),
  });
  const size = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });
  fc.assert(fc.property(status, size, (some, terminal) => {
    const lines = layoutStatus(some, terminal, bare);
    assert.ok(lines.length >= 1 && lines.length <= Math.max(1, terminal.rows - 1), `${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= Math.max(1, terminal.columns - 1), line);
    const unpainted = layoutStatus(some, terminal, coloured).map((line) => line.replaceAll(/<.*?>/g, "").trimEnd());
    assert.deepEqual(unpainted, lines);
  }));
});

Deno.test("layoutStatus() names the machine of each slot where there are workers, and only there", () => {
  const slots = [slotStatus(0), { ...slotStatus(0), worker: "box.local:13415" }, {
    ...slotStatus(1, null),
    worker: "b:1",
  }];
  const lines = layoutStatus(encodeStatus({ slots }), { columns: 120, rows: 24 }, bare).slice(1);
  assert.match(lines[0]!, /^1 {2}here {13}segment 1 {2}/);
  assert.match(lines[1]!, /^1 {2}box\.local:13415 {2}segment 1 {2}/);
  assert.match(lines[2]!, /^2 {2}b:1 {14}idle$/);
  assert.equal(lines[0]!.length, lines[1]!.length);
  assert.doesNotMatch(layoutStatus(encodeStatus(), { columns: 120, rows: 24 }, bare).join(), /here/);
});
