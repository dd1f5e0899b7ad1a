import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../../../lib/errors.ts";
import { findWorkers } from "../../../../lib/remote/client/find_workers.ts";
import { parseWorkers } from "../../../../lib/remote/client/workers_file.ts";
import { WorkFolder } from "../../../support/work_folder.ts";

const least = '[[workers]]\nhost = "box"\npassword = "swordfish"\n';
const sha = "0123456789abcdef".repeat(4);

function refused(text: string): string {
  try {
    parseWorkers(text, "workers.toml");
  } catch (error) {
    assert(error instanceof InputError, String(error));
    assert(!/[\n\r]/.test(error.message), error.message);
    assert(!error.message.includes("swordfish"), "a password is shown");
    return error.message;
  }
  assert.fail(`It was taken: ${text}`);
}

Deno.test("parseWorkers() fills in what is left out", () => {
  assert.deepEqual(parseWorkers(least, "workers.toml"), [{
    host: "box",
    port: 13415,
    password: "swordfish",
    secure: false,
    slots: undefined,
    ca: undefined,
    fingerprint: undefined,
    place: "workers.toml, [[workers]] 1",
  }]);
});

Deno.test("parseWorkers() takes every key, and paths from the file's folder", () => {
  const [first, second] = parseWorkers(
    `
      [[workers]]
      host = "[2001:db8::1]"
      port = 20000
      password = "swordfish"
      secure = true
      slots = 3
      ca = "keys/box.pem"
      [[workers]]
      host = "box.example.org"
      password = "swordfish"
      secure = true
      fingerprint = "${sha.toUpperCase().match(/../g)!.join(":")}"
    `,
    "/somewhere/workers.toml",
  );
  assert.deepEqual(first, {
    host: "2001:db8::1",
    port: 20000,
    password: "swordfish",
    secure: true,
    slots: 3,
    ca: "/somewhere/keys/box.pem",
    fingerprint: undefined,
    place: "/somewhere/workers.toml, [[workers]] 1",
  });
  assert.equal(second!.fingerprint, sha);
});

const faults: [string, RegExp][] = [
  ["", /^workers\.toml: no \[\[workers\]\] in it/],
  ["workers = []", /^workers\.toml: no \[\[workers\]\] in it/],
  ['[[worker]]\nhost = "a"', /^workers\.toml: unknown key worker; all it holds/],
  ['[workers]\nhost = "a"', /^workers\.toml: workers is written \[\[workers\]\]/],
  ["workers = [1]", /^workers\.toml, \[\[workers\]\] 1: it is a number; expected a table/],
  ["[[workers]]", /^workers\.toml, \[\[workers\]\] 1: host is missing/],
  ['[[workers]]\nhost = "a"', /^workers\.toml, \[\[workers\]\] 1: password is missing; .*SERVER_PASSWORD/],
  [`${least}${least}`, /^workers\.toml, \[\[workers\]\] 2: box:13415 is \[\[workers\]\] 1 already/],
  [`${least}${least.replace("box", "BOX")}port = 13415`, /\[\[workers\]\] 2: BOX:13415 is \[\[workers\]\] 1 already/],
  [`${least}prot = 1`, /\[\[workers\]\] 1: unknown key prot; there are host, port, /],
  [`${least}port = "13415"`, /\[\[workers\]\] 1, port: expected a whole number, 1 to 65535, found text in quotes$/],
  [`${least}port = 0`, /, port: expected a whole number, 1 to 65535, found 0$/],
  [`${least}port = 65536`, /, port: .* found 65536$/],
  [`${least}port = 1.5`, /, port: .* found 1.5$/],
  [`${least}slots = 0`, /, slots: expected a whole number, 1 to 4096, found 0$/],
  [`${least}secure = "yes"`, /, secure: expected true or false, found text in quotes$/],
  [
    least.replace('"box"', '"box:13415"'),
    /, host: expected a name or an address, without a port or an IPv6 zone, found "box:13415"$/,
  ],
  // Nothing here can connect to it.
  [
    least.replace('"box"', '"fe80::1%eth0"'),
    /, host: expected a name or an address, .*IPv6 zone, found "fe80::1%eth0"$/,
  ],
  [least.replace('"box"', '"http://box"'), /, host: expected a name or an address/],
  [least.replace('"box"', '""'), /, host: expected .* found ""$/],
  [least.replace('"box"', '"a\\u0007b"'), /, host: expected .* found "a\\u\{7\}b"$/],
  [least.replace('"swordfish"', '""'), /, password: expected the worker's password/],
  [least.replace('"swordfish"', "17"), /, password: expected the worker's password, .* found a number$/],
  [`${least}secure = true\nfingerprint = "12"`, /, fingerprint: expected the SHA-256 .* found "12"$/],
  [`${least}fingerprint = "${sha}"`, /: fingerprint is about TLS; add secure = true$/],
  [`${least}ca = "a.pem"`, /: ca is about TLS; add secure = true$/],
  [`${least}secure = true\nca = "a"\nfingerprint = "${sha}"`, /: ca and fingerprint exclude each other/],
  ['[[workers]]\nhost = "a\npassword = "swordfish"', /^workers\.toml, line 2: /],
  [`${least}\n\npassword = "swordfish"`, /^workers\.toml, line 6: /],
  [`${least}port = 1979-05-27`, /, port: .* found a date$/],
];
for (const [text, message] of faults) {
  Deno.test(`parseWorkers() refuses ${JSON.stringify(text.replaceAll(sha, "SHA"))}`, () => {
    assert.match(refused(text), message);
  });
}

Deno.test("parseWorkers() knows a worker again that is written in another way", () => {
  for (
    const [one, other] of [["box", "BOX."], ["::1", "[0:0:0:0:0:0:0:1]"], ["2001:db8::a", "2001:0DB8:0::A"]] as const
  ) {
    const second = least.replace("box", other);
    assert.match(
      refused(least.replace("box", one) + second),
      /\[\[workers\]\] 2: .* is \[\[workers\]\] 1 already; drop one$/,
    );
  }
});

Deno.test("parseWorkers() answers any text with workers or one line", () => {
  const word = fc.constantFrom(
    "[[workers]]\n",
    "host",
    "port",
    "password",
    " = ",
    '"',
    "1",
    "\n",
    "[",
    "]",
    "{",
    "}",
    "__proto__",
  );
  fc.assert(fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 12 }), (words) => {
    try {
      parseWorkers(words.join(""), "workers.toml");
    } catch (error) {
      assert(error instanceof InputError, String(error));
      assert(!/[\n\r]/.test(error.message), error.message);
    }
  }));
});

Deno.test("findWorkers() uses the file of the current folder where there is one, and says so", () => {
  using folder = new WorkFolder();
  const path = folder.file("workers.toml");
  assert.equal(findWorkers({ kind: "default" }, false, path), undefined);
  assert.throws(() => findWorkers({ kind: "default" }, true, path), /--no-local: there is no .*workers\.toml/);
  folder.write("workers.toml", `${least}secure = true\n`);
  Deno.chmodSync(path, 0o600);
  const found = findWorkers({ kind: "default" }, false, path)!;
  assert.deepEqual(found.lines, [{ text: `using ${path} (1 worker)`, isWarning: false }]);
  assert.equal(found.entries[0]!.host, "box");
  assert.equal(findWorkers({ kind: "none" }, false, path), undefined);
});

Deno.test("findWorkers() warns of files that others can read and of workers without TLS", () => {
  using folder = new WorkFolder();
  const path = folder.file("mine.toml");
  assert.throws(() => findWorkers({ kind: "file", path }, false), {
    message: `Cannot read ${path}: no such file or directory`,
  });
  folder.write("mine.toml", `${least}${least.replace("box", "safe")}secure = true\n`);
  Deno.chmodSync(path, 0o644);
  const { lines } = findWorkers({ kind: "file", path }, false)!;
  assert(lines.every(({ isWarning }) => isWarning));
  assert.match(lines[0]!.text, /can be read by others; chmod 600 it$/);
  assert.match(lines[1]!.text, /^no TLS to 1 of 2 workers: /);
});
