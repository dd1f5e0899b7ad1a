// rav1e-by-gop worker init: a password that cannot be guessed, a certificate where one is wanted, and a file that names both
// for the worker's environment, readable by their owner alone. What is printed is TOML, to be pasted whole into workers.toml.
// Nothing that exists is replaced, and what fails leaves nothing.

import { join, resolve } from "node:path";
import { InputError } from "../errors.ts";
import { removeIfThere } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import { defaultPort } from "../remote/limits.ts";
import { shape } from "../shape/shape.ts";
import type { WorkerInitCommand } from "./command.ts";
import { programName } from "./program_name.ts";
import { shellQuote } from "./shell_quote.ts";
import { writeStdout } from "./standard_streams.ts";
import { systemReason } from "./system_reason.ts";
import { makeSecrets, workerFiles, type WorkerSecrets } from "./worker_files.ts";

/** Returns the exit code; throws ExitErrors. */
export async function workerInitCommand({ folder, host, port, tls }: WorkerInitCommand): Promise<number> {
  const at = resolve(folder);
  const { files, stanza } = await makeSecrets({ folder: at, host, port, tls });
  const written = writeAll(at, files);
  try {
    writeStdout(instructions(at, port, stanza, tls));
  } catch (error) {
    // Without what the other machine needs they are of no use, and would stand in the next attempt's way.
    for (const path of written) removeIfThere(path);
    throw error;
  }
  return 0;
}

/** Their paths. Throws InputError, having removed what was written. */
function writeAll(folder: string, files: WorkerSecrets["files"]): string[] {
  const written: string[] = [];
  const cannot = (why: string, cause: unknown) =>
    new InputError(`Cannot make a worker's files in ${quotedPath(folder)}: ${why}`, { cause });
  try {
    // Whoever can write to it could put other files in the place of these.
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannot(error instanceof Deno.errors.AlreadyExists ? "it is no folder" : systemReason(error), error);
  }
  try {
    for (const [name, text] of files) {
      const path = join(folder, name);
      Deno.writeTextFileSync(path, text, { createNew: true, mode: 0o600 });
      written.push(path);
    }
    return written;
  } catch (error) {
    for (const path of written) removeIfThere(path);
    const isThere = error instanceof Deno.errors.AlreadyExists;
    throw cannot(isThere ? "there are some; remove them, or name another folder" : systemReason(error), error);
  }
}

function instructions(folder: string, port: number, stanza: readonly string[], tls: boolean): string {
  const options = port === defaultPort ? "" : ` --port ${port}`;
  const lines = [
    `# The worker's password${tls ? " and certificate are" : " is"} in ${
      JSON.stringify(folder)
    }. Start it on this machine:`,
    "#",
    `#   (set -a; . ${shellQuote(join(folder, workerFiles.environment))}; exec ${programName()} worker${options})`,
    "#",
    // A checkout has no file that could be installed.
    ...shape === "checkout" ? [] : [
      "# or make it a service, with the same password:",
      "#",
      `#   sudo ${programName()} worker install ${shellQuote(folder)}${options && ` --${options}`}`,
      "#",
    ],
    "# On the machine that encodes, this belongs into workers.toml (chmod 600); then try it with",
    `# ${programName()} check-workers`,
    ...(tls ? [] : ["# (without --tls, frames can be read by others on the way)"]),
    "",
    ...stanza,
  ];
  return `${lines.join("\n")}\n`;
}
