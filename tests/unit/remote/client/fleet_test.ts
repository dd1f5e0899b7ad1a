import assert from "node:assert/strict";
import { madePackets } from "../../../support/fake_daemon.ts";
import { until } from "../../../support/virtual_clock.ts";
import { ended, FleetWorld } from "./fleet_world.ts";

Deno.test("A worker gets the settings and gives its slots, no more than its entry allows", async () => {
  await using world = new FleetWorld({}, { slots: 3 });
  assert.deepEqual([world.worker.name, world.worker.slots, world.worker.ahead], ["box:13415", 0, 0]);
  const daemon = await world.daemon.accept();
  const open = await daemon.open({ slots: 8, ahead: 2 });
  assert.deepEqual(
    [open.resume, open.slots, open.frameBytes, open.packBytes, open.client],
    [null, 3, 64, 600_000, "desk"],
  );
  await until(() => world.worker.slots > 0);
  assert.deepEqual([world.worker.slots, world.worker.ahead, world.worker.hopeful, world.changes], [3, 2, true, 1]);
  await daemon.say({ type: "grant", slots: 1, ahead: 0 });
  await until(() => world.worker.slots === 1);
  assert.deepEqual([world.worker.ahead, world.changes, world.notes], [0, 2, []]);
});

Deno.test("A segment's packs go there byte for byte, and its packets come back", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ slots: 1, ahead: 0 });
  for (const segment of [0, 1, 2, 3]) {
    const begun = world.begin(segment);
    const { task, first, attempt } = await daemon.next("task");
    assert.deepEqual([task, first, attempt, begun.remote.slot], [segment, 100 * segment, 1, undefined]);
    await daemon.say({ type: "started", task, slot: 0 });
    const { packs, frames } = await daemon.takePacks(task);
    assert.equal(frames, world.packs.frames(segment));
    assert.deepEqual(packs, world.packs.packs[segment]!.map(({ bytes }) => bytes));
    const packets = madePackets(frames);
    await daemon.sayResult(task, packets, 17);
    const outcome = await ended(begun);
    assert.equal(begun.remote.slot, 0);
    assert.ok(outcome.kind === "done");
    assert.deepEqual([outcome.packets.index, outcome.packets.first, outcome.packets.frames], [
      segment,
      100 * segment,
      frames,
    ]);
    assert.deepEqual([...outcome.packets.data], packets.flatMap((packet) => [...packet]));
    assert.equal((await daemon.next("kept")).task, task);
  }
  assert.equal(world.worker.facts.faults, 0);
});

Deno.test("No more is sent than the worker has room for, and running tasks come first", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ slots: 1, ahead: 1, credit: 600_000 });
  world.begin(2);
  const waiting = (await daemon.next("task")).task;
  for (let bytes = 0; bytes < 600_000;) bytes += (await daemon.next("pack")).body.length;
  world.begin(3);
  // Its second pack has no room; all of the other task's are sent before it gets some.
  const running = (await daemon.next("task")).task;
  await daemon.say({ type: "started", task: running, slot: 0 });
  assert.equal((await daemon.takePacks(running)).frames, 6);
  await daemon.say({ type: "credit", task: waiting, bytes: 1_200_000 });
  const part = await daemon.next("pack");
  assert.deepEqual([part.task, part.number, part.offset, part.bytes], [waiting, 1, 0, 300_000]);
});

Deno.test("A task waits on this side while a cancelled one still has its place", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ slots: 1, ahead: 0 });
  const first = world.begin(0);
  const { task } = await daemon.next("task");
  await daemon.takePacks(task);
  first.remote.cancel();
  assert.equal(first.outcome, undefined, "not from within the call");
  await Promise.resolve();
  assert.deepEqual(first.outcome, { kind: "cancelled" });
  const second = world.begin(1);
  assert.equal((await daemon.next("cancel")).task, task);
  await daemon.say({ type: "ping", number: 7 });
  // A result that was on its way is nobody's.
  await daemon.sayResult(task, madePackets(3));
  assert.equal((await daemon.next("kept")).task, task);
  assert.equal((await daemon.next("task")).task, 1);
  assert.equal(second.outcome, undefined);
});

Deno.test("A failed try is the worker's fault, a task that it gives back is not", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  const failing = world.begin(0), returned = world.begin(1);
  await daemon.next("task");
  await daemon.next("task");
  await daemon.say({ type: "failed", task: 0, reason: "no\nroom" });
  assert.deepEqual(await ended(failing), { kind: "failed", reason: "no\\u{a}room" });
  await daemon.say({ type: "cancelled", task: 1 });
  assert.deepEqual(await ended(returned), { kind: "lost", reason: "the worker gave it back", crashed: "no" });
  assert.equal(world.worker.facts.faults, 1);
});

Deno.test("Progress is the daemon's, checked against what was sent", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  const begun = world.begin(3);
  await daemon.next("task");
  await daemon.takePacks(0);
  await daemon.say({ type: "progress", tasks: [[0, 5, 2, 1234, true]], queued: [] });
  await until(() => begun.remote.progress.packets === 2);
  assert.deepEqual(begun.remote.progress, { sent: 5, packets: 2, bytes: 1234, waiting: true });
});

Deno.test("A task is passed over while others have the slot that is granted for it, and no longer", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ slots: 1, ahead: 1 });
  const next = world.begin(0), afterwards = world.begin(1);
  for (const task of [0, 1]) assert.equal((await daemon.next("task")).task, task);
  await daemon.takePacks(0);
  assert.equal(next.remote.passedOverMs, undefined);
  await world.clock.advance(500);
  await daemon.say({ type: "progress", tasks: [], queued: [0, 1] });
  await until(() => next.remote.passedOverMs === 500);
  // This one waits for the other, whoever has the slot.
  assert.equal(afterwards.remote.passedOverMs, undefined);
  await daemon.say({ type: "started", task: 0, slot: 0 });
  await until(() => next.remote.slot === 0);
  assert.equal(next.remote.passedOverMs, undefined);
  await daemon.say({ type: "progress", tasks: [[0, 1, 0, 0, false]], queued: [1] });
  await until(() => next.remote.progress.sent === 1);
  assert.equal(afterwards.remote.passedOverMs, undefined);
});

Deno.test("A run that ends says goodbye, and hears nothing more", async () => {
  const world = new FleetWorld();
  const daemon = await world.connected();
  const begun = world.begin(0);
  const changes = world.changes;
  world.fleet.close();
  for (;;) {
    const message = (await daemon.channel.receive())?.header.type;
    if (message === "bye") break;
    assert.ok(["task", "pack", "end"].includes(String(message)), String(message));
  }
  await world.fleet.closed();
  assert.deepEqual([begun.outcome, world.changes, world.notes], [undefined, changes, []]);
  assert.equal(world.clock.waiting, 0);
});

Deno.test("A run that ends while a worker is dialled waits for nothing", async () => {
  const world = new FleetWorld({
    dial: (_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  await until(() => true);
  world.fleet.close();
  await world.fleet.closed();
  assert.deepEqual([world.changes, world.notes], [0, []]);
});

Deno.test("Packs are wanted for a task that waits only while they are sure to have room, and for a running one always", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ slots: 1, ahead: 1, credit: 1_200_000 });
  const first = world.begin(0), { remote } = world.begin(2);
  assert.ok(remote.isSated, "the worker was not told of it yet");
  for (const task of [0, 1]) assert.equal((await daemon.next("task")).task, task);
  for (const task of [0, 1]) await daemon.takePacks(task);
  assert.ok(remote.isSated, "900,000 bytes are there, and a pack may have 600,000");
  assert.ok(!first.remote.isSated);
  let taken = 0;
  remote.onPackTaken = () => taken++;
  await daemon.say({ type: "credit", task: 1, bytes: 1_400_000 });
  await daemon.say({ type: "credit", task: 1, bytes: 1_500_000 });
  await until(() => taken === 1);
  assert.ok(!remote.isSated);
  remote.feed.publish({ offset: 0, bytes: 1, frames: 1 });
  assert.ok(remote.isSated, "what is published counts");
  await daemon.say({ type: "started", task: 1, slot: 0 });
  await until(() => taken === 2);
  assert.ok(!remote.isSated);
});
