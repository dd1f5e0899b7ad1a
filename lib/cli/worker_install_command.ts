// `worker install`: this executable as a service of this machine's systemd. It puts the file where every user can read it,
// makes a password where there is none, writes the unit and starts it. Each of these is complete or was not begun, and said;
// run again it brings all up to date.

import { dirname } from "node:path";
import { IncompleteError, InputError, UsageError } from "../errors.ts";
import { isThere, removeIfThere, syncFolder } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import { generatePassword } from "../remote/auth/password.ts";
import { ownFile } from "../shape/own_file.ts";
import type { WorkerInstallCommand } from "./command.ts";
import { writeStdout } from "./standard_streams.ts";
import { systemReason } from "./system_reason.ts";
import { defaultPasswordFile } from "./worker_install_options.ts";
import { unitName, workerUnit } from "./worker_unit.ts";

/** Where the service finds the program: homes are hidden from it. */
const installedExecutable = "/usr/local/bin/rav1e-by-gop";
const unitFile = `/etc/systemd/system/${unitName}`;

/** Returns the exit code. Throws ExitErrors. */
export function workerInstallCommand(command: WorkerInstallCommand): number {
  const { print, identity } = command;
  const passwordFile = command.passwordFile ?? defaultPasswordFile;
  const unit = workerUnit({ ...command, executable: installedExecutable, passwordFile });
  if (print) {
    writeStdout(unit);
    return 0;
  }
  const executable = requireSystem();
  const secrets = identity === undefined
    ? []
    : identity.kind === "pem"
    ? [identity.certificate, identity.key]
    : [identity.path, ...identity.passwordFile === undefined ? [] : [identity.passwordFile]];
  for (const path of secrets) requireFile(path);

  if (command.passwordFile !== undefined) requireFile(command.passwordFile);
  else if (!isThere(passwordFile)) {
    doing(`write ${passwordFile}`, () => {
      Deno.mkdirSync(dirname(passwordFile), { recursive: true, mode: 0o755 });
      writeWhole(passwordFile, new TextEncoder().encode(`${generatePassword()}\n`), 0o600);
    });
    said(`made a password: ${passwordFile}`);
  }
  if (!isSameFile(executable, installedExecutable)) {
    doing(`write ${installedExecutable}`, () => {
      writeWhole(installedExecutable, Deno.readFileSync(executable), 0o755);
    });
    said(`copied the program: ${installedExecutable}`);
  }
  doing(`write ${unitFile}`, () => writeWhole(unitFile, new TextEncoder().encode(unit), 0o644));
  said(`wrote the unit: ${unitFile}`);
  systemctl("daemon-reload");
  systemctl("enable", unitName);
  systemctl("restart", unitName);
  said(`started it, now and with the machine: systemctl status ${unitName}, journalctl -u ${unitName}`);
  said(`workers.toml of a machine that encodes needs this one's name and the password in ${passwordFile}`);
  return 0;
}

/** Returns this executable's path. Throws where there is nothing that could be installed, or nowhere. */
function requireSystem(): string {
  const executable = ownFile();
  if (executable === undefined) {
    throw new UsageError(
      "Cannot install from a checkout: say deno task compile, then dist/rav1e-by-gop worker install",
    );
  }
  if (!isThere("/run/systemd/system")) {
    throw new UsageError("Cannot install: systemd does not run here; --print shows the unit");
  }
  if (Deno.uid() !== 0) throw new UsageError("Cannot install: it takes root; say sudo, or --print to see the unit");
  return executable;
}

function requireFile(path: string): void {
  doing(`read ${quotedPath(path)}`, () => {
    const { isFile, mode } = Deno.statSync(path);
    if (!isFile) throw new InputError(`Cannot use ${quotedPath(path)}: it is not a file`);
    if (((mode ?? 0) & 0o004) !== 0) said(`${quotedPath(path)} can be read by everybody; chmod 600 it`);
  });
}

/** Under its name only when it is complete. A program that runs cannot be written, only replaced. */
function writeWhole(path: string, bytes: Uint8Array, mode: number): void {
  const part = `${path}.part`;
  removeIfThere(part);
  Deno.writeFileSync(part, bytes, { mode, createNew: true });
  Deno.chmodSync(part, mode);
  Deno.renameSync(part, path);
  syncFolder(dirname(path));
}

function isSameFile(one: string, other: string): boolean {
  try {
    const [a, b] = [Deno.statSync(one), Deno.statSync(other)];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}

function systemctl(...words: string[]): void {
  const { success, stderr } = doing(
    "start systemctl",
    () => new Deno.Command("systemctl", { args: words, stdin: "null", stdout: "null", stderr: "piped" }).outputSync(),
  );
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim().split("\n")[0];
  throw new IncompleteError(`Cannot ${words.join(" ")}: ${reason}; journalctl -u ${unitName} says why`);
}

function doing<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new IncompleteError(`Cannot ${what}: ${systemReason(error)}`, { cause: error });
  }
}

function said(line: string): void {
  writeStdout(`${line}\n`);
}
