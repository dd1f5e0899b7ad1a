// A worker whose machine has no memory left, at a limit that bites: the system refuses what is asked for. Whether it fails its
// task or its process ends, the client goes on with another worker and the file is the same.

import assert from "node:assert/strict";
import { clip, scenes } from "../support/clips.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { WorkFolder } from "../support/work_folder.ts";

const large = clip(scenes(12, 12), { width: 960, height: 544 });
const args = ["in.y4m", "-o", "out.ivf", "-s", "10", "--progress", "none"];

/** From now on it gets no more than so many bytes of address space beyond what it has. */
async function limitMemory({ process: { pid } }: RunningWorker, bytes: number): Promise<void> {
  const kilobytes = /^VmSize:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  const limit = Number(kilobytes) * 1024 + bytes;
  const { success } = await new Deno.Command("prlimit", { args: [`--pid=${pid}`, `--as=${limit}`] }).output();
  assert.ok(success);
}

const hasPrlimit = Deno.build.os === "linux" &&
  await new Deno.Command("prlimit", { args: ["--version"], stdout: "null" }).output().then(() => true, () => false);

Deno.test({
  name: "a worker that gets no more memory costs time alone, whether that is before it begins or while it encodes",
  ignore: !hasPrlimit,
  async fn(test) {
    using alone = new WorkFolder();
    alone.clip("in.y4m", {}, large);
    assert.equal((await runProgram([...args, "--no-workers"], { cwd: alone.path })).code, 0);
    const expected = alone.read("out.ivf");
    for (
      const [when, room] of [["before it begins", 1e6], ["before it begins", 5e7], ["while it encodes", 0]] as const
    ) {
      await test.step(`${when}, ${room} bytes left`, async () => {
        await using poor = await RunningWorker.start(["--threads", "2"]);
        await using other = await RunningWorker.start(["--threads", "1"]);
        using folder = new WorkFolder();
        folder.clip("in.y4m", {}, large);
        const tables = [poor, other].map(({ port }) =>
          `[[workers]]\nhost = "127.0.0.1"\nport = ${port}\npassword = "${workerPassword}"\n`
        );
        folder.write("workers.toml", tables.join("\n"));
        Deno.chmodSync(folder.file("workers.toml"), 0o600);
        if (when === "before it begins") await limitMemory(poor, room);
        const child = startProgram([...args, "--no-local"], { cwd: folder.path }), output = child.output();
        if (when === "while it encodes") {
          await poor.said("started");
          await limitMemory(poor, room);
        }
        const { code, stderr } = await output, said = new TextDecoder().decode(stderr);
        assert.equal(code, 0, said);
        assert.deepEqual(folder.read("out.ivf"), expected);
        // Whether it bites while it encodes is a matter of what was there already; a process that gets no thread dies.
        const bitten = /has no memory for it|was lost: |failed at frames|cannot be used yet: /;
        if (when === "before it begins") assert.match(said, bitten);
      });
    }
  },
});
