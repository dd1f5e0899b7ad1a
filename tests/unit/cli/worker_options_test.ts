import assert from "node:assert/strict";
import { withCommandOfName } from "../../../lib/cli/called_name.ts";
import type { WorkerCommand } from "../../../lib/cli/command.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { workerDefaults, workerHelp, workerOptions } from "../../../lib/cli/worker_options.ts";

function parsed(...words: string[]): WorkerCommand {
  const command = parseCommandLine(["worker", ...words]);
  assert(command.command === "worker");
  return command;
}

Deno.test("worker alone has the original's address, port and slots", () => {
  assert.deepEqual(parsed(), workerDefaults);
  assert.deepEqual([workerDefaults.host, workerDefaults.port, workerDefaults.threads], ["0.0.0.0", 13415, undefined]);
});

Deno.test("each option of worker reaches the command, in each of its spellings", () => {
  const cases: [string[], Partial<WorkerCommand>][] = [
    [["--ip", "::1"], { host: "::1" }],
    [["--ip", "[2001:db8::1]"], { host: "2001:db8::1" }],
    [["--host=box"], { host: "box" }],
    [["-p", "1"], { port: 1 }],
    [["-p1"], { port: 1 }],
    [["-p=1"], { port: 1 }],
    [["--port", "65535"], { port: 65_535 }],
    [["--threads", "3"], { threads: 3 }],
    [["--threads", "cores"], { threads: "cores" }],
    [["--threads", "0"], { threads: undefined }],
    [["--memory", "HEAVY"], { memory: "heavy" }],
    [["--temp-dir", "/var/tmp"], { tempDir: "/var/tmp" }],
    [["--allow-weak-password"], { allowWeakPassword: true }],
    [["--drain-timeout", "0"], { drainTimeout: 0 }],
    [["--stall-timeout", "5"], { stallTimeout: 5 }],
    [["--log-format", "json"], { logFormat: "json" }],
    [["--log-level", "warning"], { logLevel: "warning" }],
    [["--quiet"], { logLevel: "error" }],
    [["-v"], { logLevel: "debug" }],
  ];
  for (const [words, changes] of cases) assert.deepEqual(parsed(...words), { ...workerDefaults, ...changes });
});

Deno.test("called rav1e-worker it reads the same options", () => {
  assert.deepEqual(parseCommandLine(withCommandOfName(["-p", "7"], "/usr/bin/rav1e-worker")), parsed("-p", "7"));
});

Deno.test("what worker does not take is refused in one line", () => {
  const cases: [string[], RegExp][] = [
    [["-p"], /^--port needs a value$/],
    [["-p", "x"], /^--port x: must be a whole number, 0 to 65535$/],
    [["--ip", ""], /^--ip '': must be a name or an address/],
    [["--ip", "127.0.0.1:99"], /^--ip 127\.0\.0\.1:99: must be a name or an address, without a port/],
    [["--speed", "6"], /^unknown option --speed/],
    [["film.y4m"], /^unexpected argument film.y4m: worker takes options$/],
    [["--log-level", "loud"], /^--log-level loud/],
    [["--quiet=yes"], /^--quiet takes no value$/],
  ];
  for (const [words, message] of cases) assert.throws(() => parsed(...words), { name: "UsageError", message });
});

Deno.test("worker --help fits 80 columns and names every option", () => {
  const command = parseCommandLine(["worker", "--port", "1", "--help"]);
  assert.deepEqual(command, { command: "help", text: workerHelp() });
  const text = workerHelp();
  for (const line of text.split("\n")) assert(line.length <= 80, line);
  for (const other of ["worker init", "worker install"]) assert(text.includes(other), other);
  for (const { flags, aliases } of workerOptions) {
    for (const name of [flags, ...aliases]) assert(text.includes(name), name);
  }
});
