// `worker install`: this executable as a service of this machine's systemd. It puts the file where every user can read it,
// takes over what worker init made or makes a password where there is none, writes the unit and starts it. Each of these is
// complete or was not begun, and said; run again it brings all up to date.

import { IncompleteError, UsageError } from "../errors.ts";
import { isThere } from "../machine/files.ts";
import { ownFile } from "../shape/own_file.ts";
import type { WorkerInstallCommand } from "./command.ts";
import { doing, isSameFile, requireFile, said, writeWhole } from "./install_steps.ts";
import { identityFrom, makePassword, servicePassword, takeOver } from "./service_secrets.ts";
import { writeStdout } from "./standard_streams.ts";
import { serviceFolder } from "./worker_install_options.ts";
import { type UnitIdentity, unitName, workerUnit } from "./worker_unit.ts";

/** Where the service finds the program: homes are hidden from it. */
const installedExecutable = "/usr/local/bin/rav1e-by-gop";
const unitFile = `/etc/systemd/system/${unitName}`;

/** Returns the exit code. Throws ExitErrors. */
export async function workerInstallCommand(command: WorkerInstallCommand): Promise<number> {
  const { folder } = command;
  const passwordFile = command.passwordFile ?? servicePassword;
  const identity = command.identity ?? identityFrom(folder ?? serviceFolder);
  const unit = workerUnit({ ...command, executable: installedExecutable, passwordFile, identity });
  if (command.print) {
    writeStdout(unit);
    return 0;
  }
  const executable = requireSystem();
  if (command.passwordFile !== undefined) requireFile(command.passwordFile);
  for (const path of filesOf(command.identity)) requireFile(path);
  let stanza: readonly string[] | undefined;
  if (folder !== undefined) takeOver(folder);
  else if (passwordFile === servicePassword && !isThere(servicePassword)) stanza = await makePassword(command.port);
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
  // worker init has printed it.
  if (folder !== undefined) return 0;
  if (stanza !== undefined) {
    said(`on the machine that encodes, this belongs into workers.toml (chmod 600):\n\n${stanza.join("\n")}`);
  } else said(`workers.toml of a machine that encodes needs this one's name and the password in ${passwordFile}`);
  return 0;
}

function filesOf(identity: UnitIdentity | undefined): string[] {
  switch (identity?.kind) {
    case undefined:
      return [];
    case "pem":
      return [identity.certificate, identity.key];
    case "p12":
      return [identity.path, ...identity.passwordFile === undefined ? [] : [identity.passwordFile]];
  }
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

function systemctl(...words: string[]): void {
  const { success, stderr } = doing(
    "start systemctl",
    () => new Deno.Command("systemctl", { args: words, stdin: "null", stdout: "null", stderr: "piped" }).outputSync(),
  );
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim().split("\n")[0];
  throw new IncompleteError(`Cannot ${words.join(" ")}: ${reason}; journalctl -u ${unitName} says why`);
}
