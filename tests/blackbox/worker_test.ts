// The worker as its clients and its operator see it: the real program, spoken to over TCP in its own protocol.

import assert from "node:assert/strict";
import { openLibrary } from "../../ffi/library.ts";
import { Refused } from "../../lib/remote/handshake.ts";
import { encode, frameBytes, frameOf, libraryPath } from "../ffi/support.ts";
import { fingerprint, hasOpenssl, namedSelfSigned } from "../support/certificates.ts";
import { runProgram } from "../support/program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { settingsOf } from "../support/settings_of.ts";
import { WorkFolder } from "../support/work_folder.ts";
import { WorkerClient } from "../support/worker_client.ts";

const settings = settingsOf();

function framesOf(count: number, scene = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, frame) => frameOf(frame, scene));
}

async function sha256(packets: readonly Uint8Array[]): Promise<string> {
  const all = await new Blob(packets as Uint8Array<ArrayBuffer>[]).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all)).toHex();
}

function localSum(count: number, scene = 0): Promise<string> {
  return sha256(encode(openLibrary(libraryPath), settings, count, scene));
}

/** A task that runs and waits for frames. */
async function begin(client: WorkerClient, task = 0, crashId = task): Promise<void> {
  await client.open(settings, frameBytes);
  await client.send({ type: "task", task, crashId, first: 0, attempt: 1 });
  await client.sendFrames(task, framesOf(8));
  await client.next("started", task);
}

Deno.test("segments that are sent to a worker come back as the packets that a local encode makes", async () => {
  await using worker = await RunningWorker.start(["--threads", "2"]);
  const client = await worker.client();
  await client.open(settings, frameBytes);
  for (const task of [0, 1, 2]) await client.sendSegment(task, framesOf(30 + task, task));
  for (const task of [0, 1, 2]) {
    assert.equal(await sha256((await client.result(task)).packets), await localSum(30 + task, task));
  }
  await client.send({ type: "bye", reason: "all is done" });
  assert.match((await worker.said("closed")).text, /all is done; 3 segments, 93 frames/);
  assert.deepEqual(worker.strays, []);
  assert.deepEqual(worker.lines.map(({ level }) => level).filter((level) => level === "error"), []);
});

Deno.test({
  name: "over TLS it is the same; a renewed certificate serves the next client, and sessions before it go on",
  ignore: !hasOpenssl,
  fn: async () => {
    using folder = new WorkFolder();
    await namedSelfSigned(folder, "one");
    await namedSelfSigned(folder, "two");
    Deno.copyFileSync(folder.file("one.pem"), folder.file("worker.pem"));
    Deno.copyFileSync(folder.file("one.key"), folder.file("worker.key"));
    await using worker = await RunningWorker.start(["--threads", "1"], {
      TLS_CERT_PATH: folder.file("worker.pem"),
      TLS_KEY_PATH: folder.file("worker.key"),
    });
    const first = await worker.secureClient(fingerprint(folder, "one.pem"));
    await begin(first);
    Deno.copyFileSync(folder.file("two.key"), folder.file("worker.key"));
    Deno.copyFileSync(folder.file("two.pem"), folder.file("worker.pem"));
    let second: WorkerClient | undefined;
    // The files are looked at once a second.
    while (second === undefined) {
      second = await worker.secureClient(fingerprint(folder, "two.pem")).catch(() => undefined);
    }
    await second.open(settings, frameBytes);
    await second.sendSegment(0, framesOf(8, 1));
    await first.send({ type: "end", task: 0, frames: 8 });
    assert.equal(await sha256((await first.result(0)).packets), await localSum(8));
    assert.equal(await sha256((await second.result(0)).packets), await localSum(8, 1));
    await worker.said("certificate", ({ text }) => text.includes("renewed"));
  },
});

Deno.test("two clients share the slots: the second has one within a segment of the first", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  const first = await worker.client(), second = await worker.client();
  await begin(first);
  await first.sendSegment(1, framesOf(20));
  await second.open(settings, frameBytes);
  await second.sendSegment(0, framesOf(20, 1));
  await first.send({ type: "end", task: 0, frames: 8 });
  assert.equal(await sha256((await second.result(0)).packets), await localSum(20, 1));
  await first.result(0);
  assert.equal(await sha256((await first.result(1)).packets), await localSum(20));
  const begun = worker.lines.filter(({ event }) => event === "started").map(({ session }) => session);
  assert.deepEqual([begun[0], begun[2]], [begun[2], begun[0]]);
  assert.notEqual(begun[0], begun[1]);
});

Deno.test("a client that is killed in the middle of a segment frees its slots within 15 s", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  const first = await worker.client();
  await begin(first);
  await first.send({ type: "end", task: 0, frames: 8 });
  const killed = performance.now();
  first.kill();
  const { text } = await worker.said("parked");
  assert.match(text, /did not come back: 1 result \(.* MB\) kept for 15 minutes, its slots are free$/);
  assert((performance.now() - killed) < 15_000);
  assert.equal((await worker.client()).ready.freeSlots, 1);
});

Deno.test("SIGTERM: what runs is finished and delivered, what waits goes back, and the exit code is 0", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  const client = await worker.client();
  await begin(client);
  await client.sendSegment(1, framesOf(8));
  await client.send({ type: "ping", number: 1 });
  await client.next("pong");
  worker.process.kill("SIGTERM");
  await client.next("drain");
  await client.next("cancelled", 1);
  await client.send({ type: "end", task: 0, frames: 8 });
  assert.equal(await sha256((await client.result(0)).packets), await localSum(8));
  assert.equal((await worker.ended()).code, 0);
  assert.equal(worker.lines.at(-1)?.event, "ended");
});

Deno.test("--drain-timeout ends the wait for a client that does nothing; a second signal ends it at once", async (test) => {
  await test.step("--drain-timeout", async () => {
    await using worker = await RunningWorker.start(["--threads", "1", "--drain-timeout", "1"]);
    await begin(await worker.client());
    worker.process.kill("SIGTERM");
    assert.equal((await worker.ended()).code, 0);
    assert.match(worker.lines.at(-1)!.text, /ended after 1 s; unfinished segments are dropped/);
  });
  await test.step("a second signal", async () => {
    await using worker = await RunningWorker.start(["--threads", "1"]);
    await begin(await worker.client());
    worker.process.kill("SIGTERM");
    await worker.said("draining");
    worker.process.kill("SIGINT");
    assert.equal((await worker.ended()).code, 130);
  });
});

Deno.test("a task that takes the process down is named to clients of the next one, at the same folder", async () => {
  using folder = new WorkFolder();
  const args = ["--threads", "1", "--temp-dir", folder.path];
  {
    await using worker = await RunningWorker.start(args, { RAV1E_BY_GOP_FAULTS: "segment:77:abort:1" });
    const client = await worker.client();
    await client.open(settings, frameBytes);
    // It may be gone before the last message is sent.
    await client.sendSegment(0, framesOf(8), 0, 77).catch(() => {});
    await client.ended();
    assert.equal((await worker.ended()).signal, "SIGABRT");
  }
  for (const _ of [1, 2]) {
    await using worker = await RunningWorker.start(args);
    assert.deepEqual((await worker.client()).ready.crashed, [77]);
  }
});

Deno.test("a slot that fails or dies costs its task alone", async () => {
  const faults = "segment:5:throw:1,segment:6:die:1";
  await using worker = await RunningWorker.start(["--threads", "1"], { RAV1E_BY_GOP_FAULTS: faults });
  const client = await worker.client();
  await client.open(settings, frameBytes);
  await client.sendSegment(5, framesOf(8));
  assert.match((await client.next("failed", 5)).message.reason, /fault point: segment 5 fails at try 1/);
  await client.sendSegment(6, framesOf(8));
  assert.match((await client.next("failed", 6)).message.reason, /its thread ended/);
  await client.sendSegment(7, framesOf(8));
  assert.equal(await sha256((await client.result(7)).packets), await localSum(8));
});

Deno.test("a slot that does not come back loses its task after --stall-timeout", async () => {
  const args = ["--threads", "1", "--stall-timeout", "1"];
  await using worker = await RunningWorker.start(args, { RAV1E_BY_GOP_FAULTS: "segment:5:hang:1" });
  const client = await worker.client();
  await client.open(settings, frameBytes);
  await client.sendSegment(5, framesOf(8));
  assert.match((await client.next("failed", 5)).message.reason, /no progress for 1 s/);
  await client.sendSegment(6, framesOf(8));
  assert.equal(await sha256((await client.result(6)).packets), await localSum(8));
});

Deno.test("while hundreds of connections say nothing, and others a wrong password, the rightful client is served", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  const silent: { close(): void }[] = [];
  const crowd = Array.from({ length: 300 }, async (_, at) => {
    const stream = await worker.connect(Deno.build.os === "linux" ? `127.0.0.${1 + at % 5}` : "127.0.0.1");
    silent.push(stream);
    // A slow one: a byte of what could become a message.
    await stream.write(new Uint8Array(1)).catch(() => {});
  });
  await Promise.all(crowd);
  let isOver = false, wrong = 0;
  const guesser = async () => {
    while (!isOver) {
      await worker.client("not-the-password-at-all").catch((error) => {
        if (error instanceof Refused && error.code === "password") wrong++;
      });
    }
  };
  const guessers = Array.from({ length: 10 }, guesser);
  // From the very address of all of them; a client whose turn it was not tries again.
  let served: WorkerClient | undefined;
  while (served === undefined) served = await worker.client().catch(() => undefined);
  await served.open(settings, frameBytes);
  await served.sendSegment(0, framesOf(8));
  assert.equal(await sha256((await served.result(0)).packets), await localSum(8));
  isOver = true;
  await Promise.all(guessers);
  for (const stream of silent) stream.close();
  const warnings = worker.lines.filter(({ event }) => event === "password");
  assert(warnings.length <= 1 && wrong >= warnings.length);
});

Deno.test("what keeps a worker from serving is one line and exit code 2", async (test) => {
  using folder = new WorkFolder();
  await using other = await RunningWorker.start();
  const password = { SERVER_PASSWORD: workerPassword }, port = `${other.port}`;
  const cases: [string, string[], Record<string, string>, RegExp][] = [
    ["no password", [], { SERVER_PASSWORD: "" }, /no password; set SERVER_PASSWORD/],
    ["a weak password", [], { SERVER_PASSWORD: "swordfish" }, /password of about \d+ bits/],
    ["a password file that is not there", [], { SERVER_PASSWORD_FILE: "/nowhere" }, /SERVER_PASSWORD_FILE/],
    ["an address in use", ["--port", port, "--ip", "127.0.0.1"], password, /Cannot listen at 127.0.0.1/],
    ["no such name", ["--ip", "no-such-host.invalid"], password, /Cannot listen at no-such-host.invalid/],
    ["no folder", ["--temp-dir", folder.file("none")], password, /no such file or directory/],
    ["no such option", ["--prot", "1"], password, /did you mean --port/],
    ["a port beyond all", ["--port", "65536"], password, /must be 0 to 65535/],
    ["an operand", ["film.y4m"], password, /unexpected argument film.y4m/],
    [
      "a certificate that is none",
      [],
      { ...password, TLS_CERT_PATH: "/dev/null", TLS_KEY_PATH: "/dev/null" },
      /dev.null/,
    ],
  ];
  for (const [name, args, env, message] of cases) {
    await test.step(name, async () => {
      const { code, stderr } = await runProgram(["worker", "--port", "0", ...args], { env });
      assert.match(stderr, message);
      assert.match(stderr, /^rav1e-by-gop: [^\n]+\n$/);
      assert.equal(code, 2);
    });
  }
});
