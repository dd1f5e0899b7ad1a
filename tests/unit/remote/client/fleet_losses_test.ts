// Workers that go away and come back.

import assert from "node:assert/strict";
import type { FakeConnection } from "../../../support/fake_daemon.ts";
import { madePackets } from "../../../support/fake_daemon.ts";
import { until } from "../../../support/virtual_clock.ts";
import { type Begun, ended, FleetWorld } from "./fleet_world.ts";

/** Begins a segment that the daemon starts to encode and has all frames of. */
async function running(world: FleetWorld, daemon: FakeConnection, segment: number) {
  const begun = world.begin(segment);
  const { task, crashId } = await daemon.next("task");
  await daemon.takePacks(task);
  await daemon.say({ type: "started", task, slot: 0 });
  await until(() => begun.remote.slot === 0);
  return { begun, task, crashId };
}

/** The encoder has its first frame. */
async function beginsToEncode({ remote }: Begun, daemon: FakeConnection, task: number): Promise<void> {
  await daemon.say({ type: "progress", tasks: [[task, 1, 0, 0, false]], queued: [] });
  await until(() => remote.progress.sent === 1);
}

/** Lets time pass until the worker is dialled again. */
async function nextConnection(world: FleetWorld): Promise<FakeConnection> {
  for (const { dials } = world.daemon; world.daemon.dials === dials;) await world.clock.advance(50);
  return world.daemon.accept();
}

/** The session on the next connection. */
async function again(
  world: FleetWorld,
  tasks: readonly number[] = [],
): Promise<[FakeConnection, { resume: string | null; session: string }]> {
  const daemon = await nextConnection(world);
  const open = await daemon.open({ slots: 1, ahead: 1, tasks });
  await until(() => world.worker.slots === 1);
  return [daemon, open];
}

function isLost(begun: Begun, crashed: "yes" | "no" | "unknown"): void {
  assert.ok(begun.outcome?.kind === "lost", begun.outcome?.kind);
  assert.equal(begun.outcome.crashed, crashed);
}

Deno.test("A broken connection is taken up again, and the result of what went on comes over the new one", async () => {
  await using world = new FleetWorld();
  const first = await world.daemon.accept();
  const { session } = await first.open();
  await until(() => world.worker.slots === 1);
  const { begun, task } = await running(world, first, 2);
  // Half of the result comes before the connection breaks: all of it comes again.
  const packets = madePackets(5);
  await first.say({ type: "progress", tasks: [[task, 5, 1, 10, false]], queued: [] });
  first.stream.cut();
  await until(() => world.worker.slots === 0);
  const [second, open] = await again(world, [task]);
  assert.match(open.resume!, /^[0-9a-f]{64}$/);
  assert.equal(open.session, session);
  await second.sayResult(task, packets, 30);
  assert.equal((await ended(begun)).kind, "done");
  assert.equal((await second.next("kept")).task, task);
  assert.deepEqual([world.notes, world.worker.facts.faults], [[], 1]);
});

Deno.test("A segment whose frames were not all there is lost at once, and its task not wanted after the return", async () => {
  await using world = new FleetWorld();
  const first = await world.connected({ credit: 600_000 });
  const begun = world.begin(2);
  const { task } = await first.next("task");
  await first.next("pack");
  first.stream.cut();
  await ended(begun);
  isLost(begun, "no");
  assert.match(world.notes[0]!, /^worker box:13415 was lost: .*; 1 segment goes to other slots$/);
  const [second] = await again(world, [task]);
  assert.equal((await second.next("cancel")).task, task);
  assert.equal(world.notes[1], "worker box:13415 is back: 1 slot");
  // Its number is never used again.
  world.begin(0);
  assert.equal((await second.next("task")).task, task + 1);
});

Deno.test("What the worker did not go on with is lost, though its process lives", async () => {
  await using world = new FleetWorld();
  const first = await world.connected();
  const { begun } = await running(world, first, 0);
  first.stream.cut();
  await again(world, []);
  await ended(begun);
  isLost(begun, "no");
});

Deno.test("Segments are waited for five seconds, then they go elsewhere; whether they were the end of the process comes later", async () => {
  await using world = new FleetWorld();
  const first = await world.connected({ slots: 1, ahead: 1 });
  const { begun, crashId } = await running(world, first, 0);
  const waiting = world.begin(1);
  const { task } = await first.next("task");
  await first.takePacks(task);
  first.stream.cut();
  await until(() => world.worker.slots === 0);
  await world.clock.advance(400);
  world.daemon.ready = { ...world.daemon.ready, instance: "02".repeat(16), crashed: [crashId, 5] };
  // The connection is taken and nothing is said.
  await world.clock.advance(100);
  const silent = await world.daemon.accept(false);
  assert.deepEqual([begun.outcome, waiting.outcome], [undefined, undefined]);
  await world.clock.advance(4_500);
  isLost(begun, "unknown");
  isLost(waiting, "no");
  assert.match(world.notes[0]!, /was lost: .*; 2 segments go to other slots$/);
  assert.deepEqual(world.crashes, []);
  await silent.say(silent.ready);
  const { resume } = await silent.open();
  await until(() => world.worker.slots === 1);
  assert.deepEqual([resume, world.crashes], [null, [[0, true]]]);
});

Deno.test("A worker that dies before it can say that it has begun may have died of the segment all the same", async () => {
  await using world = new FleetWorld();
  const first = await world.connected({ slots: 1, ahead: 1 });
  const begun = world.begin(0);
  const { task, crashId } = await first.next("task");
  await first.takePacks(task);
  world.daemon.isDown = true;
  first.stream.cut();
  await until(() => world.worker.slots === 0);
  for (const { dials } = world.daemon; world.daemon.dials === dials;) await world.clock.advance(50);
  await until(() => begun.outcome !== undefined);
  isLost(begun, "unknown");
  world.daemon.isDown = false;
  world.daemon.ready = { ...world.daemon.ready, instance: "02".repeat(16), crashed: [crashId] };
  await again(world);
  assert.deepEqual(world.crashes, [[0, true]]);
});

Deno.test("A worker may die of what was just taken back from it: until it has answered that counts as if", async () => {
  for (const isGuilty of [true, false]) {
    await using world = new FleetWorld();
    const first = await world.connected();
    const { begun, crashId, task } = await running(world, first, 0);
    begun.remote.cancel();
    assert.deepEqual([world.suspicions, world.crashes], [[0], []]);
    assert.equal((await first.next("cancel")).task, task);
    first.stream.cut();
    await until(() => world.worker.slots === 0);
    world.daemon.ready = { ...world.daemon.ready, instance: "02".repeat(16), crashed: isGuilty ? [crashId] : [] };
    await again(world);
    assert.deepEqual([world.suspicions, world.crashes], [[0], [[0, isGuilty]]]);
  }
});

Deno.test("What is taken back from a worker that is away may have been its end too", async () => {
  await using world = new FleetWorld();
  const first = await world.connected();
  const { begun, crashId } = await running(world, first, 0);
  first.stream.cut();
  await until(() => world.worker.slots === 0);
  begun.remote.cancel();
  assert.deepEqual([world.suspicions, world.crashes], [[0], []]);
  world.daemon.ready = { ...world.daemon.ready, instance: "02".repeat(16), crashed: [crashId] };
  await again(world);
  assert.deepEqual([world.suspicions, world.crashes], [[0], [[0, true]]]);
});

Deno.test("A worker that answers that it gave a segment up has not died of it, nor one that had no frame of it", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  const { begun, task } = await running(world, daemon, 0);
  begun.remote.cancel();
  await daemon.next("cancel");
  await daemon.say({ type: "cancelled", task });
  await until(() => world.crashes.length > 0);
  assert.deepEqual([world.suspicions, world.crashes], [[0], [[0, false]]]);
  // This one was never announced.
  world.begin(1).remote.cancel();
  assert.deepEqual(world.suspicions, [0]);
  daemon.stream.cut();
  await again(world);
  assert.deepEqual(world.crashes, [[0, false]]);
});

Deno.test("A worker that never answers that it gave a segment up keeps it from others for ten seconds", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  const { begun } = await running(world, daemon, 0);
  begun.remote.cancel();
  await daemon.next("cancel");
  await world.pass(9_000, daemon);
  assert.deepEqual(world.crashes, []);
  await world.pass(2_000, daemon);
  assert.deepEqual([world.suspicions, world.crashes], [[0], [[0, false]]]);
  daemon.stream.cut();
  await again(world);
  // It was told again when the connection was lost.
  assert.deepEqual([world.suspicions, world.crashes], [[0, 0], [[0, false], [0, false]]]);
});

Deno.test("A worker that is there again as another process tells which segment was its end", async () => {
  for (const isGuilty of [true, false]) {
    await using world = new FleetWorld();
    const first = await world.connected();
    const { begun, crashId } = await running(world, first, 0);
    first.stream.cut();
    await until(() => world.worker.slots === 0);
    world.daemon.ready = { ...world.daemon.ready, instance: "02".repeat(16), crashed: isGuilty ? [crashId] : [] };
    const [, { resume }] = await again(world);
    isLost(begun, isGuilty ? "yes" : "no");
    assert.deepEqual([resume, world.crashes], [null, []]);
  }
});

Deno.test("Silence of 12 s is the end, and its segments go elsewhere at once", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  const { begun, task } = await running(world, daemon, 0);
  await beginsToEncode(begun, daemon, task);
  await world.pass(30_000, daemon);
  assert.deepEqual([begun.outcome, world.worker.slots], [undefined, 1]);
  await world.clock.advance(11_000);
  assert.equal(begun.outcome, undefined);
  await world.clock.advance(1_000);
  await until(() => begun.outcome !== undefined);
  isLost(begun, "unknown");
  assert.equal(world.notes[0], "worker box:13415 was lost: no answer for 12 s; 1 segment goes to other slots");
});

Deno.test("Time in which this process was stopped is no silence", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  const { begun } = await running(world, daemon, 0);
  for (let times = 0; times < 3; times++) await world.clock.freeze(600_000);
  await world.pass(3_000, daemon);
  assert.deepEqual([begun.outcome, world.worker.slots, world.notes], [undefined, 1, []]);
});

Deno.test("A task that does not get on is taken back and its slot not used until the worker has answered", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ slots: 2, ahead: 0 });
  const { begun, task } = await running(world, daemon, 0);
  await beginsToEncode(begun, daemon, task);
  await world.pass(60_000, daemon);
  await world.clock.advance(2_000);
  isLost(begun, "no");
  assert.equal(world.notes[0], "worker box:13415: no progress for 60 s in segment 0, which goes to another slot");
  assert.deepEqual([world.worker.slots, world.worker.facts.faults], [1, 1]);
  assert.equal((await daemon.next("cancel")).task, task);
  await daemon.say({ type: "cancelled", task });
  await daemon.say({ type: "grant", slots: 2, ahead: 0 });
  await until(() => world.worker.slots === 2);
});

Deno.test("A worker that answers pings and does not begin what it has a slot for loses it after 15 s, with a word later", async () => {
  for (const isHonest of [false, true]) {
    await using world = new FleetWorld();
    const daemon = await world.connected({ slots: 1, ahead: 0 });
    const begun = world.begin(0);
    const { task } = await daemon.next("task");
    await daemon.takePacks(task);
    if (isHonest) await daemon.say({ type: "progress", tasks: [], queued: [task] });
    await world.pass(12_000, daemon);
    assert.equal(begun.outcome, undefined);
    await world.pass(3_000, daemon);
    await world.clock.advance(1_000);
    assert.equal(begun.outcome !== undefined, !isHonest);
    if (isHonest) continue;
    assert.equal(world.notes[0], "worker box:13415: not begun for 15 s in segment 0, which goes to another slot");
    assert.equal((await daemon.next("cancel")).task, task);
  }
});

Deno.test("A worker that cannot be reached is spoken of once, tried with longer and longer waits, and used when it is there", async () => {
  await using world = new FleetWorld({}, {});
  world.daemon.isDown = true;
  await until(() => world.notes.length > 0);
  assert.deepEqual(world.notes, [
    "worker box:13415 cannot be used yet: connection refused; it is tried again in the background",
  ]);
  for (const [ms, dials] of [[500, 2], [1_000, 3], [2_000, 4], [60_000, 8]] as const) {
    await world.clock.advance(ms);
    assert.equal(world.daemon.dials, dials);
  }
  assert.equal(world.worker.hopeful, true);
  world.daemon.isDown = false;
  void world.clock.advance(30_000);
  await world.connected({ slots: 4 });
  assert.deepEqual(world.notes.slice(1), ["worker box:13415 is there: 4 slots"]);
});

Deno.test("Whoever answers in the place of a worker that is away does not make it given up", async () => {
  await using world = new FleetWorld();
  const first = await world.connected();
  first.stream.cut();
  await until(() => world.worker.slots === 0);
  for (let stranger = 0; stranger < 8; stranger++) {
    for (const { dials } = world.daemon; world.daemon.dials === dials && world.worker.hopeful;) {
      await world.clock.advance(50);
    }
    assert.ok(world.worker.hopeful, world.notes.join("\n"));
    const { stream } = await world.daemon.accept(false);
    await stream.write(new TextEncoder().encode("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  }
  await again(world);
});

Deno.test("A worker that drains finishes what it encodes, gives back the rest, and its end is no fault", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ slots: 1, ahead: 1 });
  const { begun, task } = await running(world, daemon, 0);
  const waiting = world.begin(1);
  const other = (await daemon.next("task")).task;
  await daemon.takePacks(other);
  await daemon.say({ type: "drain" });
  await daemon.say({ type: "cancelled", task: other });
  await ended(waiting);
  isLost(waiting, "no");
  assert.deepEqual([world.worker.slots, world.worker.ahead, begun.outcome], [0, 0, undefined]);
  await daemon.sayResult(task, madePackets(3));
  assert.equal((await ended(begun)).kind, "done");
  await daemon.next("kept");
  await daemon.say({ type: "bye", reason: "it was told to end" });
  daemon.channel.close();
  world.daemon.ready = { ...world.daemon.ready, instance: "02".repeat(16) };
  const [, { resume }] = await again(world);
  assert.deepEqual([world.notes, world.worker.facts.faults, world.worker.hopeful], [
    [
      "worker box:13415 is ending: it finishes what it encodes and is given no more",
      "worker box:13415 is back: 1 slot",
    ],
    0,
    true,
  ]);
  assert.equal(resume, null);
});

Deno.test("A worker that leaves with a goodbye while it encodes has not crashed", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  const { begun } = await running(world, daemon, 0);
  await daemon.say({ type: "bye", reason: "its time to drain is over" });
  await ended(begun);
  isLost(begun, "no");
});

Deno.test("Bytes are counted over all connections", async () => {
  await using world = new FleetWorld();
  const first = await world.connected();
  await running(world, first, 2);
  const { bytesSent, bytesReceived } = world.worker.facts;
  assert.ok(bytesSent > 900_000 && bytesReceived > 100);
  first.stream.cut();
  await again(world);
  assert.ok(world.worker.facts.bytesSent > bytesSent && world.worker.facts.bytesReceived > bytesReceived);
});
