import assert from "node:assert/strict";
import { ProgressWatch } from "../../../../lib/remote/client/progress_watch.ts";
import type { RemoteTask } from "../../../../lib/remote/client/remote_task.ts";

type Seen = Pick<
  RemoteTask,
  "isRunning" | "isQueued" | "idleMs" | "packsSent" | "steps" | "waitsForFrames" | "progress"
>;

class SeenTask implements Seen {
  isRunning = true;
  isQueued = false;
  idleMs = 0;
  sent = 1;
  packsSent = 1;
  steps = 0;
  waitsForFrames = false;
  packets = 0;

  get progress() {
    return { sent: this.sent, packets: this.packets, bytes: 0, waiting: this.waitsForFrames };
  }

  packet(): void {
    this.steps++;
    this.packets++;
  }
}

class World {
  readonly watch: ProgressWatch;
  task = new SeenTask();
  slots = 1;

  constructor(isEven = true) {
    this.watch = new ProgressWatch(isEven);
  }

  /** Looks every half second for so long; the seconds after which the task was given up, null if it was not. */
  wait(seconds: number): number | null {
    for (let passed = 0.5; passed <= seconds; passed += 0.5) {
      const task = this.task as unknown as RemoteTask;
      if (this.watch.look(500, this.slots, [task]).length > 0) return passed;
    }
    return null;
  }

  /** The pace is known: a packet every so many seconds. */
  packets(seconds: number): void {
    for (let packet = 0; packet < 3; packet++) {
      this.task.packet();
      assert.equal(this.wait(seconds), null);
    }
    this.task.packet();
    assert.equal(this.wait(0.5), null);
  }
}

Deno.test("A task without a step is given up after 15 s, or after 20 times the slowest step where that is more", () => {
  const quick = new World();
  quick.packets(0.5);
  assert.equal(quick.wait(100), 15);
  const slow = new World();
  slow.packets(3);
  assert.equal(slow.wait(1000), 20 * 3);
});

Deno.test("A task is told how long it has been without a step, waiting for frames and for its turn left out", () => {
  const world = new World();
  world.packets(0.5);
  world.wait(7);
  assert.equal(world.task.idleMs, 7_000);
  world.task.packet();
  world.wait(0.5);
  assert.equal(world.task.idleMs, 0);
  world.wait(3);
  world.task.waitsForFrames = true;
  world.wait(2);
  assert.equal(world.task.idleMs, 0);
  world.task.waitsForFrames = world.task.isRunning = false;
  world.wait(3);
  assert.equal(world.task.idleMs, 2_500);
  world.slots = 0;
  world.wait(1);
  assert.equal(world.task.idleMs, 0);
});

Deno.test("Where segments are encoded at unlike speeds, a quick one does not make a slow one late", () => {
  const quick = new World(false);
  quick.packets(0.5);
  assert.equal(quick.wait(100), 60);
  const slow = new World(false);
  slow.packets(4);
  assert.equal(slow.wait(1000), 20 * 4);
});

Deno.test("Before the first packets more patience is had, since nobody knows the pace", () => {
  assert.equal(new World().wait(100), 60.5);
});

Deno.test("A task that waits for frames which this side does not have is never given up", () => {
  const world = new World();
  world.packets(0.5);
  world.task.waitsForFrames = true;
  assert.equal(world.wait(1000), null);
  world.task.waitsForFrames = false;
  assert.equal(world.wait(100), 15);
});

Deno.test("Twice as much is allowed after each time: the slowest machine finishes at last", () => {
  const world = new World();
  world.packets(0.5);
  for (const limit of [15, 30, 60, 120]) {
    assert.equal(world.wait(1000), limit);
    world.task = new SeenTask();
    world.wait(0.5);
  }
});

Deno.test("A task with frames that is not begun though a slot is free is given up, one that waits its turn is not", () => {
  const world = new World();
  world.task.isRunning = false;
  world.slots = 0;
  assert.equal(world.wait(1000), null);
  world.slots = 1;
  assert.equal(world.wait(100), 15.5);
  world.task.packsSent = 0;
  assert.equal(world.wait(1000), null);
});

Deno.test("A task that the worker says has to wait is waited for longer, whatever it says in between", () => {
  const world = new World();
  world.task.isRunning = false;
  world.task.isQueued = true;
  assert.equal(world.wait(50), null);
  world.task.isQueued = false;
  assert.equal(world.wait(9), null);
  world.task.isQueued = true;
  assert.equal(world.wait(100), 1.5);
});

Deno.test("A task that is begun and of which not one frame is read is given up like one that is not begun", () => {
  const world = new World();
  world.task.sent = 0;
  assert.equal(world.wait(100), 15.5);
  world.task = new SeenTask();
  world.wait(0.5);
  world.task.sent = 1;
  assert.equal(world.wait(1000), 120);
});

Deno.test("Looking at nothing forgets a task: what it is given back starts afresh", () => {
  const world = new World();
  world.packets(0.5);
  world.wait(10);
  world.watch.look(500, 1, []);
  assert.equal(world.wait(100), 15.5);
});
