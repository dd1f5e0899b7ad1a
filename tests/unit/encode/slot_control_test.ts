// A control between two real threads. A lost wake-up would hang a test for ever: each answer is waited for no longer than
// `patienceMs`, far more than any machine needs.

import assert from "node:assert/strict";
import { SlotControl } from "../../../lib/encode/slot_control.ts";
import type { SlotEnd, SlotTask } from "./slot_control_worker.ts";

const patienceMs = 20_000;

class Slot implements Disposable {
  readonly control = new SlotControl();
  readonly #worker = new Worker(new URL("slot_control_worker.ts", import.meta.url), { type: "module" });

  /** Begins a segment that has `truth` frames in the end. */
  begin(truth: number, known: number, frames: number | null): Promise<SlotEnd> {
    this.control.reset(known, frames);
    const end = new Promise<SlotEnd>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("The slot was not woken")), patienceMs);
      this.#worker.onmessage = ({ data }) => {
        clearTimeout(timer);
        resolve(data);
      };
    });
    this.#worker.postMessage({ memory: this.control.memory, truth } satisfies SlotTask);
    return end;
  }

  /** Returns when the slot has taken so many frames: it waits for the next one, or is about to. */
  async took(frames: number): Promise<void> {
    const until = performance.now() + patienceMs;
    while (this.control.sent < frames) {
      assert.ok(performance.now() < until, `the slot took ${this.control.sent} of ${frames} frames`);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

Deno.test("A waiting slot learns that its segment ended exactly at the frames it knew", async () => {
  using slot = new Slot();
  for (let round = 0; round < 200; round++) {
    const end = slot.begin(4, 4, null);
    await slot.took(4);
    slot.control.grow(4, 4);
    assert.deepEqual(await end, { how: "end", sent: 4 });
  }
});

Deno.test("A waiting slot is woken by its cancellation, before its first frame too", async () => {
  using slot = new Slot();
  for (let round = 0; round < 100; round++) {
    const known = round % 3;
    const end = slot.begin(10, known, null);
    await slot.took(known);
    slot.control.cancel();
    assert.deepEqual(await end, { how: "cancelled", sent: known });
  }
});

Deno.test("A cancellation belongs to one segment: the next one begins with all counters at zero", async () => {
  using slot = new Slot();
  const cancelled = slot.begin(5, 3, null);
  await slot.took(3);
  slot.control.cancel();
  await cancelled;
  assert.equal(slot.control.cancelled, true);
  const end = slot.begin(4, 4, 4);
  assert.equal(slot.control.cancelled, false);
  assert.deepEqual(await end, { how: "end", sent: 4 });
  const { sent, packets, bytes } = slot.control;
  assert.deepEqual({ sent, packets, bytes }, { sent: 4, packets: 4, bytes: 0 + 1 + 2 + 3 });
});

Deno.test("A slot misses none of many quick updates and never reads beyond the end", async () => {
  using slot = new Slot();
  for (let round = 0; round < 400; round++) {
    const truth = 1 + (round * 37) % 120;
    const step = 1 + round % 5;
    const end = slot.begin(truth, 1, null);
    // Half of the rounds pause until the slot has caught up, so that it is seen waiting as well as racing.
    for (let known = 1; known < truth; known = Math.min(truth, known + step)) {
      slot.control.grow(known, null);
      if (round % 2 === 0 && known % 16 === 1) await slot.took(known);
    }
    // A third of the segments are all known before they are closed.
    if (round % 3 === 0) slot.control.grow(truth, null);
    slot.control.grow(truth, truth);
    assert.deepEqual(await end, { how: "end", sent: truth }, `round ${round}`);
    assert.equal(slot.control.sent, truth);
  }
});

Deno.test("A slot that runs behind a growing segment takes every frame once, none before it is known", async () => {
  using slot = new Slot();
  const end = slot.begin(300, 0, null);
  for (let known = 1; known <= 300; known++) {
    slot.control.grow(known, null);
    await slot.took(known);
    assert.equal(slot.control.sent, known);
  }
  slot.control.grow(300, 300);
  assert.deepEqual(await end, { how: "end", sent: 300 });
});

Deno.test("awaitFrame() does not wait where the answer is known, and a cancellation comes first", () => {
  const control = new SlotControl();
  control.reset(2, 2);
  assert.deepEqual([0, 1, 2, 3].map((frame) => control.awaitFrame(frame)), ["read", "read", "end", "end"]);
  control.cancel();
  assert.deepEqual([0, 2].map((frame) => control.awaitFrame(frame)), ["cancelled", "cancelled"]);
  control.reset(1, null);
  assert.equal(control.awaitFrame(0), "read");
});

/** Runs `update` right after the `place`th look at shared memory; a wait that nobody would end throws. */
function interleaved<T>(place: number, update: () => void, body: () => T): { result: T; looks: number } {
  const { load, wait } = Atomics;
  let looks = 0;
  const atomics = Atomics as { load: unknown; wait: unknown };
  atomics.load = (fields: BigInt64Array, at: number) => {
    const value = load(fields, at);
    if (++looks === place) update();
    return value;
  };
  atomics.wait = (fields: BigInt64Array, at: number, value: bigint) => {
    if (load(fields, at) === value) throw new Error("The slot would sleep through the update");
    return "not-equal";
  };
  try {
    return { result: body(), looks };
  } finally {
    Object.assign(Atomics, { load, wait });
  }
}

Deno.test("awaitFrame() sleeps through no update, whichever of its looks it comes after", () => {
  const updates: [string, (control: SlotControl) => void][] = [
    ["read", (control) => control.grow(4, null)],
    ["read", (control) => control.grow(4, 4)],
    ["end", (control) => control.grow(3, 3)],
    ["cancelled", (control) => control.cancel()],
  ];
  for (const [expected, update] of updates) {
    // It looks at four numbers before it goes to sleep.
    for (let place = 1; place <= 4; place++) {
      const control = new SlotControl();
      control.reset(3, null);
      const { result, looks } = interleaved(place, () => update(control), () => control.awaitFrame(3));
      assert.equal(result, expected, `an update after look ${place}`);
      assert.ok(looks >= place, "the update took place");
    }
  }
});

Deno.test("SlotControl counts bytes beyond 4 GiB", () => {
  const control = new SlotControl();
  control.reset(0, null);
  for (let packet = 0; packet < 3; packet++) control.countPacket(2 ** 31);
  assert.deepEqual([control.packets, control.bytes, new SlotControl(control.memory).bytes], [
    3,
    3 * 2 ** 31,
    3 * 2 ** 31,
  ]);
});
