// The service's secrets: below /etc, for root alone, under the names that `worker init` gives them. They are what init made in
// a folder that is named (copied, so that the folder may go; what was there before does not stay), or what is there already,
// or a password that is made now.

import { join } from "node:path";
import { InputError } from "../errors.ts";
import { isThere, removeIfThere } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import { doing, isSameFile, requireFile, said, writeWhole } from "./install_steps.ts";
import { readAtMost } from "./read_at_most.ts";
import { makeSecrets, workerFiles } from "./worker_files.ts";
import { serviceFolder } from "./worker_install_options.ts";
import type { UnitIdentity } from "./worker_unit.ts";

const secretNames = [workerFiles.password, workerFiles.certificate, workerFiles.key];
/** A certificate with all that lead on from it, and much room. */
const mostSecretBytes = 1 << 20;

export const servicePassword = join(serviceFolder, workerFiles.password);

/** The service's certificate, where `folder`, which it is or will be taken from, has one. Throws InputError for half of one. */
export function identityFrom(folder: string): UnitIdentity | undefined {
  const [first, ...others] = [workerFiles.certificate, workerFiles.key].filter((name) => isThere(join(folder, name)));
  if (first === undefined) return undefined;
  if (others.length === 0) {
    const other = first === workerFiles.key ? workerFiles.certificate : workerFiles.key;
    throw new InputError(`Cannot use ${quotedPath(folder)}: it has ${first} and no ${other}; both, or neither`);
  }
  return {
    kind: "pem",
    certificate: join(serviceFolder, workerFiles.certificate),
    key: join(serviceFolder, workerFiles.key),
  };
}

/** Has the service know what worker init made in `folder`, and nothing that was there before. Throws ExitErrors. */
export function takeOver(folder: string): void {
  if (!isThere(join(folder, workerFiles.password))) {
    throw new InputError(
      `Cannot use ${quotedPath(folder)}: there is no ${workerFiles.password}; make it by worker init, or name none`,
    );
  }
  const found = secretNames.filter((name) => isThere(join(folder, name)));
  const contents = found.map((name) => {
    const path = join(folder, name);
    requireFile(path);
    const bytes = doing(`read ${quotedPath(path)}`, () => readAtMost(path, mostSecretBytes + 1));
    if (bytes.length <= mostSecretBytes) return bytes;
    throw new InputError(`Cannot use ${quotedPath(path)}: it is larger than ${mostSecretBytes} bytes`);
  });
  // Where it is the very folder that the service has, there is nothing to do.
  if (!isSameFile(folder, serviceFolder)) {
    doing(`write to ${serviceFolder}`, () => {
      makeServiceFolder();
      found.forEach((name, at) => writeWhole(join(serviceFolder, name), contents[at]!, 0o600));
      for (const name of secretNames.filter((name) => !found.includes(name))) removeIfThere(join(serviceFolder, name));
    });
    said(`copied the password${found.length > 1 ? " and the certificate" : ""} to ${serviceFolder}`);
  }
}

/** Returns the table for workers.toml. */
export async function makePassword(port: number): Promise<readonly string[]> {
  const { files, stanza } = await makeSecrets({ folder: serviceFolder, host: undefined, port, tls: false });
  const path = servicePassword;
  doing(`write ${path}`, () => {
    makeServiceFolder();
    for (const [name, text] of files) {
      if (name === workerFiles.password) writeWhole(path, new TextEncoder().encode(text), 0o600);
    }
  });
  said(`made a password: ${path}`);
  return stanza;
}

function makeServiceFolder(): void {
  Deno.mkdirSync(serviceFolder, { recursive: true, mode: 0o755 });
}
