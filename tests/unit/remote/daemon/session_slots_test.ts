import assert from "node:assert/strict";
import { SessionSlots } from "../../../../lib/remote/daemon/session_slots.ts";

class CountedSlot {
  state: "made" | "ready" | "closed" = "made";
  prepare(): void {
    this.state = "ready";
  }
  close(): void {
    this.state = "closed";
  }
}

function counted(): { slots: SessionSlots<CountedSlot>; made: CountedSlot[] } {
  const made: CountedSlot[] = [];
  const slots = new SessionSlots(() => {
    made.push(new CountedSlot());
    return made.at(-1)!;
  });
  return { slots, made };
}

Deno.test("Tasks that wait have no thread: one more is started than may be at work", () => {
  const { slots, made } = counted();
  slots.prepare(4);
  assert.equal(made.length, 0);
  slots.allow(2);
  slots.prepare(1);
  assert.deepEqual(made.map(({ state }) => state), ["ready"]);
  slots.prepare(4);
  slots.prepare(4);
  assert.equal(made.length, 3);
  const [first, second] = [slots.take(), slots.take()];
  slots.prepare(4);
  assert.equal(made.length, 3);
  // That one is freeing its encoder still.
  slots.giveBack(first);
  const third = slots.take();
  assert.deepEqual(new Set([first, second, third]), new Set(made));
  slots.giveBack(second);
  assert.equal(slots.take(), first);
});

Deno.test("Threads beyond what is allowed end, those at work when they are given back", () => {
  const { slots, made } = counted();
  slots.allow(3);
  slots.prepare(3);
  const atWork = [slots.take(), slots.take()];
  slots.prepare(4);
  assert.equal(made.length, 4);
  slots.allow(0);
  assert.deepEqual(atWork.map(({ state }) => state), ["ready", "ready"]);
  assert.equal(made.filter(({ state }) => state === "closed").length, 2);
  slots.giveBack(atWork[0]!);
  assert.equal(atWork[0]!.state, "closed");
  slots.allow(1);
  slots.giveBack(atWork[1]!);
  assert.equal(atWork[1]!.state, "ready");
  slots.allow(0);
  assert.ok(made.every(({ state }) => state === "closed"));
});

Deno.test("In place of a thread that does not come back another is started", () => {
  const { slots, made } = counted();
  slots.allow(1);
  slots.take();
  slots.lose();
  slots.prepare(1);
  assert.equal(made.length, 2);
});
