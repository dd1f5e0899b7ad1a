// A segment that takes down the process of every worker that encodes it: three of them, and no worker gets it again.

import assert from "node:assert/strict";
import { runProgram } from "../support/program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

/** A machine that starts its worker again whenever that has died. Gives the number of deaths when it is over. */
async function machine(tempDir: string, first: RunningWorker, over: Promise<unknown>): Promise<number> {
  for (let worker = first, deaths = 0;; deaths++) {
    const died = await Promise.race([worker.ended(), over.then(() => undefined)]);
    if (died === undefined) {
      await worker[Symbol.asyncDispose]();
      return deaths;
    }
    assert.equal(died.signal, "SIGABRT");
    worker = await start(tempDir, first.port);
  }
}

/** The second of the small clip's segments begins with frame 12. */
function start(tempDir: string, port: number): Promise<RunningWorker> {
  const args = ["--threads", "1", "--port", `${port}`, "--temp-dir", tempDir];
  return RunningWorker.start(args, { RAV1E_BY_GOP_FAULTS: "from:12:abort:99" });
}

/** Ports that nobody has now, each another. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  return listeners.map((listener) => {
    using _closed = listener;
    return listener.addr.port;
  });
}

Deno.test("a segment that aborts workers does so three times, then it is left out, and this machine can do it", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  // Ports of their own from the start: what a worker died of is kept by port.
  const workers = await Promise.all(freePorts(2).map((port) => start(folder.path, port)));
  const tables = workers.map(({ port }) =>
    `[[workers]]\nhost = "127.0.0.1"\nport = ${port}\npassword = "${workerPassword}"\n`
  );
  Deno.writeTextFileSync(folder.file("workers.toml"), tables.join("\n"), { mode: 0o600 });
  const command = ["in.y4m", "-o", "out.ivf", "-s", "10"];
  const run = runProgram([...command, "--no-local"], { cwd: folder.path });
  const deaths = await Promise.all(workers.map((worker) => machine(folder.path, worker, run)));
  const { code, stderr } = await run;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /frames 12-24/);
  assert.equal(deaths[0]! + deaths[1]!, 3, stderr);
  const again = await runProgram([...command, "--no-workers"], { cwd: folder.path });
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});
