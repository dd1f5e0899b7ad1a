import assert from "node:assert/strict";
import { parseWorkers } from "../../lib/remote/client/workers_file.ts";
import { makeSelfSigned } from "../../lib/remote/tls/self_signed.ts";
import { fingerprintOf } from "../../lib/remote/tls/trust.ts";
import { X509Certificate } from "node:crypto";
import { runProgram } from "../support/program.ts";
import { RunningWorker } from "../support/running_worker.ts";
import { WorkFolder } from "../support/work_folder.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function init(folder: WorkFolder): Promise<{ stanza: string; environment: Record<string, string> }> {
  const { code, stdout } = await runProgram(["worker", "init", "--tls", "--host", "localhost"], { cwd: folder.path });
  assert.equal(code, 0);
  const lines = text(folder.read("rav1e-worker.env")).trim().split("\n");
  return {
    stanza: text(stdout),
    environment: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.replace(/^.*?=/, "")])),
  };
}

function writeWorkers(folder: WorkFolder, stanza: string, port: number): void {
  folder.write("workers.toml", `${stanza}port = ${port}\n`);
  Deno.chmodSync(folder.file("workers.toml"), 0o600);
}

Deno.test("what worker init made is a worker that check-workers finds usable, its certificate renewed or not", async () => {
  using folder = new WorkFolder();
  const { stanza, environment } = await init(folder);
  await using worker = await RunningWorker.start(["--threads", "1"], environment);
  writeWorkers(folder, stanza, worker.port);
  const first = await runProgram(["check-workers"], { cwd: folder.path });
  assert.equal(first.stderr, "using ./workers.toml (1 worker)\n");
  const [heading, line] = text(first.stdout).split("\n");
  assert.match(heading!, /^WORKER +TLS +VERSION +FREE +ROUND TRIP +THROUGHPUT$/);
  assert.match(line!, /^localhost:\d+ +TLS 1\.3, pinned +\S+ +1 of 1 +[\d.]+ ms +[\d.]+ MB\/s$/);
  assert.equal(first.code, 0);

  const { certificate, key } = await makeSelfSigned(["localhost"]);
  folder.write("rav1e-worker.pem", certificate);
  folder.write("rav1e-worker.key", key);
  // The files are looked at once a second at most: until then the one from before serves.
  const renewed = fingerprintOf(new X509Certificate(certificate));
  const pinned = parseWorkers(stanza, "workers.toml")[0]!.fingerprint!;
  writeWorkers(folder, stanza.replace(pinned, renewed), worker.port);
  for (;;) {
    const { code, stdout } = await runProgram(["check-workers", "--json"], { cwd: folder.path });
    const [checked] = JSON.parse(text(stdout));
    if (code === 0) break;
    assert.match(checked.fault, /not the pinned one/);
  }
  await worker.said("certificate", (line) => /renewed/.test(line.text));
  assert.deepEqual(worker.strays, []);
});

Deno.test("check-workers says that the password is wrong, and that TLS is wanted", async () => {
  using folder = new WorkFolder();
  const { stanza, environment } = await init(folder);
  const { password } = parseWorkers(stanza, "workers.toml")[0]!;
  await using worker = await RunningWorker.start([], environment);
  const fault = async (changed: string) => {
    writeWorkers(folder, changed, worker.port);
    const { code, stdout } = await runProgram(["check-workers", "--json"], { cwd: folder.path });
    assert.equal(code, 1);
    return JSON.parse(text(stdout))[0].fault;
  };
  assert.match(await fault(stanza.replace(password, "another")), /password is wrong/);
  assert.match(
    await fault(stanza.replace(/secure = true\n.*\n/, "")),
    /it speaks TLS; its table needs secure = true$/,
  );
});
