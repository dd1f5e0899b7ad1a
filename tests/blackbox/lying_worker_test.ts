// Workers that know the password and do not do what they should: whatever they say, the file is the same, and what the user
// reads of them is plain text. An honest worker comes only after the liar had its say, and there are no local slots.

import assert from "node:assert/strict";
import { KeyExchange } from "../../lib/remote/auth/key_exchange.ts";
import { ScramClient } from "../../lib/remote/auth/scram_client.ts";
import { protocolVersions } from "../../lib/remote/limits.ts";
import { Listener } from "../../lib/remote/tls/listener.ts";
import { Channel } from "../../lib/remote/wire/channel.ts";
import { madePackets, resultContent, resultHeader } from "../support/fake_daemon.ts";
import { type Liar, LyingWorker } from "../support/lying_worker.ts";
import { startProgram } from "../support/program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

/** Gives what the user was told. */
async function encodeBeside(liar: Liar, hasLied: (worker: LyingWorker) => Promise<void>): Promise<string> {
  await using lying = await LyingWorker.start(liar);
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  listener.close();
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const honest = `[[workers]]\nhost = "127.0.0.1"\nport = ${port}\npassword = "${workerPassword}"\n`;
  folder.write("workers.toml", lying.stanza + honest);
  Deno.chmodSync(folder.file("workers.toml"), 0o600);
  const args = ["in.y4m", "-o", "out.ivf", "-s", "10", "--no-local", "--progress", "none"];
  const child = startProgram(args, { cwd: folder.path }), output = child.output();
  await hasLied(lying);
  await using _honest = await RunningWorker.start(["--threads", "1", "--port", `${port}`]);
  const { code, stderr } = await output;
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  assert.doesNotMatch(said.replaceAll("\n", ""), /\p{C}/u);
  return said;
}

const hadTask = (worker: LyingWorker) => worker.hadTask;
const wasAsked = (worker: LyingWorker) => worker.hadConnection;

Deno.test("a worker that fails and then gives back all it gets, in words that no terminal should get, costs time alone", async () => {
  let hasFailed = false;
  const said = await encodeBeside({
    hear: async (say, message) => {
      if (message.type !== "task") return;
      const { task } = message;
      if (hasFailed) return await say({ type: "cancelled", task });
      hasFailed = true;
      await say({ type: "failed", task, reason: "no \u001b[2J\u009b\n\rluck" });
    },
  }, hadTask);
  assert.match(said, /failed at frames \d+-\d+, try 1 of 3: no \\u\{1b\}\[2J\\u\{9b\}\\u\{a\}\\u\{d\}luck/);
});

Deno.test("a worker that fails at all it gets while no other is there costs time alone, and is named", async () => {
  let failed = 0;
  const enough = Promise.withResolvers<void>();
  const said = await encodeBeside({
    hear: async (say, message) => {
      if (message.type !== "task") return;
      await say({ type: "failed", task: message.task, reason: "no space is left" });
      if (++failed === 4) enough.resolve();
    },
  }, () => enough.promise);
  assert.match(said, /127\.0\.0\.1:\d+ fails at whatever it is given: it gets one segment at a time, after waits/);
  assert.doesNotMatch(said, /given up/);
});

Deno.test("a worker that gives back packets of more frames than it got is told from one that is right", async () => {
  const said = await encodeBeside({
    hear: async (say, message) => {
      if (message.type !== "end") return;
      const frames = message.frames + 1, content = resultContent(madePackets(frames));
      await say({ ...resultHeader(message.task, frames, content.length) }, content);
    },
  }, hadTask);
  assert.match(said, /was lost: it breaks the protocol: a result of \d+ frames for a segment of \d+/);
});

Deno.test("a worker that gives back packets of other frames than it got is named, and they are encoded again", async () => {
  const said = await encodeBeside({
    hear: async (say, message) => {
      if (message.type !== "end") return;
      const content = resultContent(madePackets(message.frames));
      await say(resultHeader(message.task, message.frames, content.length), content);
    },
  }, hadTask);
  assert.match(said, /was lost: it breaks the protocol: a result for other frames than those that were sent/);
});

Deno.test("a worker with 10^9 slots has none", async () => {
  const said = await encodeBeside({ opened: { slots: 1e9 } }, wasAsked);
  assert.match(said, /it breaks the protocol: opened: slots is not a whole number from 0 to/);
});

Deno.test("a worker of an older or a newer version of the protocol is named with it and left alone", async () => {
  for (const protocol of [protocolVersions.least - 1, protocolVersions.most + 1]) {
    const said = await encodeBeside({ protocol }, wasAsked);
    assert.match(said, new RegExp(`is not used: it goes on with version ${protocol} of the protocol, unasked\\n`));
    const reason = `this worker speaks version ${protocol} of the protocol, the client ${protocolVersions.most}`;
    const refused = await encodeBeside(
      { refuse: { type: "refuse", code: "protocol", reason, retryAfter: null } },
      wasAsked,
    );
    assert.match(refused, new RegExp(`is not used: ${reason}\\n`));
  }
});

Deno.test("a client of other versions is told which the worker speaks; one that speaks more goes on with the worker's", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  const { least, most } = protocolVersions, scram = new ScramClient(workerPassword).first;
  const { publicKey: key } = await KeyExchange.begin();
  const versions = [[least - 1, least - 1], [most + 1, most + 3], [least - 1, most + 1]] as const;
  const answers = await Promise.all(versions.map(async ([from, to]) => {
    const channel = new Channel(await worker.connect());
    await channel.send({ type: "hello", least: from, most: to, scram, key });
    const { header: { type, protocol, reason } } = (await channel.receive())!;
    channel.close();
    return `${type} ${protocol ?? reason}`;
  }));
  const own = `refuse this worker speaks version ${most} of the protocol, the client`;
  assert.deepEqual(answers, [`${own} ${least - 1}`, `${own} ${most + 1} to ${most + 3}`, `challenge ${most}`]);
});

Deno.test("a worker that begins and then gets on slower and slower, without an end, holds nothing up for long", async () => {
  const said = await encodeBeside({
    hear: async (say, message) => {
      if (message.type !== "end") return;
      const { task, frames } = message;
      await say({ type: "started", task, slot: 0 });
      for (let sent = 1, waitMs = 50; sent < frames; sent++, waitMs *= 1.5) {
        await say({ type: "progress", tasks: [[task, sent, sent - 1, 10 * sent, false]], queued: [] });
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    },
  }, hadTask);
  assert.match(said, /3 segments/);
});
