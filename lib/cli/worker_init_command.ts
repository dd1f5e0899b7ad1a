// rav1e-by-gop worker init: a password that cannot be guessed, a certificate where one is wanted, and a file with both for
// the worker's environment, readable by its owner alone. What is printed is TOML, to be pasted whole into workers.toml.
// Nothing that exists is replaced, and what fails leaves nothing.

import { X509Certificate } from "node:crypto";
import { join, resolve } from "node:path";
import { InputError } from "../errors.ts";
import { removeIfThere } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import { generatePassword } from "../remote/auth/password.ts";
import { isHost } from "../remote/host_name.ts";
import { defaultPort } from "../remote/limits.ts";
import { fingerprintOf } from "../remote/tls/trust.ts";
import type { WorkerInitCommand } from "./command.ts";
import { programName } from "./program_name.ts";
import { shellQuote } from "./shell_quote.ts";
import { writeStdout } from "./standard_streams.ts";
import { systemReason } from "./system_reason.ts";

const environmentName = "rav1e-worker.env", certificateName = "rav1e-worker.pem", keyName = "rav1e-worker.key";

/** Returns the exit code; throws ExitErrors. */
export async function workerInitCommand({ folder, host, port, tls }: WorkerInitCommand): Promise<number> {
  const at = resolve(folder);
  const name = host ?? ownName();
  const password = generatePassword();
  const environment = [["SERVER_PASSWORD", password]];
  const stanza = ["[[workers]]", `host = ${JSON.stringify(name)}`];
  if (port !== defaultPort) stanza.push(`port = ${port}`);
  stanza.push(`password = ${JSON.stringify(password)}`);
  const files: [name: string, text: string][] = [];
  if (tls) {
    const { makeSelfSigned } = await import("../remote/tls/self_signed.ts");
    const { certificate, key } = await makeSelfSigned([...new Set([name, "localhost"])]);
    files.push([certificateName, certificate], [keyName, key]);
    environment.push(["TLS_CERT_PATH", join(at, certificateName)], ["TLS_KEY_PATH", join(at, keyName)]);
    stanza.push("secure = true", `fingerprint = "${fingerprintOf(new X509Certificate(certificate))}"`);
  }
  files.push([environmentName, environment.map(([name, value]) => `${name}=${shellQuote(value!)}\n`).join("")]);
  writeAll(at, files);
  writeStdout(instructions(at, port, stanza, tls));
  return 0;
}

function ownName(): string {
  const name = Deno.hostname();
  if (isHost(name)) return name;
  throw new InputError(`Cannot use this machine's name, ${quotedPath(name)}; say --host and what clients call it`);
}

/** Throws InputError, having removed what was written. */
function writeAll(folder: string, files: readonly [name: string, text: string][]): void {
  const written: string[] = [];
  try {
    Deno.mkdirSync(folder, { recursive: true });
    for (const [name, text] of files) {
      const path = join(folder, name);
      Deno.writeTextFileSync(path, text, { createNew: true, mode: 0o600 });
      written.push(path);
    }
  } catch (error) {
    for (const path of written) removeIfThere(path);
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new InputError(
        `Cannot make a worker's files in ${quotedPath(folder)}: there are some; remove them, or name another folder`,
        { cause: error },
      );
    }
    throw new InputError(`Cannot make a worker's files in ${quotedPath(folder)}: ${systemReason(error)}`, {
      cause: error,
    });
  }
}

function instructions(folder: string, port: number, stanza: readonly string[], tls: boolean): string {
  const worker = port === defaultPort ? "worker" : `worker --port ${port}`;
  const lines = [
    `# The worker's password${tls ? " and certificate are" : " is"} in ${
      JSON.stringify(folder)
    }. Start it on this machine:`,
    "#",
    `#   (set -a; . ${shellQuote(join(folder, environmentName))}; exec ${programName()} ${worker})`,
    "#",
    "# On the machine that encodes, this belongs into workers.toml (chmod 600); then try it with",
    `# ${programName()} check-workers`,
    ...(tls ? [] : ["# (without --tls, frames can be read by others on the way)"]),
    "",
    ...stanza,
  ];
  return `${lines.join("\n")}\n`;
}
