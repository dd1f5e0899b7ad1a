// A client's fleet against the real worker program: whatever becomes of the process, the segments have the bytes that they
// have here, and only time is lost.

import assert from "node:assert/strict";
import { encoderIdentity } from "../../lib/encode/probe.ts";
import { Fleet } from "../../lib/remote/client/fleet.ts";
import { libraryPath } from "../ffi/support.ts";
import { FleetRun } from "../support/fleet_run.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { settingsOf } from "../support/settings_of.ts";
import { until } from "../support/virtual_clock.ts";

/** Slow enough to be in the middle of. */
const settings = settingsOf({ speed: 2 });
const run = new FleetRun(settings);

function fleetOf(...ports: number[]): Fleet {
  const common = { host: "127.0.0.1", password: workerPassword, secure: false };
  const none = { slots: undefined, ca: undefined, fingerprint: undefined };
  return new Fleet({
    entries: ports.map((port) => ({ ...common, ...none, port, place: "workers.toml, [[workers]] 1" })),
    identity: () => encoderIdentity(libraryPath),
    settings,
    onePiece: false,
    client: "a test",
    library: libraryPath,
  });
}

async function closed(fleet: Fleet): Promise<void> {
  fleet.close();
  await fleet.closed();
}

Deno.test("segments encoded by the worker program have the bytes that they have here", async () => {
  await using worker = await RunningWorker.start(["--threads", "2"]);
  const fleet = fleetOf(worker.port);
  assert.deepEqual(await run.all(fleet), { lost: [], notes: [], crashes: [] });
  await closed(fleet);
  assert.match((await worker.said("closed")).text, /its client said: the client has ended; 3 segments, 37 frames/);
});

Deno.test("a worker that is killed while it encodes costs tries; it is used again when it is back", async () => {
  const first = await RunningWorker.start(["--threads", "2"]);
  const fleet = fleetOf(first.port), ended = run.all(fleet);
  await first.said("started");
  first.process.kill("SIGKILL");
  await first.ended();
  await using _second = await RunningWorker.start(["--threads", "2", "--port", `${first.port}`]);
  const { lost, notes } = await ended;
  assert.ok(lost.length >= 2, lost.join());
  assert.match(notes[0]!, /was lost: .*; \d segments? goe?s? to other slots$/);
  assert.match(notes.at(-1)!, /is back: 2 slots$/);
  await closed(fleet);
});

Deno.test("a worker that is stopped is left after 12 s, the other goes on", async () => {
  await using stopped = await RunningWorker.start(["--threads", "1"]);
  await using other = await RunningWorker.start(["--threads", "1"]);
  const fleet = fleetOf(stopped.port, other.port), ended = run.all(fleet);
  await stopped.said("started");
  stopped.process.kill("SIGSTOP");
  const { lost, notes } = await ended;
  assert.ok(lost.length >= 1);
  assert.match(notes[0]!, /was lost: no answer for 12 s/);
  assert.equal(fleet.workers[0]!.slots, 0);
  stopped.process.kill("SIGCONT");
  await until(() => fleet.workers[0]!.slots === 1, "a worker that is back");
  await closed(fleet);
});

Deno.test("a worker that is told to end finishes what it encodes; what waits there goes to the other", async () => {
  await using ending = await RunningWorker.start(["--threads", "1"]);
  await using other = await RunningWorker.start(["--threads", "1"]);
  const fleet = fleetOf(ending.port, other.port), ended = run.all(fleet);
  await ending.said("started");
  ending.process.kill("SIGTERM");
  assert.equal((await ending.ended()).code, 0);
  const { lost, notes } = await ended;
  assert.ok(lost.every((crashed) => crashed === "no"), lost.join());
  assert.match(notes[0]!, /is ending: it finishes what it encodes and is given no more$/);
  assert.equal(fleet.workers[0]!.facts.faults, 0);
  await ending.said("encoded");
  await closed(fleet);
});

Deno.test("a wrong password is said once and the worker left alone", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"], {
    SERVER_PASSWORD: "aaaa-bbbb-1234-cdef-9k3m-77qq",
  });
  const notes: string[] = [], fleet = fleetOf(worker.port);
  fleet.start(run.packs, {
    changed: () => {},
    crashSuspected: () => {},
    crashKnown: () => {},
    note: (text) => notes.push(text),
  });
  await fleet.closed();
  assert.equal(fleet.workers[0]!.hopeful, false);
  assert.deepEqual(notes, [
    `worker 127.0.0.1:${worker.port} (workers.toml, [[workers]] 1) is not used: the password is wrong`,
  ]);
  fleet.close();
});
