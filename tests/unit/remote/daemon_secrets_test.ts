import assert from "node:assert/strict";
import { UsageError } from "../../../lib/errors.ts";
import { type Environment, secretFrom } from "../../../lib/remote/daemon/password_source.ts";
import { serverPassword } from "../../../lib/remote/daemon/server_password.ts";
import { identityFiles } from "../../../lib/remote/tls/identity_files.ts";
import { generatePassword } from "../../../lib/remote/auth/password.ts";
import { WorkFolder } from "../../support/work_folder.ts";

function refusal(what: () => unknown): string {
  try {
    what();
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    assert(!error.message.includes("\n"));
    return error.message;
  }
  assert.fail("It was taken");
}

Deno.test("secretFrom() reads the variable or the file, without the newline at its end", () => {
  using folder = new WorkFolder();
  const path = folder.file("secret");
  const of = (text: string | Uint8Array) => {
    folder.write("secret", text);
    return secretFrom({ SERVER_PASSWORD_FILE: path }, "SERVER_PASSWORD");
  };
  assert.equal(secretFrom({}, "SERVER_PASSWORD"), undefined);
  assert.equal(secretFrom({ SERVER_PASSWORD: "", SERVER_PASSWORD_FILE: "" }, "SERVER_PASSWORD"), undefined);
  assert.equal(secretFrom({ SERVER_PASSWORD: " a b\n" }, "SERVER_PASSWORD"), " a b\n");
  assert.equal(of(" a b \n"), " a b ");
  assert.equal(of("a\r\n"), "a");
  assert.equal(of("a\n\n"), "a\n");
  assert.equal(of(""), "");
  const both = { SERVER_PASSWORD: "a", SERVER_PASSWORD_FILE: path };
  assert.match(refusal(() => secretFrom(both, "SERVER_PASSWORD")), /are both set/);
  assert.match(refusal(() => of(new Uint8Array([0xff]))), /is not text/);
  assert.match(refusal(() => of("a".repeat(1025))), /is larger than 1024 bytes/);
  const missing = { SERVER_PASSWORD_FILE: folder.file("none") };
  assert.match(
    refusal(() => secretFrom(missing, "SERVER_PASSWORD")),
    /^SERVER_PASSWORD_FILE: cannot read .*no such file/,
  );
});

Deno.test("serverPassword() wants one that cannot be guessed, and says how to have one", () => {
  const good = generatePassword();
  assert.equal(serverPassword({ SERVER_PASSWORD: good }, false), good);
  assert.match(
    refusal(() => serverPassword({}, true)),
    /^Cannot start a worker without a password: set SERVER_PASSWORD/,
  );
  const weak = { SERVER_PASSWORD: "swordfish" };
  const message = refusal(() => serverPassword(weak, false));
  assert.match(message, /about \d+ bits, 80 are needed.*worker init.*--allow-weak-password/);
  assert(!message.includes("swordfish"));
  assert.equal(serverPassword(weak, true), "swordfish");
  assert.match(refusal(() => serverPassword({ SERVER_PASSWORD: `${good}\n` }, true)), /control characters/);
});

const identities: [Environment, ReturnType<typeof identityFiles> | RegExp][] = [
  [{}, undefined],
  [{ IDENTITY_FILE: "", TLS_CERT_PATH: "", TLS_KEY_PATH: "", IDENTITY_PASSWORD: "" }, undefined],
  [{ IDENTITY_FILE: "a.p12" }, { kind: "p12", path: "a.p12", password: "" }],
  [{ IDENTITY_FILE: "a.p12", IDENTITY_PASSWORD: "x" }, { kind: "p12", path: "a.p12", password: "x" }],
  [{ TLS_CERT_PATH: "a.pem", TLS_KEY_PATH: "a.key" }, { kind: "pem", certificates: "a.pem", key: "a.key" }],
  [{ IDENTITY_FILE: "a.p12", TLS_KEY_PATH: "a.key" }, /^IDENTITY_FILE excludes TLS_CERT_PATH/],
  [{ IDENTITY_PASSWORD: "x" }, /^IDENTITY_PASSWORD needs IDENTITY_FILE/],
  [{ TLS_CERT_PATH: "a.pem" }, /^TLS_CERT_PATH needs TLS_KEY_PATH/],
  [{ TLS_KEY_PATH: "a.key" }, /^TLS_KEY_PATH needs TLS_CERT_PATH/],
];
for (const [environment, expected] of identities) {
  Deno.test(`identityFiles() of ${JSON.stringify(environment)}`, () => {
    if (expected instanceof RegExp) assert.match(refusal(() => identityFiles(environment)), expected);
    else assert.deepEqual(identityFiles(environment), expected);
  });
}
