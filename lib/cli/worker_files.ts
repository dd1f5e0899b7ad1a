// What a worker is known by, as files in one folder: a password, a certificate with its key where there is TLS, and an
// environment that names them. `worker init` makes them, `worker install` takes them as they are (or has a password made
// here), and the table for workers.toml is made from the same values: there is never a second password.

import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { generatePassword } from "../remote/auth/password.ts";
import { isHost } from "../remote/host_name.ts";
import { defaultPort } from "../remote/limits.ts";
import { fingerprintOf } from "../remote/tls/trust.ts";
import { shellQuote } from "./shell_quote.ts";

/** Names in the folder. */
export const workerFiles = {
  environment: "rav1e-worker.env",
  password: "rav1e-worker.password",
  certificate: "rav1e-worker.pem",
  key: "rav1e-worker.key",
} as const;

export interface NewWorker {
  /** Absolute path. */
  readonly folder: string;
  /** What clients call this machine; undefined is its own name. */
  readonly host: string | undefined;
  readonly port: number;
  /** A certificate, too. */
  readonly tls: boolean;
}

export interface WorkerSecrets {
  /** To be written for their owner alone. */
  readonly files: readonly (readonly [name: string, text: string])[];
  /** Lines of TOML for workers.toml. */
  readonly stanza: readonly string[];
}

/** Makes them; nothing is written. Throws InputError where clients could not call this machine by its name. */
export async function makeSecrets({ folder, host, port, tls }: NewWorker): Promise<WorkerSecrets> {
  const name = host ?? ownName();
  const password = generatePassword();
  const files: [string, string][] = [[workerFiles.password, `${password}\n`]];
  const environment = [["SERVER_PASSWORD_FILE", workerFiles.password]];
  const stanza = ["[[workers]]", `host = ${JSON.stringify(name)}`];
  if (port !== defaultPort) stanza.push(`port = ${port}`);
  stanza.push(`password = ${JSON.stringify(password)}`);
  if (tls) {
    const { makeSelfSigned } = await import("../remote/tls/self_signed.ts");
    const { certificate, key } = await makeSelfSigned([...new Set([name, "localhost"])]);
    files.push([workerFiles.certificate, certificate], [workerFiles.key, key]);
    environment.push(["TLS_CERT_PATH", workerFiles.certificate], ["TLS_KEY_PATH", workerFiles.key]);
    stanza.push("secure = true", `fingerprint = "${fingerprintOf(new X509Certificate(certificate))}"`);
  }
  const lines = environment.map(([variable, file]) => `${variable}=${shellQuote(join(folder, file!))}\n`);
  files.push([workerFiles.environment, lines.join("")]);
  return { files, stanza };
}

function ownName(): string {
  const name = Deno.hostname();
  if (isHost(name)) return name;
  throw new InputError(
    `Cannot use this machine's name, ${quotedPath(name)}; say worker init --host and what clients call it`,
  );
}
