// Secrets that come by the environment: in a variable, or in the file that the variable of that name and _FILE names
// (systemd's LoadCredential, container secrets), never by arguments, which everybody on the machine can read.

import { UsageError } from "../../errors.ts";
import { quotedPath } from "../../media/printable.ts";
import { readAtMost } from "../../cli/read_at_most.ts";
import { systemReason } from "../../cli/system_reason.ts";

/** Of the process, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

const mostSecretBytes = 1024;

/** The secret; undefined where neither variable is set. An empty file is an empty secret. Throws UsageError. */
export function secretFrom(environment: Environment, name: string): string | undefined {
  const value = environment[name] || undefined, path = environment[`${name}_FILE`] || undefined;
  if (value !== undefined && path !== undefined) {
    throw new UsageError(`${name} and ${name}_FILE are both set; drop one`);
  }
  if (path === undefined) return value;
  let bytes: Uint8Array;
  try {
    bytes = readAtMost(path, mostSecretBytes + 1);
  } catch (error) {
    throw new UsageError(`${name}_FILE: cannot read ${quotedPath(path)}: ${systemReason(error)}`, { cause: error });
  }
  if (bytes.length > mostSecretBytes) {
    throw new UsageError(`${name}_FILE: ${quotedPath(path)} is larger than ${mostSecretBytes} bytes: no password`);
  }
  try {
    // The newline that editors and echo leave is not part of it.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
  } catch (error) {
    throw new UsageError(`${name}_FILE: ${quotedPath(path)} is not text`, { cause: error });
  }
}
