// Daemons that say anything that can be said, in any order: each segment ends once or goes on, what ended is never touched,
// nothing is thrown, and a run can always be ended.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { DaemonMessage } from "../../../../lib/remote/messages.ts";
import { madePackets, resultContent, resultHeader } from "../../../support/fake_daemon.ts";
import { until } from "../../../support/virtual_clock.ts";
import { type Begun, FleetWorld } from "./fleet_world.ts";

/** One of the tasks that there are; rarely one that is not. */
const task = fc.oneof({ weight: 30, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.constant(99) });
const small = fc.nat(7),
  bytes = fc.oneof({ weight: 1, arbitrary: small }, {
    weight: 5,
    arbitrary: fc.nat(2 ** 23).map((more) => 2 ** 22 + more),
  });
const content = resultContent(madePackets(3));

const message: fc.Arbitrary<[DaemonMessage, Uint8Array?]> = fc.oneof(
  fc.record({ type: fc.constant("started"), task, slot: small }),
  fc.record({ type: fc.constant("credit"), task, bytes }),
  fc.record({ type: fc.constant("failed"), task, reason: fc.string() }),
  fc.record({ type: fc.constant("cancelled"), task }),
  fc.record({ type: fc.constant("grant"), slots: fc.nat(3), ahead: fc.nat(3) }),
  fc.record({
    type: fc.constant("progress"),
    tasks: fc.tuple(fc.tuple(task, fc.nat(4), fc.nat(1), small, fc.boolean())),
  }),
  fc.record({ type: fc.constantFrom("drain", "bye"), reason: fc.string() }),
  fc.record({ type: fc.constantFrom("ping", "pong"), number: small }),
).map((message): [DaemonMessage] => [message as DaemonMessage]);

/** A good result for a segment of three frames, and bad ones. */
const result = fc.record({
  task,
  bytes: fc.constantFrom(...Array(9).fill(content.length), 99),
  cut: fc.nat(content.length - 1),
}).map(
  ({ task, bytes, cut }): [DaemonMessage, Uint8Array] => [
    resultHeader(task, 3, bytes),
    cut % 8 === 0 ? content.subarray(0, cut + 1) : content,
  ],
);

/** Of the tasks that were begun. */
function addressed<T extends DaemonMessage>(message: T, begun: number): T {
  const known = (task: number) => begun > 0 && task < 99 ? task % begun : task;
  if (message.type !== "progress") return "task" in message ? { ...message, task: known(message.task) } : message;
  const tasks = message.tasks.map(([task, ...rest]) => [known(task), ...rest]);
  return { ...message, tasks };
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: message },
    { weight: 3, arbitrary: result },
    { weight: 3, arbitrary: fc.constant("begin" as const) },
    { weight: 1, arbitrary: fc.constant("cancel" as const) },
    { weight: 1, arbitrary: fc.constant("wait" as const) },
  ),
  { maxLength: 30 },
);

Deno.test("Whatever a daemon says, in whatever order, no segment ends twice and the run can be ended", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      await using world = new FleetWorld();
      const daemon = await world.connected({ slots: 2, ahead: 1 });
      const ends = new Set<unknown>();
      const reading = (async () => {
        for (let next; (next = await daemon.channel.receive()) !== null;) {
          if (next.header.type === "end") ends.add(next.header.task);
        }
      })().catch(() => {});
      const begun: Begun[] = [];
      for (const step of steps) {
        const { worker } = world;
        const live = begun.filter(({ outcome }) => outcome === undefined);
        if (step === "begin") {
          if (live.length >= worker.slots + worker.ahead) continue;
          begun.push(world.begin(begun.length % 3 === 2 ? 3 : 0));
          // Its frames are there before anything else is said, if there is a place for it.
          for (let turn = 0; turn < 20 && !ends.has(begun.length - 1); turn++) await world.clock.advance(1);
        } else if (step === "cancel") live[0]?.remote.cancel();
        else if (step === "wait") await world.clock.advance(700);
        else await daemon.say(addressed(step[0], begun.length), step[1]).catch(() => {});
      }
      await world.clock.advance(100);
      for (const { outcome, remote } of begun) {
        if (outcome === undefined) continue;
        assert.equal(remote.onPackTaken, undefined);
        assert.ok(["done", "failed", "lost", "cancelled"].includes(outcome.kind));
      }
      world.fleet.close();
      await world.clock.advance(1_000);
      await world.fleet.closed();
      await reading;
      await until(() => world.clock.waiting === 0);
    }),
    { numRuns: 60 },
  );
});
