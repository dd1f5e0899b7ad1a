// The one file as a service of a real systemd: installed by its own command, it serves a client, drains and stops.
// RAV1E_BY_GOP names the file; by default it is what `deno task compile` makes.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { openLibrary } from "../../ffi/library.ts";
import { defaultOptions, settingsFor } from "../../lib/encode/settings.ts";
import type { WorkerEntry } from "../../lib/remote/client/worker_entry.ts";
import { parseWorkers } from "../../lib/remote/client/workers_file.ts";
import { dial } from "../../lib/remote/tls/dial.ts";
import { SocketStream } from "../../lib/remote/tls/socket_stream.ts";
import { executable } from "../executable/unpacked.ts";
import { encode, frameBytes, frameOf, libraryPath } from "../ffi/support.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { settingsOf, smallFormat } from "../support/settings_of.ts";
import { WorkerClient } from "../support/worker_client.ts";
import { Machine, whyNoMachine } from "./machine.ts";

const why = whyNoMachine();
if (why !== undefined) console.log(`no machine with systemd can be made here: ${why}`);

const unit = "rav1e-worker.service";
const frames = (count: number) => Array.from({ length: count }, (_, frame) => frameOf(frame, 0));

/** A setting of the unit as systemd shows it. */
async function shown(machine: Machine, name: string): Promise<string> {
  return (await machine.run("systemctl", "show", unit, "--value", "-p", name)).text.trim();
}

async function journal(machine: Machine, ...choice: string[]): Promise<string> {
  return (await machine.run("journalctl", "-u", unit, "-o", "cat", "--no-pager", ...choice)).text;
}

function anyPort(): number {
  return 20_000 + Math.floor(Math.random() * 10_000);
}

/** Of the worker's table in what a command printed. */
function entryIn(printed: string): WorkerEntry {
  const [entry] = parseWorkers(printed.slice(printed.indexOf("[[workers]]")), "workers.toml");
  return entry!;
}

/** A client that believes only what workers.toml says. */
async function clientOf(entry: WorkerEntry): Promise<WorkerClient> {
  const { stream, certificate } = await dial(entry, AbortSignal.timeout(60_000));
  return await WorkerClient.connect(stream, entry.password, certificate);
}

Deno.test({
  name: "installed as a service it is ready, encodes for a client, drains when it is stopped, and ends well",
  ignore: why !== undefined,
  fn: async () => {
    await using machine = await Machine.boot();
    Deno.copyFileSync(executable, join(machine.folder, "root", "rav1e-by-gop"));
    const port = anyPort();
    const installed = await machine.run("/root/rav1e-by-gop", "worker", "install", "--", "--port", `${port}`);
    assert.equal(installed.code, 0, installed.text + await journal(machine));
    assert.equal(await shown(machine, "ActiveState"), "active");
    assert.match(await shown(machine, "StatusText"), /^0 of \d+ slots encode, 0 clients$/);
    const user = (await machine.run("stat", "-c", "%u", `/proc/${await shown(machine, "MainPID")}`)).text;
    assert.notEqual(user.trim(), "0");

    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    // The table is pasted as it was printed; the machine's name leads nowhere here.
    const { password, port: printedPort } = entryIn(installed.text);
    assert.equal(printedPort, port);
    const client = await WorkerClient.connect(new SocketStream(socket), password);
    const settings = settingsOf();
    await client.open(settings, frameBytes);
    const library = openLibrary(libraryPath);
    await client.sendSegment(0, frames(30));
    assert.deepEqual((await client.result(0)).packets, encode(library, settings, 30, 0));

    // A segment that runs when the service is stopped is finished and delivered.
    await client.send({ type: "task", task: 1, crashId: 1, first: 0, attempt: 1 });
    await client.sendFrames(1, frames(8));
    await client.next("started", 1);
    const stopped = machine.run("systemctl", "stop", unit);
    await client.next("drain");
    assert.equal(await shown(machine, "ActiveState"), "deactivating");
    await client.send({ type: "end", task: 1, frames: 8 });
    assert.deepEqual((await client.result(1)).packets, encode(library, settings, 8, 0));
    assert.equal((await stopped).code, 0);
    assert.deepEqual([await shown(machine, "Result"), await shown(machine, "ExecMainStatus")], ["success", "0"]);
    assert.match(await journal(machine), /ended: all is delivered/);

    // A fault of the configuration is not tried again and again.
    Deno.writeTextFileSync(join(machine.folder, "etc/rav1e-by-gop/rav1e-worker.password"), "weak\n");
    assert.notEqual((await machine.run("systemctl", "start", unit)).code, 0);
    assert.deepEqual(
      [await shown(machine, "ActiveState"), await shown(machine, "ExecMainStatus"), await shown(machine, "NRestarts")],
      ["failed", "2", "0"],
    );
  },
});

Deno.test({
  name:
    "what worker init made becomes the service: its password, its certificate; limits, watchdog and journal are systemd's",
  ignore: why !== undefined,
  fn: async () => {
    await using machine = await Machine.boot();
    Deno.copyFileSync(executable, join(machine.folder, "root", "rav1e-by-gop"));
    const dropIn = join(machine.folder, `etc/systemd/system/${unit}.d`);
    Deno.mkdirSync(dropIn);
    Deno.writeTextFileSync(join(dropIn, "limits.conf"), "[Service]\nMemoryMax=3G\nWatchdogSec=3\nRestartSec=0\n");
    const program = (...words: string[]) => machine.run("/root/rav1e-by-gop", "worker", ...words);
    const port = anyPort();
    const init = await program("init", "/root/made", "--tls", "--host", "localhost", "--port", `${port}`);
    const entry = entryIn(init.text);
    const words = ["--", "--port", `${port}`, "--threads", "2"];
    assert(init.text.includes(`worker install /root/made -- --port ${port}\n`), init.text);
    const installed = await program("install", "/root/made", ...words);
    assert.equal(installed.code, 0, installed.text + await journal(machine));
    Deno.removeSync(join(machine.folder, "root/made"), { recursive: true });
    const { mode, uid } = Deno.statSync(join(machine.folder, "etc/rav1e-by-gop/rav1e-worker.key"));
    assert.deepEqual([mode! & 0o777, uid], [0o600, 0]);

    // Of two slots for such video the unit's memory has room for one, the machine's for more.
    const client = await clientOf(entry);
    const format = { ...smallFormat, width: 1920, height: 1080 };
    await client.open(settingsFor(format, { ...defaultOptions, speed: 10 }), 1920 * 1080 * 3 / 2);
    await until(
      machine,
      async () => /^1 of 2 slots: memory [01]\.\d+ GB, /m.test(await journal(machine, "-p", "warning")),
    );
    // Levels are the journal's own, and times, too.
    assert.match(await journal(machine, "-p", "info"), /^listening at \S+ with TLS: 2 slots, /m);
    assert.doesNotMatch(await journal(machine), /^<\d>|^\d{4}-\d\d-\d\dT/m);

    // A worker that stands still is ended and started again, and blames no segment.
    const process = await shown(machine, "MainPID");
    assert.equal((await machine.run("sh", "-c", `kill -STOP ${process}`)).code, 0);
    await until(machine, async () => await shown(machine, "NRestarts") === "1");
    await until(machine, async () => await shown(machine, "ActiveState") === "active");
    assert.notEqual(await shown(machine, "MainPID"), process);
    await (await clientOf(entry)).open(settingsOf(), frameBytes);

    if (hasOpenssl) {
      const secrets = join(machine.folder, "etc/rav1e-by-gop"), made = (name: string) => join(secrets, name);
      Deno.writeTextFileSync(made("p12.password"), "opens the identity\n", { mode: 0o600 });
      const pair = ["-in", made("rav1e-worker.pem"), "-inkey", made("rav1e-worker.key")];
      const args = ["pkcs12", "-export", ...pair, "-out", made("p12"), "-passout", `file:${made("p12.password")}`];
      assert((await new Deno.Command("openssl", { args }).output()).success);
      const p12 = [
        "--identity-file",
        "/etc/rav1e-by-gop/p12",
        "--identity-password-file",
        "/etc/rav1e-by-gop/p12.password",
      ];
      const again = await program("install", ...p12, ...words);
      assert.equal(again.code, 0, again.text + await journal(machine));
      // The same certificate and password, so the same table.
      await (await clientOf(entry)).open(settingsOf(), frameBytes);
    }
  },
});

/** Looks again and again; what does not come is shown by the journal. */
async function until(machine: Machine, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!await isSo()) {
    if (Date.now() > end) throw new Error(`It did not come about: ${await journal(machine)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
