// A client whose machine sleeps for longer than its slots are kept: what the worker has finished meanwhile is not encoded
// again.

import assert from "node:assert/strict";
import { startProgram } from "../support/program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { type Harm, TcpProxy, type Wire } from "../support/tcp_proxy.ts";
import { WorkFolder } from "../support/work_folder.ts";

Deno.test("a client that sleeps past its slots' end fetches what was finished, and has only the rest encoded", async () => {
  await using worker = await RunningWorker.start(["--threads", "1"]);
  let isAsleep = false;
  const wires = new Set<Wire>();
  // A sleeping machine takes nothing; the worker's bytes are not in its memory when it is awake again.
  const harm: Harm = (bytes, wire) => {
    wires.add(wire);
    return isAsleep ? [] : [bytes];
  };
  await using proxy = await TcpProxy.start(worker.port, () => harm);
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const table = `[[workers]]\nhost = "127.0.0.1"\nport = ${proxy.port}\npassword = "${workerPassword}"\n`;
  folder.write("workers.toml", table);
  Deno.chmodSync(folder.file("workers.toml"), 0o600);
  const args = ["in.y4m", "-o", "out.ivf", "-s", "0", "--no-local", "--progress", "none"];
  const child = startProgram(args, { cwd: folder.path }), output = child.output();
  // Its frames are all there when another waits behind it.
  await worker.said("started");
  await worker.said("encoded");
  await worker.said("started", ({ text }) => text.includes("task 1"));
  isAsleep = true;
  child.kill("SIGSTOP");
  await worker.said("parked");
  const finished = worker.lines.filter(({ event }) => event === "encoded").length;
  assert.ok(finished >= 2, `${finished}`);
  for (const wire of wires) wire.cut();
  isAsleep = false;
  child.kill("SIGCONT");
  const { code, stderr } = await output;
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  assert.equal(worker.lines.filter(({ event }) => event === "encoded").length, 3, said);
  assert.equal(worker.lines.filter(({ event }) => event === "resumed").length, 1, said);
  using other = new WorkFolder();
  other.clip("in.y4m");
  const alone = await startProgram(["in.y4m", "-o", "out.ivf", "-s", "0", "--no-workers"], { cwd: other.path })
    .output();
  assert.equal(alone.code, 0);
  assert.deepEqual(folder.read("out.ivf"), other.read("out.ivf"));
});
