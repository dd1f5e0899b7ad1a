import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { UsageError } from "../../../lib/errors.ts";
import { isHost } from "../../../lib/remote/host_name.ts";
import { refusal } from "./refusal.ts";

Deno.test("parseCommandLine() takes worker init and its options", () => {
  assert.deepEqual(parseCommandLine(["worker", "init"]), {
    command: "worker-init",
    folder: ".",
    host: undefined,
    port: 13415,
    tls: false,
  });
  assert.deepEqual(parseCommandLine(["worker", "init", "--tls", "--host=[::1]", "--port", "20000", "there"]), {
    command: "worker-init",
    folder: "there",
    host: "::1",
    port: 20000,
    tls: true,
  });
  assert.equal(parseCommandLine(["worker", "init", "--help"]).command, "help");
});

Deno.test("parseCommandLine() takes check-workers and its options", () => {
  assert.deepEqual(parseCommandLine(["check-workers"]), {
    command: "check-workers",
    workers: { kind: "default" },
    json: false,
  });
  assert.deepEqual(parseCommandLine(["check-workers", "--json", "--workers", "w.toml"]), {
    command: "check-workers",
    workers: { kind: "file", path: "w.toml" },
    json: true,
  });
  assert.equal(parseCommandLine(["check-workers", "-h"]).command, "help");
});

Deno.test("parseCommandLine() says what worker init and check-workers do not take", () => {
  assert.match(refusal("worker", "init", "--host", "box:1"), /^--host box:1: must be a name or an address/);
  assert.match(refusal("worker", "init", "--port", "0"), /^--port 0: must be 1 to 65535/);
  assert.match(refusal("worker", "init", "a", "b"), /^unexpected argument b: there is one folder, a/);
  assert.match(refusal("worker", "init", "--tls=yes"), /^--tls takes no value/);
  assert.match(refusal("worker", "init", ""), /^folder '': must be a file name/);
  assert.match(refusal("check-workers", "w.toml"), /^unexpected argument w.toml: a file is named by --workers/);
  assert.match(refusal("check-workers", "--workers"), /^--workers needs a file name/);
  assert.match(refusal("check-workers", "--workers", "--json"), /^--workers needs a file name/);
  assert.match(
    refusal("check-workers", "--toString"),
    /^unknown option --toString; check-workers takes --workers FILE and --json/,
  );
});

Deno.test("parseCommandLine() answers any words behind worker init with a command or one line", () => {
  const word = fc.oneof(fc.constantFrom("--tls", "--host", "--port", "--", "-", "--host=", "1"), fc.string());
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (words) => {
    try {
      parseCommandLine(["worker", "init", ...words]);
    } catch (error) {
      assert(error instanceof UsageError, String(error));
      assert(!/[\n\r]/.test(error.message), error.message);
    }
  }));
});

Deno.test("isHost() tells names and addresses from what is neither", () => {
  const hosts = ["box", "box-1.example.org", "box.", "192.0.2.1", "::1", "[::1]", "2001:db8::1", "::ffff:192.0.2.1"];
  for (const host of [...hosts, "bücher.example", "under_score"]) assert(isHost(host), host);
  const others = [
    "",
    ".",
    "a..b",
    "-a",
    "a-",
    "a b",
    "a/b",
    "http://a",
    "a:1",
    "1.2.3",
    "256.1.1.1",
    "1.2.3.4.5",
    "[box]",
  ];
  for (const other of [...others, "::1]", ":::", "[::1]:13415", "a\n", "a\0", "x".repeat(254), "1::2::3"]) {
    assert(!isHost(other), other);
  }
});
