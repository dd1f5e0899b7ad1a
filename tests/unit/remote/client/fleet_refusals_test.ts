// Workers that are refused, refuse, or break the protocol.

import assert from "node:assert/strict";
import { ConnectionLost } from "../../../../lib/remote/wire/byte_stream.ts";
import { Refused } from "../../../../lib/remote/handshake.ts";
import type { DaemonMessage, EncoderIdentity } from "../../../../lib/remote/messages.ts";
import { DialFailed } from "../../../../lib/remote/tls/dial.ts";
import {
  type FakeConnection,
  fakeHandshake,
  madePackets,
  resultContent,
  resultHeader,
  testIdentity,
} from "../../../support/fake_daemon.ts";
import { until } from "../../../support/virtual_clock.ts";
import { bitFlipped } from "../../../support/wire.ts";
import { type Begun, ended, FleetWorld } from "./fleet_world.ts";

/** What the user reads of a worker that was given up for good. */
async function givenUp(world: FleetWorld): Promise<string> {
  await until(() => !world.worker.hopeful, "a worker that is given up");
  await world.fleet.closed();
  assert.deepEqual([world.notes.length, world.clock.waiting], [1, 0]);
  return world.notes[0]!;
}

Deno.test("A worker that refuses the password or the version is named at once, tried twice more and given up", async () => {
  for (
    const [code, said, shown] of [["password", "the password is wrong", ""], [
      "protocol",
      "too\told",
      "too\\u{9}old",
    ]] as const
  ) {
    let tries = 0;
    await using world = new FleetWorld({
      handshake: () => {
        tries++;
        return Promise.reject(new Refused(code, said, null));
      },
    });
    await until(() => world.notes.length > 0);
    assert.deepEqual([tries, world.worker.hopeful], [1, true]);
    assert.equal(world.notes[0], `worker box:13415 (workers.toml, [[workers]] 1) is not used: ${shown || said}`);
    while (world.worker.hopeful) await world.clock.advance(500);
    await givenUp(world);
    await world.clock.advance(3_600_000);
    assert.equal(tries, 3);
  }
});

Deno.test("A password's proof that was altered on the way costs a moment, not the worker", async () => {
  let left = 2;
  await using world = new FleetWorld({
    handshake: (channel) =>
      left-- > 0 ? Promise.reject(new Refused("password", "the password is wrong", null)) : fakeHandshake(channel),
  });
  await until(() => world.notes.length > 0);
  for (let tries = 0; tries < 2; tries++) {
    await world.daemon.accept(false);
    for (const { dials } = world.daemon; world.daemon.dials === dials;) await world.clock.advance(50);
  }
  await world.connected({ slots: 2 });
  assert.deepEqual(world.notes, [
    "worker box:13415 (workers.toml, [[workers]] 1) is not used: the password is wrong",
    "worker box:13415 is there: 2 slots",
  ]);
  assert.equal(world.worker.hopeful, true);
});

Deno.test("A worker that shows another certificate is named once, not counted on, and used when it shows the right one", async () => {
  let isWrong = true;
  await using world: FleetWorld = new FleetWorld({
    dial: () => isWrong ? Promise.reject(new DialFailed("its certificate is another", true)) : world.daemon.dial(),
  });
  await until(() => !world.worker.hopeful);
  await world.clock.advance(600_000);
  assert.deepEqual(world.notes, [
    "worker box:13415 (workers.toml, [[workers]] 1) is not used: its certificate is another",
  ]);
  isWrong = false;
  await world.clock.advance(30_000);
  const first = await world.connected({ slots: 2 });
  assert.equal(world.worker.hopeful, true);
  // Once it was used it is counted on, whoever stands in its place for a while.
  isWrong = true;
  first.stream.cut();
  await until(() => world.worker.slots === 0);
  await world.clock.advance(600_000);
  assert.equal(world.worker.hopeful, true);
  isWrong = false;
  await world.clock.advance(30_000);
  await world.connected({ slots: 2 });
  assert.deepEqual(world.notes.slice(1), [
    "worker box:13415 is there: 2 slots",
    "worker box:13415 was lost: the connection was cut",
    "worker box:13415 (workers.toml, [[workers]] 1) is not used: its certificate is another",
    "worker box:13415 is back: 2 slots",
  ]);
});

Deno.test("A worker with another encoder is refused by name before any frame", async () => {
  const others = [
    [{ rav1e: "0.7.0" }, /it has rav1e 0\.7\.0, this machine 0\.8\.1; its version is 1$/],
    [{ avSceneChange: "1" }, /av-scenechange 1, this/],
    [{ abi: 5 }, /ABI 5, this machine 4/],
    [{ probe: "00".repeat(32) }, /other bytes of the same frames/],
  ] as const;
  for (const [change, message] of others) {
    // Found out only when the session is open.
    const own = Promise.withResolvers<EncoderIdentity>();
    await using world = new FleetWorld({}, {}, {}, own.promise);
    world.daemon.ready = { ...world.daemon.ready, identity: { ...testIdentity, ...change } };
    const daemon = await world.daemon.accept();
    await daemon.next("open");
    await daemon.say({ type: "opened", slots: 2, ahead: 1, credit: 2 ** 30, resumed: false, tasks: [] });
    assert.equal(world.worker.slots, 0);
    own.resolve(testIdentity);
    assert.match(await givenUp(world), message);
    await daemon.next("bye");
    assert.equal(await daemon.channel.receive(), null);
    // Its slots were never offered to the run.
    assert.equal(world.changes, 1);
  }
});

Deno.test("A worker that cannot encode this is not tried again, a busy one after the time it asks for", async () => {
  {
    await using world = new FleetWorld();
    const daemon = await world.daemon.accept();
    await daemon.next("open");
    await daemon.say({ type: "refuse", code: "settings", reason: "2 GB are missing", retryAfter: null });
    assert.match(await givenUp(world), /is not used: it cannot encode this: 2 GB are missing$/);
  }
  let tries = 0;
  await using world = new FleetWorld({
    handshake: () => {
      tries++;
      return Promise.reject(new Refused("busy", "64 others are at it", 20));
    },
  });
  await until(() => world.notes.length > 0);
  assert.equal(
    world.notes[0],
    "worker box:13415 takes nothing now: 64 others are at it; it is tried again in the background",
  );
  await world.clock.advance(19_000);
  assert.equal(tries, 1);
  await world.clock.advance(1_000);
  await until(() => tries === 2);
});

Deno.test("Settings that are too large to be sent are said so, and nobody is dialled", async () => {
  await using world = new FleetWorld({ dial: () => assert.fail("it was dialled") }, {}, {
    filmGrainTable: "x".repeat(2 ** 20),
  });
  assert.match(await givenUp(world), /is not used: the settings have \d+ bytes, and 1048576 can be sent$/);
});

Deno.test("Where this machine cannot find out what it encodes with, no worker is used", async () => {
  await using world = new FleetWorld(
    {},
    {},
    {},
    Promise.reject(new Error("Cannot find out what this machine encodes with")),
  );
  await world.daemon.accept();
  assert.match(await givenUp(world), /is not used: Cannot find out what this machine encodes with$/);
});

const part = { ...resultHeader(0, 3, 100), offset: 0 };

/** What a daemon must not say, with segment 0 (3 frames) sent as task 0. */
const breaches: [string, DaemonMessage, Uint8Array?][] = [
  ["a result of other frames", { ...part, frames: 4 }, new Uint8Array(100)],
  ["a result of a huge length", { ...part, bytes: 2 ** 32 - 1 }, new Uint8Array(100)],
  ["a result that is nonsense", part, new Uint8Array(100)],
  ["a result from its middle", { ...part, offset: 50 }, new Uint8Array(50)],
  ["a result of an unknown task", { ...part, task: 1 }, new Uint8Array(100)],
  ["credit that shrinks", { type: "credit", task: 0, bytes: 5 }],
  ["credit of an unknown task", { type: "credit", task: 9, bytes: 2 ** 30 }],
  ["a start of an unknown task", { type: "started", task: 1, slot: 0 }],
  ["more frames than were sent", { type: "progress", tasks: [[0, 4, 0, 0, false]], queued: [] }],
  ["more packets than frames", { type: "progress", tasks: [[0, 1, 2, 9, false]], queued: [] }],
  ["progress of an unknown task", { type: "progress", tasks: [[1, 0, 0, 0, false]], queued: [] }],
  ["a second session", { type: "opened", slots: 1, ahead: 1, credit: 2 ** 20, resumed: false, tasks: [] }],
  ["a refusal too late", { type: "refuse", code: "busy", reason: "", retryAfter: null }],
  ["no message that there is", { type: "task" } as unknown as DaemonMessage],
  ["a body where none belongs", { type: "drain" }, new Uint8Array(1)],
];

async function withTask(world: FleetWorld): Promise<{ daemon: FakeConnection; begun: Begun }> {
  const daemon = await world.connected();
  const begun = world.begin(0);
  await daemon.next("task");
  await daemon.takePacks(0);
  return { daemon, begun };
}

for (const [what, message, body] of breaches) {
  Deno.test(`A breach of the protocol ends the connection, and its segments go elsewhere: ${what}`, async () => {
    await using world = new FleetWorld();
    const { daemon, begun } = await withTask(world);
    await daemon.say(message, body);
    const outcome = await ended(begun);
    assert.ok(outcome.kind === "lost");
    assert.match(outcome.reason, /^it breaks the protocol: /);
    assert.deepEqual([world.worker.slots, world.worker.hopeful, world.notes.length], [0, true, 1]);
  });
}

Deno.test("A result before all frames were sent is a breach", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ credit: 600_000 });
  const begun = world.begin(2);
  await daemon.next("task");
  const packets = madePackets(5);
  await daemon.sayResult(0, packets);
  assert.match(((await ended(begun)) as { reason: string }).reason, /a result for frames that were not all sent/);
});

Deno.test("Credit with no room for a pack, and tasks in a new session, are breaches", async () => {
  for (const opened of [{ credit: 599_999 }, { tasks: [0] }]) {
    await using world = new FleetWorld();
    const daemon = await world.daemon.accept();
    await daemon.open(opened);
    await until(() => world.notes.length > 0);
    assert.match(world.notes[0]!, /cannot be used yet: it breaks the protocol: /);
    assert.equal(world.worker.slots, 0);
  }
});

Deno.test("A bit that was altered on the way ends the connection, and the segment is done again", async () => {
  let wrap = true;
  await using world: FleetWorld = new FleetWorld({
    // Within the result: `ready` and `opened` take less than 600 bytes.
    dial: () => world.daemon.dial((stream) => wrap ? bitFlipped(stream, 900) : stream),
  });
  const first = await world.connected();
  const begun = world.begin(3);
  await first.next("task");
  await first.takePacks(0);
  const packets = madePackets(6, 100);
  await first.sayResult(0, packets);
  assert.match(((await ended(begun)) as { reason: string }).reason, /altered on the way/);
  wrap = false;
  await world.clock.advance(500);
  const second = await world.daemon.accept();
  await second.open({ tasks: [0] });
  assert.equal((await second.next("cancel")).task, 0);
});

Deno.test("A worker whose connections end with breaches, five in a row, is given up; a good result between forgives it", async () => {
  await using world = new FleetWorld();
  let breaches = 0;
  const breach = async (result: boolean) => {
    const daemon = await world.connected();
    if (result) {
      const begun = world.begin(0);
      const { task } = await daemon.next("task");
      await daemon.takePacks(task);
      await daemon.sayResult(task, madePackets(3));
      assert.equal((await ended(begun)).kind, "done");
      await daemon.next("kept");
    }
    await daemon.say({ type: "started", task: 99, slot: 0 });
    await until(() => world.worker.slots + world.worker.ahead === 0);
    breaches++;
    if (world.worker.hopeful) await world.clock.advance(30_000);
  };
  for (const result of [false, false, false, false, true, false, false, false]) await breach(result);
  assert.equal(world.worker.hopeful, true);
  await breach(false);
  await until(() => !world.worker.hopeful);
  assert.match(world.notes.at(-1)!, /is not used: it breaks the protocol: started for task 99, which was never sent$/);
  assert.equal(breaches, 9);
});

Deno.test("What a worker says of a segment that is over is ignored", async () => {
  await using world = new FleetWorld();
  const { daemon } = await withTask(world);
  await daemon.sayResult(0, madePackets(3));
  await daemon.next("kept");
  await daemon.say({ type: "started", task: 0, slot: 1 });
  await daemon.say({ type: "credit", task: 0, bytes: 0 });
  await daemon.say({ type: "progress", tasks: [[0, 99, 99, 99, false]], queued: [] });
  await daemon.say({ ...resultHeader(0, 9, 90), offset: 30 }, resultContent(madePackets(2)).subarray(0, 20));
  await daemon.say({ type: "cancelled", task: 0 });
  await daemon.say({ type: "grant", slots: 2, ahead: 0 });
  await until(() => world.worker.slots === 2);
  assert.deepEqual([world.worker.facts.faults, world.notes], [0, []]);
});

Deno.test("A worker that asks without end and reads nothing costs a bounded number of answers", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected();
  for (let number = 0; number < 5_000; number++) await daemon.say({ type: "ping", number });
  await daemon.say({ type: "grant", slots: 3, ahead: 0 });
  await until(() => world.worker.slots === 3);
});

Deno.test("A worker that is alive and takes no data is left after a time", async () => {
  await using world = new FleetWorld();
  const daemon = await world.connected({ credit: 2 ** 30 });
  const begun = world.begin(2);
  for (let number = 0; begun.outcome === undefined && number < 100; number++) {
    const before = world.worker.facts.bytesReceived;
    // The other side may have closed just now.
    const isSaid = await daemon.say({ type: "ping", number }).then(
      () => true,
      (error) => !(error instanceof ConnectionLost),
    );
    if (!isSaid) break;
    await until(() => world.worker.facts.bytesReceived > before || begun.outcome !== undefined);
    await world.clock.advance(1_000);
  }
  const outcome = await ended(begun);
  assert.deepEqual(outcome, { kind: "lost", reason: "it has taken nothing for 45 s", crashed: "no" });
});
