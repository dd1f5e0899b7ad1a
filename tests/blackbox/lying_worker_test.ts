// Workers that know the password and do not do what they should: whatever they say, the file is the same, and what the user
// reads of them is plain text. An honest worker comes only after the liar had its say, and there are no local slots.

import assert from "node:assert/strict";
import { Listener } from "../../lib/remote/tls/listener.ts";
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

Deno.test("a worker with 10^9 slots has none", async () => {
  const said = await encodeBeside({ opened: { slots: 1e9 } }, wasAsked);
  assert.match(said, /it breaks the protocol: opened: slots is not a whole number from 0 to/);
});
