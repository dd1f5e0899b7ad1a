import assert from "node:assert/strict";
import fc from "fast-check";
import { Gatekeeper, networkOf, type Seat } from "../../../../lib/remote/daemon/gatekeeper.ts";

/** A gatekeeper whose time passes when a test says so. */
class World {
  readonly keeper: Gatekeeper;
  nowMs = 0;
  #timers: { atMs: number; call: () => void }[] = [];

  constructor(limits: { mostInAll?: number; mostPerNetwork?: number } = {}, random = () => 0) {
    const after = (ms: number, call: () => void) => void this.#timers.push({ atMs: this.nowMs + ms, call });
    this.keeper = new Gatekeeper({ mostInAll: 6, mostPerNetwork: 3, ...limits, now: () => this.nowMs, random, after });
  }

  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.call();
    }
    this.nowMs = endMs;
  }

  enter(address: string): Visitor {
    return new Visitor(this.keeper, address);
  }
}

class Visitor {
  seat: Seat | undefined;
  state: "waits" | "sits" | "sent away" | "evicted" = "waits";

  constructor(keeper: Gatekeeper, readonly address: string) {
    keeper.enter(address, () => this.state = "evicted").then((seat) => {
      this.seat = seat;
      if (this.state === "waits") this.state = seat === undefined ? "sent away" : "sits";
    });
  }
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

async function states(visitors: readonly Visitor[]): Promise<string[]> {
  await settled();
  return visitors.map(({ state }) => state);
}

Deno.test("one network has its seats and no more; the next one sits when a seat is left", async () => {
  const world = new World();
  const visitors = Array.from({ length: 4 }, () => world.enter("192.0.2.1"));
  assert.deepEqual(await states(visitors), ["sits", "sits", "sits", "waits"]);
  visitors[1]!.seat!.leave("proven");
  assert.deepEqual(await states(visitors), ["sits", "sits", "sits", "sits"]);
  visitors[1]!.seat!.leave("gone");
  assert.equal(world.keeper.counts.seats, 3);
});

Deno.test("who says nothing loses the seat to who waits, after a moment; who spoke keeps it", async () => {
  const world = new World();
  const silent = world.enter("192.0.2.1"), talkers = [world.enter("192.0.2.1"), world.enter("192.0.2.1")];
  await settled();
  for (const { seat } of talkers) seat!.spoke();
  const late = world.enter("192.0.2.1"), later = world.enter("192.0.2.1");
  world.pass(249);
  assert.deepEqual(await states([silent, late]), ["sits", "waits"]);
  world.pass(1);
  assert.deepEqual(await states([silent, ...talkers, late, later]), ["evicted", "sits", "sits", "sits", "waits"]);
});

Deno.test("a network without a connection gets a seat at the cost of the one that has most", async () => {
  const world = new World();
  const crowd = ["a", "a", "a", "b", "b", "b"].map((address) => world.enter(address));
  await settled();
  for (const { seat } of crowd) seat!.spoke();
  const stranger = world.enter("c");
  assert.deepEqual(await states([stranger, crowd[0]!, crowd[3]!]), ["sits", "evicted", "sits"]);
  const second = world.enter("c");
  assert.deepEqual(await states([second, crowd[3]!]), ["sits", "evicted"]);
  // All have two now: nobody is worse off than the others.
  assert.deepEqual(await states([world.enter("c"), world.enter("a")]), ["waits", "waits"]);
});

Deno.test("a wrong password keeps its seat taken, longer each time, up to a limit, and forgets", async () => {
  const world = new World({ mostPerNetwork: 1 });
  const waits: number[] = [];
  const fail = async () => {
    const guess = world.enter("a");
    await settled();
    guess.seat!.leave("wrong-password");
    const next = world.enter("a"), failedMs = world.nowMs;
    while ((await states([next]))[0] === "waits") world.pass(5);
    waits.push(world.nowMs - failedMs);
    next.seat!.leave("gone");
  };
  for (let at = 0; at < 4; at++) await fail();
  world.pass(61_000);
  await fail();
  assert.deepEqual(waits, [125, 250, 500, 500, 125]);
});

Deno.test("a wrong password from one network costs another nothing", async () => {
  const world = new World({ mostInAll: 3 });
  const guessers = [1, 2, 3].map(() => world.enter("a"));
  await settled();
  for (const { seat } of guessers) seat!.leave("wrong-password");
  assert.equal(world.keeper.counts.seats, 3);
  const client = world.enter("b");
  world.pass(125);
  assert.deepEqual(await states([client]), ["sits"]);
});

Deno.test("the line has an end: somebody drawn by lot is sent away, and whoever waited too long", async () => {
  const world = new World({ mostPerNetwork: 1 });
  const first = world.enter("a");
  await settled();
  first.seat!.spoke();
  const line = Array.from({ length: 65 }, () => world.enter("a"));
  await settled();
  assert.equal(world.keeper.counts.line, 64);
  assert.equal(line[0]!.state, "sent away");
  world.pass(10_001);
  first.seat!.leave("gone");
  await settled();
  assert.deepEqual([...new Set(line.map(({ state }) => state))], ["sent away"]);
});

Deno.test("whatever comes and goes, limits are kept and nobody who could sit is left waiting", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("enter" as const), who: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ do: fc.constantFrom("proven", "gone", "wrong-password", "spoke"), who: fc.nat() }),
    fc.record({ do: fc.constant("pass" as const), who: fc.integer({ min: 1, max: 400 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (steps, lots) => {
        const world = new World({}, () => lots.next().value), visitors: Visitor[] = [];
        for (const { do: what, who } of steps) {
          const sitting = visitors.filter(({ state }) => state === "sits");
          if (what === "enter") visitors.push(world.enter(`${who}`));
          else if (what === "pass") world.pass(who);
          else if (sitting.length > 0) {
            const visitor = sitting[who % sitting.length]!;
            if (what === "spoke") visitor.seat!.spoke();
            else {
              visitor.seat!.leave(what);
              visitor.state = "sent away";
            }
          }
          await Promise.resolve().then(() => {}).then(() => {});
          const { seats, line } = world.keeper.counts;
          const now = visitors.filter(({ state }) => state === "sits");
          assert(seats <= 6 && now.length <= seats);
          for (const address of new Set(now.map(({ address }) => address))) {
            assert(now.filter((visitor) => visitor.address === address).length <= 3);
          }
          if (line > 0 && seats < 6) {
            for (const { address } of visitors.filter(({ state }) => state === "waits")) {
              // Penalties count too, so at least there is no network with none.
              assert(now.some((visitor) => visitor.address === address) || seats > now.length);
            }
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("an IPv6 network is one visitor, however many addresses it has", () => {
  assert.equal(networkOf("192.0.2.7"), "192.0.2.7");
  assert.equal(networkOf("2001:db8:0:1:aaaa::1"), networkOf("2001:DB8::1:bbbb:0:0:2"));
  assert.notEqual(networkOf("2001:db8:0:1::1"), networkOf("2001:db8:0:2::1"));
  assert.equal(networkOf("::1"), "0:0:0:0::/64");
  assert.equal(networkOf("fe80::1%eth0"), "fe80:0:0:0::/64");
});
