// A client's fleet and the real worker program with a bad network between them: whatever becomes of the bytes on the way,
// the segments have the packets that they have here, and only time is lost.

import assert from "node:assert/strict";
import { encoderIdentity } from "../../lib/encode/probe.ts";
import { Fleet } from "../../lib/remote/client/fleet.ts";
import { libraryPath } from "../ffi/support.ts";
import { FleetRun } from "../support/fleet_run.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { settingsOf } from "../support/settings_of.ts";
import {
  delayed,
  type Direction,
  doubledAt,
  dribbled,
  endsAt,
  flippedAt,
  type Harm,
  lostAt,
  silentFrom,
  swappedAt,
  TcpProxy,
  unharmed,
} from "../support/tcp_proxy.ts";

const settings = settingsOf({ speed: 8 });
const run = new FleetRun(settings);

/** What the harm cost: segments lost, and connections made. */
async function encodeThrough(worker: RunningWorker, harm: (connection: number, direction: Direction) => Harm) {
  await using proxy = await TcpProxy.start(worker.port, harm);
  const fleet = new Fleet({
    entries: [{
      host: "127.0.0.1",
      port: proxy.port,
      password: workerPassword,
      secure: false,
      slots: undefined,
      ca: undefined,
      fingerprint: undefined,
      place: "a test",
    }],
    identity: () => encoderIdentity(libraryPath),
    settings,
    onePiece: false,
    client: "a test",
    library: libraryPath,
  });
  const { lost } = await run.all(fleet);
  fleet.close();
  await fleet.closed();
  return { lost: lost.length, connections: proxy.connections };
}

Deno.test("bytes that come late or one at a time cost nothing but time", async (test) => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  for (const [name, harm] of Object.entries({ dribbled, late: delayed(20) })) {
    await test.step(name, async () => {
      assert.deepEqual(await encodeThrough(worker, () => harm), { lost: 0, connections: 1 });
    });
  }
  assert.deepEqual(worker.strays, []);
});

Deno.test("a connection that is cut, altered, doubled, out of order or has a gap, anywhere, is made anew and the run ends right", async (test) => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  const kinds = {
    cut: (at: number) => endsAt(at, "cut"),
    altered: flippedAt,
    doubled: doubledAt,
    "out of order": (at: number) => swappedAt(at, 40),
    "has a gap": (at: number) => lostAt(at, 7),
  };
  for (const [name, harmAt] of Object.entries(kinds)) {
    for (const direction of ["toWorker", "toClient"] as const) {
      await test.step(`${name}, ${direction}`, async () => {
        const at = 1_400 + Math.floor(Math.random() * 800);
        const harm = (connection: number, way: Direction) =>
          connection === 0 && way === direction ? harmAt(at) : unharmed;
        const { connections } = await encodeThrough(worker, harm);
        assert.ok(connections >= 2, `at byte ${at}`);
      });
    }
  }
  assert.deepEqual(worker.strays, []);
  assert.deepEqual(worker.lines.filter(({ level }) => level === "error"), []);
});

Deno.test("a bit that is altered while the password is proven, anywhere, gives no worker up", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  // Bytes of hello and proof, and of challenge and welcome, that every handshake has.
  const lengths = { toWorker: 400, toClient: 300 };
  const runs = (["toWorker", "toClient"] as const).flatMap((direction) =>
    Array.from({ length: 8 }, async (_, place) => {
      const at = Math.floor((place + Math.random()) * lengths[direction] / 8);
      const harm = (connection: number, way: Direction) =>
        connection === 0 && way === direction ? flippedAt(at) : unharmed;
      const { connections } = await encodeThrough(worker, harm);
      assert.ok(connections >= 2, `${direction}, byte ${at}`);
    })
  );
  await Promise.all(runs);
  assert.deepEqual(worker.strays, []);
  assert.deepEqual(worker.lines.filter(({ level }) => level === "error"), []);
});

Deno.test("a connection of which one direction goes nowhere is noticed by either side and made anew", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  await Promise.all((["toWorker", "toClient"] as const).map(async (direction) => {
    const harm = (connection: number, way: Direction) =>
      connection === 0 && way === direction ? silentFrom(1_400 + Math.floor(Math.random() * 800)) : unharmed;
    const { connections } = await encodeThrough(worker, harm);
    assert.ok(connections >= 2, direction);
  }));
  assert.deepEqual(worker.lines.filter(({ level }) => level === "error"), []);
});
