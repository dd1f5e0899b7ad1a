import assert from "node:assert/strict";
import type { ResolvedSettings } from "../../../ffi/library.ts";
import { SlotBudget } from "../../../lib/encode/slot_budget.ts";
import { bytesPerSlot } from "../../../lib/machine/memory_model.ts";
import type { MemoryMode } from "../../../lib/machine/slots.ts";
import { settingsOf } from "../../support/settings_of.ts";

const settings = settingsOf({ width: 1920, height: 1080, speed: 6 });
const resolved: ResolvedSettings = {
  tileCols: 1,
  tileRows: 1,
  keyint: 240,
  minKeyint: 12,
  rdoLookaheadFrames: 40,
  sceneDetection: "standard",
  frameBytes: 1920 * 1080 * 1.5,
  onePiece: false,
  grainEntries: 0,
  grainUnreadFromLine: null,
  av1c: "",
  description: "",
};
const aSlot = bytesPerSlot(settings, resolved);
const gigabyte = 1e9;
const total = 400 * gigabyte;
/** What is left alone of the available memory (lib/machine/slots.ts), and room for rounding. */
const spare = gigabyte + aSlot / 2;

/** A budget on a machine whose free memory the test sets, in slots. */
function budget(wanted: number, mode: MemoryMode = "light") {
  const lines: string[] = [];
  const machine = { free: total / 2, held: 1e8 };
  const it = new SlotBudget({
    mode,
    settings,
    resolved,
    wanted,
    onChange: (line) => lines.push(line),
    machine: {
      memory: () => ({ total, available: machine.free, limited: false }),
      resident: () => machine.held,
    },
  });
  return {
    lines,
    slotsNow: () => it.slotsNow(),
    /** Others leave so many slots' memory; `running` slots hold theirs. */
    leave(slots: number, running = 0) {
      machine.free = spare + slots * aSlot;
      machine.held = 1e8 + running * aSlot;
    },
  };
}

Deno.test("SlotBudget gives all that is wanted where there is memory, and says nothing", () => {
  const { lines, slotsNow } = budget(16);
  assert.deepEqual([slotsNow(), slotsNow(), lines], [16, 16, []]);
});

Deno.test("SlotBudget follows the memory that others take and give back, with one line a change", () => {
  const { lines, slotsNow, leave } = budget(8);
  leave(5);
  assert.deepEqual([slotsNow(), slotsNow()], [5, 5]);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^5 of 8 slots: memory /);
  leave(3);
  assert.equal(slotsNow(), 3);
  assert.match(lines[1]!, /^3 of 8 slots: memory /);
  leave(20);
  assert.deepEqual([slotsNow(), slotsNow()], [8, 8]);
  assert.deepEqual(lines.slice(2), ["8 of 8 slots again: there is memory for all"]);
});

Deno.test("SlotBudget does not take what its own slots hold for others' memory", () => {
  const { lines, slotsNow, leave } = budget(6);
  leave(6);
  assert.equal(slotsNow(), 6);
  for (let running = 1; running <= 6; running++) {
    leave(6 - running, running);
    assert.equal(slotsNow(), 6);
  }
  assert.deepEqual(lines, []);
});

Deno.test("SlotBudget always gives one slot, and says once that even that is too much", () => {
  for (const wanted of [1, 4]) {
    const { lines, slotsNow, leave } = budget(wanted);
    leave(-1);
    assert.deepEqual([slotsNow(), slotsNow()], [1, 1]);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, new RegExp(`^1 of ${wanted} slots: memory .* \\(one is used all the same\\)`));
  }
});

Deno.test("SlotBudget does not look at memory when it is unlimited", () => {
  const { lines, slotsNow, leave } = budget(16, "unlimited");
  leave(0);
  assert.deepEqual([slotsNow(), lines], [16, []]);
});
