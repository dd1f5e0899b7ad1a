import assert from "node:assert/strict";
import { resolve } from "node:path";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import type { WorkerInstallCommand } from "../../../lib/cli/command.ts";
import { runProgram } from "../../support/program.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { refusal } from "./refusal.ts";

function install(...words: string[]): WorkerInstallCommand {
  const command = parseCommandLine(["worker", "install", ...words]);
  assert(command.command === "worker-install");
  return command;
}

Deno.test("worker install takes files by any path and hands on what stands behind --", () => {
  const nothing = {
    command: "worker-install",
    print: false,
    folder: undefined,
    passwordFile: undefined,
    identity: undefined,
    words: [],
    port: 13415,
    drainSeconds: 300,
  };
  assert.deepEqual(install(), nothing);
  assert.deepEqual(install("--print", "--password-file", "secret", "--", "--port", "1", "--drain-timeout=9"), {
    ...nothing,
    print: true,
    passwordFile: resolve("secret"),
    words: ["--port", "1", "--drain-timeout=9"],
    port: 1,
    drainSeconds: 9,
  });
  assert.deepEqual(install("made", "--", "--port=2"), {
    ...nothing,
    folder: resolve("made"),
    words: ["--port=2"],
    port: 2,
  });
  const { identity } = install("--identity-file=/a.p12", "--identity-password-file", "/a.txt");
  assert.deepEqual(identity, { kind: "p12", path: "/a.p12", passwordFile: "/a.txt" });
  const pem = install("--tls-key", "/a.key", "--tls-cert", "/a.pem").identity;
  assert.deepEqual(pem, { kind: "pem", certificate: "/a.pem", key: "/a.key" });
});

Deno.test("worker install refuses half of an identity, two of them, and stray words", () => {
  const refused = (...words: string[]) => refusal("worker", "install", ...words);
  assert.match(refused("--tls-cert", "/a.pem"), /belong together/);
  assert.match(refused("--identity-password-file", "/a"), /needs --identity-file/);
  assert.match(refused("--identity-file", "/a", "--tls-key", "/b"), /excludes/);
  assert.match(refused("made", "now"), /unexpected argument now/);
  assert.match(refused("made", "--password-file", "/a"), /^--password-file excludes made, the folder that worker init/);
  assert.match(refused("made", "--tls-cert", "/a", "--tls-key", "/b"), /^--tls-cert excludes made/);
  assert.match(refused(""), /^folder '': must be a file name/);
  assert.match(refused("--port", "1"), /^unknown option --port; worker install takes --print, --password-file FILE, /);
  assert.match(refused("--tls-key"), /needs a file name/);
  assert.match(refused("--", "--port", "70000"), /^--port 70000: must be 0 to 65535/);
  assert.match(refused("--", "--help"), /is no service/);
});

Deno.test("worker install --print shows the unit and changes nothing", async () => {
  const { code, stdout, stderr } = await runProgram(["worker", "install", "--print", "--", "--threads", "2"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(new TextDecoder().decode(stdout), /^ExecStart=\/usr\/local\/bin\/rav1e-by-gop worker .* --threads 2$/m);
});

Deno.test("worker install --print shows the unit for what worker init made, with a certificate where there is one", async () => {
  using folder = new WorkFolder();
  const credentials = async () => {
    const { code, stdout, stderr } = await runProgram(["worker", "install", "made", "--print"], { cwd: folder.path });
    return [code, stderr, ...new TextDecoder().decode(stdout).match(/(?<=^LoadCredential=).*/gm) ?? []];
  };
  for (const tls of [[], ["--tls"]]) {
    assert.equal((await runProgram(["worker", "init", "made", ...tls], { cwd: folder.path })).code, 0);
    const pem = ["certificate:/etc/rav1e-by-gop/rav1e-worker.pem", "key:/etc/rav1e-by-gop/rav1e-worker.key"];
    const password = "password:/etc/rav1e-by-gop/rav1e-worker.password";
    assert.deepEqual(await credentials(), [0, "", password, ...tls.length > 0 ? pem : []]);
    if (tls.length > 0) {
      Deno.removeSync(folder.file("made/rav1e-worker.key"));
      const [code, stderr] = await credentials();
      assert.equal(code, 2);
      assert.match(
        String(stderr),
        /^rav1e-by-gop: Cannot use '[^']+': it has rav1e-worker.pem and no rav1e-worker.key; /,
      );
    }
    Deno.removeSync(folder.file("made"), { recursive: true });
  }
});
