// The fleet and the real daemon, with the real encoder: whatever happens between them, a segment that is done has the bytes
// that it has anywhere.

import assert from "node:assert/strict";
import { ScramVerifier } from "../../../../lib/remote/auth/scram.ts";
import { Fleet } from "../../../../lib/remote/client/fleet.ts";
import { type LinkClock, systemClock } from "../../../../lib/remote/client/clock.ts";
import type { LinkWorld } from "../../../../lib/remote/client/connector.ts";
import { Daemon } from "../../../../lib/remote/daemon/daemon.ts";
import { Log } from "../../../../lib/remote/daemon/log.ts";
import { WorkerMemory } from "../../../../lib/remote/daemon/worker_memory.ts";
import { Listener } from "../../../../lib/remote/tls/listener.ts";
import type { ByteStream } from "../../../../lib/remote/wire/byte_stream.ts";
import { memoryPair, type MemoryStream } from "../../../support/memory_pair.ts";
import { libraryPath } from "../../../ffi/support.ts";
import { testIdentity } from "../../../support/fake_daemon.ts";
import { FleetRun } from "../../../support/fleet_run.ts";
import { settingsOf } from "../../../support/settings_of.ts";
import { until } from "../../../support/virtual_clock.ts";
import { bitFlipped } from "../../../support/wire.ts";
import { entry } from "./fleet_world.ts";

const settings = settingsOf();
const run = new FleetRun(settings);
const password = "correct horse battery staple";
const verifier = await ScramVerifier.create(password);

function newDaemon(log: string[]): Daemon {
  return new Daemon({
    library: libraryPath,
    identity: testIdentity,
    version: "1",
    crashed: [],
    verifier,
    memory: new WorkerMemory({ mode: "unlimited", wanted: 2 }),
    stallSeconds: undefined,
    log: new Log({ format: "text", level: "debug", write: (line) => log.push(line) }),
  });
}

function newFleet(world: Partial<LinkWorld>, port = 1): Fleet {
  return new Fleet({
    entries: [{ ...entry, host: "127.0.0.1", port, password }],
    identity: () => Promise.resolve(testIdentity),
    settings,
    onePiece: false,
    client: "desk",
    world,
  });
}

Deno.test("Segments come back from a real worker over TCP with the bytes that they have here", async () => {
  const log: string[] = [], daemon = newDaemon(log);
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const accepted of listener.accept()) daemon.serve(accepted);
  })();
  const fleet = newFleet({}, listener.address.port);
  assert.deepEqual(await run.all(fleet), { lost: [], notes: [], crashes: [] });
  assert.deepEqual(fleet.workers[0]!.facts.faults, 0);
  fleet.close();
  await fleet.closed();
  await until(() => daemon.counts.sessions === 0, "an end of the session");
  assert.match(log.join(""), /its client said: the client has ended; 3 segments, 37 frames/);
  await daemon.close("the test is over");
  listener.close();
  await serving;
});

/** Breaks the connection when so many bytes have been read, or written. */
function broken(stream: MemoryStream, direction: "read" | "write", at: number): ByteStream {
  let passed = 0;
  const count = (bytes: number) => {
    passed += bytes;
    if (passed >= at) stream.cut();
  };
  return {
    async read() {
      const chunk = await stream.read();
      if (direction === "read") count(chunk?.length ?? 0);
      return chunk;
    },
    async write(bytes) {
      if (direction === "write") count(bytes.length);
      await stream.write(bytes);
    },
    close: () => stream.close(),
  };
}

/** Waits are a twentieth of what they are. */
const quickClock: LinkClock = { ...systemClock, after: (ms, call) => systemClock.after(ms / 20, call) };

Deno.test("Connections that break or are altered, wherever that is, cost tries and no bytes", async () => {
  const log: string[] = [], daemon = newDaemon(log);
  const harms: ((stream: MemoryStream) => ByteStream)[] = [
    (stream) => broken(stream, "write", 1_500),
    (stream) => broken(stream, "write", 10_000),
    (stream) => bitFlipped(stream, 1_200),
    (stream) => broken(stream, "read", 1_200),
    (stream) => broken(stream, "read", 2_000),
    (stream) => bitFlipped(stream, 2_300),
  ];
  for (const harm of harms) {
    let connections = 0;
    const fleet = newFleet({
      clock: quickClock,
      dial: () => {
        const [near, far] = memoryPair();
        daemon.serve({ stream: far, peer: "127.0.0.1:1", address: "127.0.0.1", certificates: [] });
        const stream = connections++ === 0 ? harm(near) : near;
        return Promise.resolve({ stream, certificate: undefined, tls: undefined });
      },
    });
    await run.all(fleet);
    assert.equal(connections, 2, log.join(""));
    assert.equal(fleet.workers[0]!.facts.faults, 1);
    fleet.close();
    await fleet.closed();
  }
  await until(() => daemon.counts.sessions === 0, "an end of the sessions");
  await daemon.close("the test is over");
});
