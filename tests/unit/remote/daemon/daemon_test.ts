import assert from "node:assert/strict";
import { Refused } from "../../../../lib/remote/handshake.ts";
import { WorkerClient } from "../../../support/worker_client.ts";
import { frameBytes, framesOf, packetsOf, password, Served, settingsOf } from "./served.ts";

const settings = settingsOf();

Deno.test("a segment that is sent comes back as the packets that are made of it here", async () => {
  await using served = new Served();
  const client = await served.client();
  assert.deepEqual([client.ready.slots, client.ready.freeSlots], [2, 2]);
  const opened = await client.open(settings, frameBytes);
  assert.deepEqual([opened.slots, opened.ahead, opened.tasks], [2, 2, []]);
  await client.sendSegment(0, framesOf(10));
  const { packets, header } = await client.result(0);
  assert.deepEqual(packets, packetsOf(10));
  assert.equal(header.frames, 10);
  assert.deepEqual((await client.next("started", 0)).message.slot, 0);
});

Deno.test("many segments, more than there are slots and larger than their credit, all come back right", async () => {
  await using served = new Served();
  const client = await served.client();
  const { slots, ahead } = await client.open(settings, frameBytes);
  const open = new Set<Promise<void>>();
  for (let task = 0; task < 12; task++) {
    if (open.size === slots + ahead) await Promise.race(open);
    const frames = 3 + task * 5, scene = task % 3;
    const work = client.sendSegment(task, framesOf(frames, scene)).then(async () => {
      assert.deepEqual((await client.result(task)).packets, packetsOf(frames, scene));
      open.delete(work);
    });
    open.add(work);
  }
  await Promise.all(open);
});

Deno.test("tasks that follow each other are encoded by the same threads", async () => {
  await using served = new Served();
  const client = await served.client();
  const threads = countThreads();
  const { slots, ahead } = await client.open(settings, frameBytes);
  const segments = 4 * (slots + ahead);
  for (let task = 0; task < segments; task++) {
    if (task >= slots + ahead) await client.result(task - slots - ahead);
    await client.sendSegment(task, framesOf(3));
  }
  await client.result(segments - 1);
  assert.ok(threads.stop() <= slots + 1);
});

/** Counts the threads that are started until `stop`, which gives their number. */
function countThreads(): { stop(): number } {
  const { Worker } = globalThis;
  let count = 0;
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      count++;
    }
  };
  return {
    stop() {
      globalThis.Worker = Worker;
      return count;
    },
  };
}

Deno.test("a second client gets a slot when the next one is free, though the first has tasks waiting", async () => {
  await using served = new Served({ slots: 1 });
  const first = await served.client(), second = await served.client();
  await first.open(settings, frameBytes);
  await first.send({ type: "task", task: 0, crashId: 0, first: 0, attempt: 1 });
  await first.sendFrames(0, framesOf(8));
  await first.next("started", 0);
  await first.sendSegment(1, framesOf(8));
  await second.open(settings, frameBytes);
  await second.sendSegment(0, framesOf(8, 1));
  await first.send({ type: "end", task: 0, frames: 8 });
  const { packets } = await second.result(0);
  assert.deepEqual(packets, packetsOf(8, 1));
  assert(first.unasked.filter((type) => type === "started").length <= 1);
  await first.result(1);
});

Deno.test("the grant of one client shrinks when another comes and grows when that one leaves", async () => {
  await using served = new Served({ slots: 4 });
  const first = await served.client();
  assert.equal((await first.open(settings, frameBytes)).slots, 4);
  const second = await served.client();
  await second.open(settings, frameBytes, { slots: 1 });
  assert.equal((await first.next("grant")).message.slots, 3);
  await second.send({ type: "bye", reason: "done" });
  assert.equal((await first.next("grant")).message.slots, 4);
});

Deno.test("a killed client's running task frees its slot, at once where frames are missing", async () => {
  await using served = new Served({ slots: 1 });
  const first = await served.client(), second = await served.client();
  await first.open(settings, frameBytes);
  await first.send({ type: "task", task: 0, crashId: 0, first: 0, attempt: 1 });
  await first.sendFrames(0, framesOf(8));
  await first.next("started", 0);
  first.kill();
  await second.open(settings, frameBytes);
  await second.sendSegment(0, framesOf(4));
  assert.deepEqual((await second.result(0)).packets, packetsOf(4));
});

Deno.test("a client that comes back finds the results of tasks whose frames had all come, and no others", async () => {
  await using served = new Served();
  const first = await served.client();
  const session = "0123456789abcdef0123456789abcdef";
  await first.open(settings, frameBytes, { session });
  await first.sendSegment(0, framesOf(12));
  await first.send({ type: "task", task: 1, crashId: 1, first: 12, attempt: 1 });
  await first.sendFrames(1, framesOf(8));
  await first.next("started", 1);
  first.kill();
  await served.logged("lost");
  const again = await served.client();
  const { tasks } = await again.open(settings, frameBytes, { session, resume: await first.proofOn(again) });
  assert.deepEqual(tasks, [0]);
  assert.deepEqual((await again.result(0)).packets, packetsOf(12));
  await again.sendSegment(2, framesOf(8));
  assert.deepEqual((await again.result(2)).packets, packetsOf(8));
});

Deno.test("a session is its own client's: who knows the password, the settings and its number does not get it", async () => {
  await using served = new Served();
  const first = await served.client(), thief = await served.client(), witness = await served.client();
  const session = "0123456789abcdef0123456789abcdef";
  await first.open(settings, frameBytes, { session });
  await first.sendSegment(0, framesOf(12));
  await first.next("result", 0);
  first.kill();
  await served.logged("held");
  const proofs = [null, "00".repeat(32), await thief.proofOn(thief), await witness.proofOn(thief)];
  // What the rightful client shows on a connection of its own is of no use on another.
  proofs.push(await first.proofOn(witness));
  for (const resume of proofs) {
    const stranger = resume === proofs[0] ? thief : await served.client();
    stranger.open(settings, frameBytes, { session, resume }).catch(() => {});
    const { message } = await stranger.next("refuse");
    assert.deepEqual([message.code, message.reason], ["session", "session 01234567 is not this client's"]);
  }
  const lines = served.log.filter(({ event, level }) => event === "refused" && level === "warning");
  assert.equal(lines.length, 1, JSON.stringify(lines));
  assert.match(lines[0]!.text, /asked for session 01234567 without the proof that it is its own/);
  const again = await served.client();
  const { tasks, resumed } = await again.open(settings, frameBytes, { session, resume: await first.proofOn(again) });
  assert.deepEqual([tasks, resumed], [[0], true]);
  assert.deepEqual((await again.result(0)).packets, packetsOf(12));
});

Deno.test("a connected client's session cannot be taken from it", async () => {
  await using served = new Served();
  const client = await served.client(), thief = await served.client(), session = "b".repeat(32);
  await client.open(settings, frameBytes, { session });
  thief.open(settings, frameBytes, { session, resume: await thief.proofOn(thief) }).catch(() => {});
  await thief.next("refuse");
  await client.sendSegment(0, framesOf(5));
  assert.deepEqual((await client.result(0)).packets, packetsOf(5));
});

Deno.test("a result is sent again, from its start, until the client says that it has it", async () => {
  await using served = new Served();
  const first = await served.client(), session = "f".repeat(32);
  await first.open(settings, frameBytes, { session });
  await first.sendSegment(0, framesOf(5));
  await first.next("result", 0);
  // Before it noticed the loss of the connection itself, as after a change of networks.
  const again = await served.client();
  assert.deepEqual((await again.open(settings, frameBytes, { session, resume: await first.proofOn(again) })).tasks, [
    0,
  ]);
  assert.match(await first.ended(), /connection|ended/);
  assert.deepEqual((await again.result(0)).packets, packetsOf(5));
});

Deno.test("a session whose client does not come back is over, and its slots are free", async () => {
  await using served = new Served({ times: { heldMs: 50 } });
  const client = await served.client(), session = "a".repeat(32);
  await client.open(settings, frameBytes, { session });
  await client.sendSegment(0, framesOf(5));
  await client.result(0);
  await client.send({ type: "ping", number: 1 });
  await client.next("pong");
  client.kill();
  assert.match((await served.logged("closed")).text, /did not come back; 1 segment, 5 frames/);
  const again = await served.client();
  assert.deepEqual(
    (await again.open(settings, frameBytes, { session, resume: await client.proofOn(again) })).tasks,
    [],
  );
});

Deno.test("results outlive the slots of a client that is away for long, and are there when it is back", async () => {
  await using served = new Served({ slots: 1, times: { heldMs: 300 } });
  const client = await served.client(), session = "a".repeat(32);
  await client.open(settings, frameBytes, { session });
  await client.sendSegment(0, framesOf(5));
  await client.next("result", 0);
  // One that has all its frames and is not finished when its time is over.
  await client.send({ type: "task", task: 1, crashId: 1, first: 5, attempt: 1 });
  client.kill();
  assert.match(
    (await served.logged("parked")).text,
    /^its client did not come back: 1 result \(0\.0 MB\) kept for 15 min/,
  );
  assert.deepEqual(served.daemon.counts, { sessions: 1, slots: 1, busy: 0 });
  const other = await served.client();
  assert.equal((await other.open(settings, frameBytes)).slots, 1);
  const again = await served.client();
  const opened = await again.open(settings, frameBytes, { session, resume: await client.proofOn(again) });
  assert.deepEqual([opened.tasks, opened.resumed], [[0], true]);
  assert.deepEqual((await again.result(0)).packets, packetsOf(5));
  await again.sendSegment(2, framesOf(6));
  assert.deepEqual((await again.result(2)).packets, packetsOf(6));
});

Deno.test("results that nobody fetches are forgotten after their time, and when the worker ends", async () => {
  const parked = async (served: Served) => {
    const client = await served.client();
    await client.open(settings, frameBytes);
    await client.sendSegment(0, framesOf(5));
    await client.next("result", 0);
    client.kill();
    await served.logged("parked");
  };
  {
    await using served = new Served({ times: { heldMs: 50, keptMs: 100 } });
    await parked(served);
    assert.match((await served.logged("closed")).text, /did not come back for its results/);
    assert.equal(served.daemon.counts.sessions, 0);
  }
  await using served = new Served({ times: { heldMs: 50 } });
  await parked(served);
  assert.equal(await served.daemon.drain(600_000), "finished");
});

Deno.test("the silence of a client that vanished counts as time in which its session was held", async (test) => {
  await test.step("a connection that breaks is waited for as long as ever", async () => {
    await using served = new Served();
    const client = await served.client();
    await client.open(settings, frameBytes);
    client.kill();
    assert.match((await served.logged("held")).text, /^held for 12\.0 s/);
  });
  await test.step("after a silence only what is left is waited", async () => {
    await using served = new Served({ times: { pingEveryMs: 50, deadAfterMs: 400, heldMs: 1600 } });
    const client = await served.client();
    await client.open(settings, frameBytes);
    client.isSilent = true;
    await client.ended();
    assert.match((await served.logged("held")).text, /^held for 1\.5 s/);
  });
});

Deno.test("a client that falls silent is let go; one that answers pings is not", async () => {
  await using served = new Served({ times: { pingEveryMs: 50, deadAfterMs: 400 } });
  const talker = await served.client(), silent = await served.client();
  await talker.open(settings, frameBytes);
  await silent.open(settings, frameBytes);
  silent.isSilent = true;
  await silent.ended();
  assert.match((await served.logged("lost")).text, /nothing was heard for/);
  await talker.sendSegment(0, framesOf(3));
  await talker.result(0);
});

Deno.test("a cancelled task is over, whether it waits, runs or has ended", async () => {
  await using served = new Served({ slots: 1 });
  const client = await served.client();
  await client.open(settings, frameBytes);
  await client.send({ type: "task", task: 0, crashId: 0, first: 0, attempt: 1 });
  await client.sendFrames(0, framesOf(4));
  await client.next("started", 0);
  await client.send({ type: "task", task: 1, crashId: 1, first: 0, attempt: 1 });
  await client.sendFrames(1, framesOf(4));
  for (const task of [1, 0]) {
    await client.send({ type: "cancel", task });
    await client.next("cancelled", task);
    // On its way when the task was cancelled.
    await client.sendFrames(task, framesOf(4), 1);
  }
  await client.sendSegment(2, framesOf(4));
  await client.next("result", 2);
  await client.send({ type: "cancel", task: 2 });
  await client.next("cancelled", 2);
  await client.sendSegment(3, framesOf(4));
  assert.deepEqual((await client.result(3)).packets, packetsOf(4));
});

Deno.test("packs that are damaged fail their task; the session goes on", async () => {
  await using served = new Served({ slots: 1 });
  const client = await served.client();
  await client.open(settings, frameBytes);
  await client.send({ type: "task", task: 0, crashId: 0, first: 0, attempt: 1 });
  const noise = crypto.getRandomValues(new Uint8Array(500));
  await client.send({ type: "pack", task: 0, number: 0, frames: 4, bytes: 500, offset: 0 }, noise);
  await client.send({ type: "end", task: 0, frames: 4 });
  assert.match((await client.next("failed", 0)).message.reason, /pack/);
  await client.sendSegment(1, framesOf(4));
  await client.result(1);
});

Deno.test("what the protocol does not allow ends the connection, with the reason", async (test) => {
  const wrong: [string, (client: WorkerClient) => Promise<void>, RegExp][] = [
    ["a task of an earlier number", async (client) => {
      await client.send({ type: "task", task: 4, crashId: 0, first: 0, attempt: 1 });
      await client.send({ type: "task", task: 4, crashId: 0, first: 0, attempt: 1 });
    }, /task 4 came after task 4/],
    ["more tasks than were granted", async (client) => {
      for (let task = 0; task < 5; task++) await client.send({ type: "task", task, crashId: 0, first: 0, attempt: 1 });
    }, /more than the 4 that were granted/],
    ["a pack of no task", async (client) => {
      await client.send({ type: "pack", task: 0, number: 0, frames: 1, bytes: 9, offset: 0 }, new Uint8Array(9));
    }, /task 0 is not known/],
    [
      "a second hello",
      (client) => client.send({ type: "hello", least: 1, most: 1, scram: "", key: "ab".repeat(32) }),
      /hello came after/,
    ],
    ["a second session", async (client) => void await client.open(settings, frameBytes), /second session/],
  ];
  await using served = new Served();
  for (const [name, act, reason] of wrong) {
    await test.step(name, async () => {
      const client = await served.client();
      await client.open(settings, frameBytes);
      await act(client).catch(() => {});
      assert.match(await client.ended(), reason);
    });
  }
});

Deno.test("settings that cannot be encoded are refused with the library's reason, and so are sizes that do not fit them", async () => {
  await using served = new Served();
  const refusal = async (...[changed, bytes, open]: Parameters<WorkerClient["open"]>) => {
    const client = await served.client();
    client.open(changed, bytes, open).catch(() => {});
    const { message } = await client.next("refuse");
    await client.ended();
    return `${message.code}: ${message.reason}`;
  };
  assert.match(await refusal({ ...settings, speed: 11 }, frameBytes), /^settings: .*speed/);
  assert.match(await refusal({ ...settings, width: 1e9 }, frameBytes), /^settings: /);
  assert.match(await refusal({} as typeof settings, frameBytes), /^settings: /);
  const list = Object.values(settings) as unknown as typeof settings;
  assert.match(await refusal(list, frameBytes), /^settings: the settings are a list, where an object belongs$/);
  const zone = { first: 0, speed: 6, quantizer: 100, photonNoise: 0 };
  assert.match(await refusal({ ...settings, zones: [zone, zone] }, frameBytes), /^settings: .*comes after 0/);
  assert.match(await refusal({ ...settings, zones: [{ ...zone, speed: 11 }] }, frameBytes), /^settings: zone 1: speed/);
  assert.match(await refusal({ ...settings, zones: {} as [] }, frameBytes), /^settings: /);
  assert.match(await refusal(settings, frameBytes + 1), /^settings: its frames have 4609 bytes/);
  assert.match(await refusal(settings, frameBytes, { packBytes: 1e9 }), /^settings: its packs/);
  assert.match(await refusal(settings, frameBytes, { onePiece: true }), /^settings: .*one piece/);
});

Deno.test("a session that this machine has no memory for is refused", async () => {
  await using served = new Served();
  const client = await served.client(), large = { ...settings, width: 8192, height: 8192 };
  client.open(large, 8192 * 8192 * 3 / 2).catch(() => {});
  const { message } = await client.next("refuse");
  assert.match(message.reason, /one slot needs \d+\.\d+ GB, and this worker has 16.00 GB of memory/);
});

Deno.test("short memory takes slots from the grant with one line, and gives them back with one", async () => {
  let available = 8e9;
  await using served = new Served({ slots: 4, available: () => available++ });
  const client = await served.client(), wide = { ...settings, width: 1920, height: 1080 };
  assert.equal((await client.open(wide, 1920 * 1080 * 3 / 2)).slots, 4);
  available = 2.6e9;
  const second = await served.client();
  await second.open(settings, frameBytes, { slots: 1 });
  const { message } = await client.next("grant");
  assert(message.slots < 3);
  available = 8e9;
  await second.send({ type: "bye", reason: "done" });
  while ((await client.next("grant")).message.slots < 4);
  const lines = served.log.filter(({ event }) => event === "memory").map(({ text }) => text);
  assert.equal(lines.length, 2, lines.join("\n"));
  assert.match(lines[0]!, /of 4 slots: memory \d/);
  assert.match(lines[1]!, /there is memory for all/);
});

Deno.test("draining gives back what did not begin, delivers what did, and ends when that is kept", async () => {
  await using served = new Served({ slots: 1 });
  const client = await served.client();
  await client.open(settings, frameBytes);
  await client.send({ type: "task", task: 0, crashId: 0, first: 0, attempt: 1 });
  await client.sendFrames(0, framesOf(4));
  await client.next("started", 0);
  await client.sendSegment(1, framesOf(4));
  // Waits until the second task has come: pings are answered in order.
  await client.send({ type: "ping", number: 7 });
  await client.next("pong");
  const drained = served.daemon.drain(60_000);
  await client.next("drain");
  await client.next("cancelled", 1);
  await client.send({ type: "task", task: 2, crashId: 0, first: 0, attempt: 1 });
  await client.next("cancelled", 2);
  const late = await served.client();
  late.open(settings, frameBytes).catch(() => {});
  assert.equal((await late.next("refuse")).message.code, "draining");
  await client.send({ type: "end", task: 0, frames: 4 });
  assert.deepEqual((await client.result(0)).packets, packetsOf(4));
  assert.equal(await drained, "finished");
  assert.equal(await client.ended(), "the worker is ending");
});

Deno.test("draining ends when the client cancels what still runs", async () => {
  await using served = new Served({ slots: 1 });
  const client = await served.client();
  await client.open(settings, frameBytes);
  await client.send({ type: "task", task: 0, crashId: 0, first: 0, attempt: 1 });
  await client.sendFrames(0, framesOf(4));
  await client.next("started", 0);
  const drained = served.daemon.drain(600_000);
  await client.next("drain");
  await client.send({ type: "cancel", task: 0 });
  assert.equal(await drained, "finished");
});

Deno.test("draining ends at its limit, whatever a client does", async () => {
  await using served = new Served({ slots: 1 });
  const client = await served.client();
  await client.open(settings, frameBytes);
  await client.send({ type: "task", task: 0, crashId: 0, first: 0, attempt: 1 });
  await client.sendFrames(0, framesOf(4));
  await client.next("started", 0);
  assert.equal(await served.daemon.drain(50), "out of time");
  assert.equal(await client.ended(), "the worker is ending");
});

Deno.test("a wrong password is said at once, and logged once however often it comes", async () => {
  await using served = new Served();
  for (let at = 0; at < 3; at++) {
    const attempt = WorkerClient.connect(served.connection(), "not the password, not at all");
    await assert.rejects(attempt, (error) => error instanceof Refused && error.code === "password");
  }
  assert.equal(served.log.filter(({ event }) => event === "password").length, 1);
  await served.client();
});

Deno.test("what is not the protocol costs one line below the usual level", async () => {
  await using served = new Served();
  const stranger = served.connection();
  await stranger.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: example\r\n\r\n"));
  assert.equal(await stranger.read().catch(() => null), null);
  assert.equal((await served.logged("stranger")).level, "debug");
  assert.deepEqual(served.log.map(({ level }) => level), ["debug"]);
});

Deno.test("clients learn of the tasks that took an earlier process down", async () => {
  await using served = new Served({ crashed: [7, 2 ** 31 - 1] });
  assert.deepEqual((await served.client()).ready.crashed, [7, 2 ** 31 - 1]);
});

Deno.test("a ping with a body is answered when all of it has come", async () => {
  await using served = new Served();
  const client = await served.client();
  await client.send({ type: "ping", number: 1 }, new Uint8Array(1024 * 1024));
  assert.equal((await client.next("pong")).message.number, 1);
});

Deno.test("a client that asks and does not read is not listened to any more", async () => {
  await using served = new Served();
  const stream = served.connection();
  let isDeaf = false;
  const never = new Promise<null>(() => {});
  const client = await WorkerClient.connect({
    read: () => isDeaf ? never : stream.read(),
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
  }, password);
  await client.open(settings, frameBytes);
  isDeaf = true;
  let asked = 0;
  const asking = (async () => {
    for (;; asked++) {
      await client.send({ type: "task", task: asked, crashId: 1, first: 0, attempt: 1 });
      await client.send({ type: "cancel", task: asked });
    }
  })().catch(() => {});
  let before = -1;
  // It stands still: nothing is asked in a long turn of the event loop.
  while (before !== asked) {
    before = asked;
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setTimeout(resolve));
  }
  assert(asked < 20_000, `${asked} tasks were asked for and cancelled`);
  client.kill();
  await asking;
});
