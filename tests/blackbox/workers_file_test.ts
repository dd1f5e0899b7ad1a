import assert from "node:assert/strict";
import { parseWorkers } from "../../lib/remote/client/workers_file.ts";
import { Listener } from "../../lib/remote/tls/listener.ts";
import { IdentitySource } from "../../lib/remote/tls/identity_source.ts";
import { chained, fingerprint, hasOpenssl, openssl } from "../support/certificates.ts";
import { password, PingDaemon, ready } from "../support/ping_daemon.ts";
import { runProgram } from "../support/program.ts";
import { WorkFolder } from "../support/work_folder.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("worker init prints what workers.toml takes as it is, and writes files for their owner alone", async () => {
  using folder = new WorkFolder();
  const init = ["worker", "init", "new folder", "--tls", "--host", "box.example", "--port", "20000"];
  const { code, stdout, stderr } = await runProgram(init, { cwd: folder.path });
  assert.deepEqual([code, stderr], [0, ""]);
  const [entry] = parseWorkers(text(stdout), "workers.toml");
  assert(entry !== undefined);
  assert.deepEqual([entry.host, entry.port, entry.secure], ["box.example", 20000, true]);
  const names = ["rav1e-worker.env", "rav1e-worker.key", "rav1e-worker.password", "rav1e-worker.pem"];
  for (const name of names) {
    assert.equal(Deno.statSync(folder.file(`new folder/${name}`)).mode! & 0o777, 0o600, name);
  }
  // As the printed command reads it.
  const print = '. "$1/rav1e-worker.env"; cat "$SERVER_PASSWORD_FILE" "$TLS_CERT_PATH" "$TLS_KEY_PATH"';
  const shell = new Deno.Command("sh", { args: ["-eu", "-c", print, "sh", folder.file("new folder")] });
  const read = text((await shell.output()).stdout);
  assert(read.startsWith(`${entry.password}\n-----BEGIN CERTIFICATE-----`));
  assert(read.includes("-----BEGIN PRIVATE KEY-----"));
  if (hasOpenssl) {
    await openssl(folder, 'x509 -in "new folder/rav1e-worker.pem" -fingerprint -sha256 -noout -out fingerprint');
    const shown = text(folder.read("fingerprint")).replace(/.*=/, "").trim().replaceAll(":", "").toLowerCase();
    assert.equal(shown, entry.fingerprint);
  }
});

Deno.test("worker init makes a folder for its owner alone, and says where a file is in the way of one", async () => {
  using folder = new WorkFolder();
  folder.write("file", "");
  const inTheWay = await runProgram(["worker", "init", "file"], { cwd: folder.path });
  assert.equal(inTheWay.code, 2);
  assert.match(inTheWay.stderr, /^rav1e-by-gop: Cannot make a worker's files in '.*file': it is no folder\n$/);
  assert.equal((await runProgram(["worker", "init", "made"], { cwd: folder.path })).code, 0);
  assert.equal(Deno.statSync(folder.file("made")).mode! & 0o777, 0o700);
});

Deno.test("worker init replaces nothing, and leaves nothing when it fails", async () => {
  using folder = new WorkFolder();
  folder.write("rav1e-worker.env", "mine\n");
  const { code, stdout, stderr } = await runProgram(["worker", "init", "--tls"], { cwd: folder.path });
  assert.equal(code, 2);
  assert.equal(stdout.length, 0);
  assert.match(stderr, /^rav1e-by-gop: Cannot make a worker's files in '.*': there are some; .*\n$/);
  assert.deepEqual(folder.names(), ["rav1e-worker.env"]);
  assert.equal(text(folder.read("rav1e-worker.env")), "mine\n");
});

Deno.test("check-workers prints a line for each worker, and its exit code says whether all can be used", async () => {
  using folder = new WorkFolder();
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  listener.close();
  folder.write("workers.toml", `[[workers]]\nhost = "127.0.0.1"\nport = ${port}\npassword = "swordfish"\n`);
  Deno.chmodSync(folder.file("workers.toml"), 0o600);
  const { code, stdout, stderr } = await runProgram(["check-workers"], { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /^using \.\/workers\.toml \(1 worker\)\nwarning: no TLS to 1 worker: /);
  const [, line] = text(stdout).split("\n");
  assert.equal(line, `127.0.0.1:${port}  cannot be used: nothing listens there (connection refused)`);
  const json = await runProgram(["check-workers", "--json"], { cwd: folder.path });
  assert.equal(json.code, 1);
  assert.equal(JSON.parse(text(json.stdout))[0].usable, false);
});

Deno.test({
  name: "check-workers shows figures of workers with TLS: pinned, trusted by a ca, and trusted by the system",
  ignore: !hasOpenssl || Deno.build.os !== "linux",
  async fn() {
    using folder = new WorkFolder();
    await chained(folder, "box");
    const environment = { TLS_CERT_PATH: folder.file("chain.pem"), TLS_KEY_PATH: folder.file("box.key") };
    const identity = await IdentitySource.open(environment, { note: () => {} });
    await using daemon = await PingDaemon.start({ identity });
    const table = (host: string, more: string) =>
      `[[workers]]\nhost = "${host}"\nport = ${daemon.port}\npassword = "${password}"\nsecure = true\n${more}\n`;
    const pin = `fingerprint = "${fingerprint(folder, "box.pem")}"`;
    folder.write("pinned.toml", table("127.0.0.1", pin) + table("localhost", 'ca = "root.pem"'));
    folder.write("system.toml", table("localhost", ""));
    const check = async (name: string, env: Record<string, string> = {}) => {
      const args = ["check-workers", "--workers", name, "--json"];
      return JSON.parse(text((await runProgram(args, { cwd: folder.path, env })).stdout));
    };
    const checked = [
      ...await check("pinned.toml"),
      ...await check("system.toml", { SSL_CERT_FILE: folder.file("root.pem") }),
    ];
    assert.deepEqual(checked.map(({ tls }: { tls: string }) => tls), [
      "TLS 1.3, pinned",
      "TLS 1.3, trusted by ca",
      "TLS 1.3, trusted",
    ]);
    for (const { slots, freeSlots, roundTripMs, bytesPerSecond, identity } of checked) {
      assert.deepEqual([slots, freeSlots, identity], [ready.slots, ready.freeSlots, ready.identity]);
      assert(roundTripMs > 0 && bytesPerSecond > 0);
    }
    const [stranger] = await check("system.toml");
    assert.equal(stranger.usable, false);
    assert.match(stranger.fault, /^nobody who is trusted vouches for its certificate; pin it with /);
  },
});

Deno.test("a workers.toml with a fault ends check-workers with exit code 2, and shows no password", async () => {
  using folder = new WorkFolder();
  folder.write("mine.toml", '[[workers]]\nhost = "box"\npassword = "swordfish"\nprot = 1\n');
  const named = await runProgram(["check-workers", "--workers", "mine.toml"], { cwd: folder.path });
  assert.equal(named.code, 2);
  assert.match(named.stderr, /^rav1e-by-gop: mine\.toml, \[\[workers\]\] 1: unknown key prot; there are host, /);
  const missing = await runProgram(["check-workers"], { cwd: folder.path });
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /there is no \.\/workers\.toml; name a file with --workers/);
});

Deno.test("workers.example.toml is one that can be used", () => {
  const path = decodeURIComponent(new URL("../../workers.example.toml", import.meta.url).pathname);
  const entries = parseWorkers(Deno.readTextFileSync(path), path);
  assert(entries.length >= 3);
  assert(entries.some(({ fingerprint }) => fingerprint !== undefined) && entries.some(({ ca }) => ca !== undefined));
});
