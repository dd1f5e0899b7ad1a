// The one file as a service of a real systemd: installed by its own command, it serves a client, drains and stops.
// RAV1E_BY_GOP names the file; by default it is what `deno task compile` makes.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { openLibrary } from "../../ffi/library.ts";
import { SocketStream } from "../../lib/remote/tls/socket_stream.ts";
import { executable } from "../executable/unpacked.ts";
import { encode, frameBytes, frameOf, libraryPath } from "../ffi/support.ts";
import { settingsOf } from "../support/settings_of.ts";
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

async function journal(machine: Machine): Promise<string> {
  return (await machine.run("journalctl", "-u", unit, "-o", "cat", "--no-pager")).text;
}

Deno.test({
  name: "installed as a service it is ready, encodes for a client, drains when it is stopped, and ends well",
  ignore: why !== undefined,
  fn: async () => {
    await using machine = await Machine.boot();
    Deno.copyFileSync(executable, join(machine.folder, "root", "rav1e-by-gop"));
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const installed = await machine.run("/root/rav1e-by-gop", "worker", "install", "--", "--port", `${port}`);
    assert.equal(installed.code, 0, installed.text + await journal(machine));
    assert.equal(await shown(machine, "ActiveState"), "active");
    assert.match(await shown(machine, "StatusText"), /^0 of \d+ slots encode, 0 clients$/);
    const user = (await machine.run("stat", "-c", "%u", `/proc/${await shown(machine, "MainPID")}`)).text;
    assert.notEqual(user.trim(), "0");

    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const password = Deno.readTextFileSync(join(machine.folder, "etc/rav1e-by-gop/password")).trim();
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
    Deno.writeTextFileSync(join(machine.folder, "etc/rav1e-by-gop/password"), "weak\n");
    assert.notEqual((await machine.run("systemctl", "start", unit)).code, 0);
    assert.deepEqual(
      [await shown(machine, "ActiveState"), await shown(machine, "ExecMainStatus"), await shown(machine, "NRestarts")],
      ["failed", "2", "0"],
    );
  },
});
