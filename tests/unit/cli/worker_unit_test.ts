import assert from "node:assert/strict";
import { join } from "node:path";
import { UsageError } from "../../../lib/errors.ts";
import { unitName, type WorkerUnit, workerUnit } from "../../../lib/cli/worker_unit.ts";
import { isFound } from "../../support/found_program.ts";

const plain: WorkerUnit = {
  executable: "/usr/local/bin/rav1e-by-gop",
  passwordFile: "/etc/rav1e-by-gop/password",
  identity: undefined,
  words: [],
  drainSeconds: 300,
};
const full: WorkerUnit = {
  ...plain,
  identity: { kind: "p12", path: "/etc/ssl/worker.p12", passwordFile: "/etc/ssl/worker.password" },
  words: ["--port", "13416", "--threads", "cores"],
};

/** The values of a setting, in order. */
function settings(unit: string, name: string): string[] {
  return unit.split("\n").filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
}

Deno.test("the unit has the password as a credential that only the service sees", () => {
  const unit = workerUnit(plain);
  assert.deepEqual(settings(unit, "LoadCredential"), ["password:/etc/rav1e-by-gop/password"]);
  assert(settings(unit, "Environment").includes("SERVER_PASSWORD_FILE=%t/credentials/%n/password"));
  assert.deepEqual(settings(unit, "EnvironmentFile"), []);
});

Deno.test("the unit has key and certificate as credentials", () => {
  assert.deepEqual(settings(workerUnit(full), "LoadCredential"), [
    "password:/etc/rav1e-by-gop/password",
    "identity:/etc/ssl/worker.p12",
    "identity-password:/etc/ssl/worker.password",
  ]);
  const identity = { kind: "pem", certificate: "/etc/ssl/a.pem", key: "/etc/ssl/a.key" } as const;
  const variables = settings(workerUnit({ ...plain, identity }), "Environment").map((text) => text.split("=")[0]);
  assert.deepEqual(variables, [
    "RAV1E_BY_GOP_CACHE",
    "SERVER_PASSWORD_FILE",
    "TLS_CERT_PATH",
    "TLS_KEY_PATH",
  ]);
});

Deno.test("the worker's words arrive as they are", () => {
  const words = ["--ip", "::1", "a b", 'q"q', "back\\slash", "100%", "$HOME", "", "it's", "a;b"];
  const [line = ""] = settings(workerUnit({ ...plain, words }), "ExecStart");
  const written = line.split(" --temp-dir /var/lib/rav1e-worker ")[1];
  assert.equal(written, '--ip ::1 "a b" "q\\"q" "back\\\\slash" 100%% $$HOME "" "it\'s" "a;b"');
});

Deno.test("systemd waits longer for the end than the worker does", () => {
  assert.deepEqual(settings(workerUnit({ ...plain, drainSeconds: 4000 }), "TimeoutStopSec"), ["4030"]);
});

Deno.test("what a unit cannot hold is refused", () => {
  for (const path of ["/etc/a b", "/etc/a:b", "relative", "/etc/100%", "/etc/a\nb", ""]) {
    assert.throws(() => workerUnit({ ...plain, passwordFile: path }), UsageError, path);
  }
  assert.throws(() => workerUnit({ ...plain, words: ["a\nExecStartPre=/bin/false"] }), UsageError);
});

for (const [name, unit] of Object.entries({ plain, full })) {
  Deno.test({
    name: `systemd finds nothing wrong with the unit, and little that is exposed: ${name}`,
    ignore: !isFound("systemd-analyze"),
    fn: () => {
      const folder = Deno.makeTempDirSync();
      try {
        const path = join(folder, unitName);
        // It looks whether the program is there.
        Deno.writeTextFileSync(path, workerUnit({ ...unit, executable: Deno.execPath() }));
        const analyzed = (...args: string[]) => {
          const { code, stdout, stderr } = new Deno.Command("systemd-analyze", { args: [...args, path] }).outputSync();
          return { code, text: new TextDecoder().decode(stdout), complaints: new TextDecoder().decode(stderr) };
        };
        const { code, complaints } = analyzed("verify", "--man=no");
        assert.deepEqual([code, complaints.split("\n").filter((line) => line.includes(unitName))], [0, []]);
        const { text } = analyzed("security", "--offline=yes", "--no-pager");
        const exposure = Number(/Overall exposure level for \S+: ([0-9.]+)/.exec(text)?.[1]);
        assert(exposure <= 1.5, text.split("\n").at(-2));
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}
