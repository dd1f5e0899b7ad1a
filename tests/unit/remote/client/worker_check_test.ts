import assert from "node:assert/strict";
import { checkedWorkersJson, checkedWorkersTable } from "../../../../lib/cli/check_workers_text.ts";
import { checkWorker, type WorkerReport } from "../../../../lib/remote/client/worker_check.ts";
import { IdentitySource } from "../../../../lib/remote/tls/identity_source.ts";
import { Listener } from "../../../../lib/remote/tls/listener.ts";
import { makeSelfSigned } from "../../../../lib/remote/tls/self_signed.ts";
import { fingerprintOf } from "../../../../lib/remote/tls/trust.ts";
import { X509Certificate } from "node:crypto";
import { password, PingDaemon, ready } from "../../../support/ping_daemon.ts";
import { WorkFolder } from "../../../support/work_folder.ts";
import { workerAt } from "../tls/worker_at.ts";

const alone = <T>(measure: () => Promise<T>) => measure();

async function trouble(port: number, changed: Parameters<typeof workerAt>[1] = {}): Promise<string> {
  const report = await checkWorker(workerAt(port, { password, ...changed }), alone);
  assert(report.kind === "trouble", JSON.stringify(report));
  return report.reason;
}

Deno.test("checkWorker() finds out what a worker is and how fast the way there is, and says goodbye", async () => {
  await using daemon = await PingDaemon.start();
  const report = await checkWorker(workerAt(daemon.port, { password }), alone);
  assert(report.kind === "ready");
  assert.deepEqual(report.ready, ready);
  assert.equal(report.tls, undefined);
  assert(report.roundTripMs > 0 && report.bytesPerSecond > 0 && Number.isFinite(report.bytesPerSecond));
  await daemon.conversationsEnded();
  const types = new Set(daemon.messages.map(({ type }) => type));
  assert.deepEqual([...types], ["ping", "bye"]);
});

Deno.test("checkWorker() goes through TLS to a pinned worker, whose certificate the password proof is bound to", async () => {
  using folder = new WorkFolder();
  const { certificate, key } = await makeSelfSigned(["box"]);
  folder.write("box.pem", certificate);
  folder.write("box.key", key);
  const environment = { TLS_CERT_PATH: folder.file("box.pem"), TLS_KEY_PATH: folder.file("box.key") };
  const identity = await IdentitySource.open(environment, { note: () => {} });
  await using daemon = await PingDaemon.start({ identity });
  const fingerprint = fingerprintOf(new X509Certificate(certificate));
  const report = await checkWorker(workerAt(daemon.port, { password, secure: true, fingerprint }), alone);
  assert(report.kind === "ready");
  assert.equal(report.tls, "TLS 1.3, pinned");
  assert.match(await trouble(daemon.port), /^it speaks TLS; its table needs secure = true$/);
  assert.match(await trouble(daemon.port, { secure: true }), /^nobody who is trusted vouches for its certificate/);
});

Deno.test("checkWorker() says why a worker cannot be used", async () => {
  await using daemon = await PingDaemon.start();
  assert.match(await trouble(daemon.port, { password: "wrong" }), /password is wrong/);
  await using busy = await PingDaemon.start({
    refuse: { type: "refuse", code: "draining", reason: "it is ending", retryAfter: null },
  });
  assert.match(await trouble(busy.port), /^it is ending$/);
  const closed = await Listener.open({ host: "127.0.0.1", port: 0 });
  closed.close();
  assert.match(await trouble(closed.address.port), /^nothing listens there/);
});

Deno.test("checkWorker() ends with a worker that says what does not belong there", async () => {
  await using wrongNumber = await PingDaemon.start({
    answer: (channel, message) => channel.send({ type: "pong", number: (message as { number: number }).number + 1 }),
  });
  assert.match(await trouble(wrongNumber.port), /breaks the protocol: a pong 1 came unasked/);
  await using session = await PingDaemon.start({
    answer: (channel) => channel.send({ type: "grant", slots: 1, ahead: 1 }),
  });
  assert.match(await trouble(session.port), /breaks the protocol: grant came where no session is open/);
  await using leaving = await PingDaemon.start({
    answer: (channel) => channel.send({ type: "bye", reason: "enough" }),
  });
  assert.match(await trouble(leaving.port), /it ended the connection: enough/);
});

Deno.test("checkWorker() answers the worker's own pings", async () => {
  let asked = false;
  await using daemon = await PingDaemon.start({
    async answer(channel, message) {
      if (!asked) await channel.send({ type: "ping", number: 77 });
      asked = true;
      await channel.send({ type: "pong", number: (message as { number: number }).number });
    },
  });
  const report = await checkWorker(workerAt(daemon.port, { password }), alone);
  assert.equal(report.kind, "ready");
  assert(daemon.messages.some((message) => message.type === "pong" && message.number === 77));
});

const report: WorkerReport & { kind: "ready" } = {
  kind: "ready",
  ready,
  tls: "TLS 1.3, pinned",
  roundTripMs: 0.42,
  bytesPerSecond: 118.4e6,
};
const rows = [
  { entry: workerAt(13415, { host: "box.example" }), report, fault: undefined },
  { entry: workerAt(1, { host: "::1" }), report: undefined, fault: "nothing listens there (connection refused)" },
  { entry: workerAt(2), report, fault: "it encodes with rav1e 0.7.0" },
];

Deno.test("checkedWorkersTable() has a line for each worker", () => {
  assert.equal(
    checkedWorkersTable(rows),
    [
      "WORKER             TLS              VERSION  FREE    ROUND TRIP  THROUGHPUT",
      "box.example:13415  TLS 1.3, pinned  0.1.0    3 of 8  0.4 ms      118 MB/s",
      "[::1]:1            cannot be used: nothing listens there (connection refused)",
      "127.0.0.1:2        cannot be used: it encodes with rav1e 0.7.0",
      "",
    ].join("\n"),
  );
});

Deno.test("checkedWorkersJson() has all that is known", () => {
  const [good, unreachable, other] = JSON.parse(checkedWorkersJson(rows));
  assert.deepEqual(good, {
    worker: "box.example:13415",
    usable: true,
    fault: null,
    tls: "TLS 1.3, pinned",
    version: "0.1.0",
    identity: ready.identity,
    slots: 8,
    freeSlots: 3,
    roundTripMs: 0.42,
    bytesPerSecond: 118400000,
  });
  assert.deepEqual([unreachable.usable, unreachable.slots], [false, null]);
  assert.deepEqual([other.usable, other.slots, other.fault], [false, 8, "it encodes with rav1e 0.7.0"]);
});
