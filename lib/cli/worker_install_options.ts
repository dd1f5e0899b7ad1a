// The words behind `worker install`. What stands behind "--" is for the worker that the service starts.

import { isAbsolute, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import type { WorkerInstallCommand } from "./command.ts";
import { type FewOption, readFewOptions } from "./few_options.ts";
import { fileName, shown } from "./values.ts";
import { parseWorker } from "./worker_options.ts";
import type { UnitIdentity } from "./worker_unit.ts";

/** Where the service's own secrets are. */
export const serviceFolder = "/etc/rav1e-by-gop";

export const workerInstallOptions: readonly FewOption[] = [
  { flags: "--print", help: "print the unit and change nothing" },
  {
    flags: "--password-file",
    value: "FILE",
    help: `the password that clients must know (default one in ${serviceFolder}, made where there is none)`,
  },
  { flags: "--identity-file", value: "FILE", help: "key and certificate for TLS, a .p12 file" },
  { flags: "--identity-password-file", value: "FILE", help: "what opens it" },
  {
    flags: "--tls-cert",
    value: "FILE",
    help: "the same as PEM files: the certificate, and those that lead on from it",
  },
  { flags: "--tls-key", value: "FILE", help: "and the key" },
];

/** Throws a UsageError. */
export function parseWorkerInstall(words: readonly string[]): WorkerInstallCommand {
  const { operands, values, behindDashes } = readFewOptions("worker install", workerInstallOptions, words);
  const [folder, extra] = operands.slice(0, operands.length - behindDashes.length);
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument ${shown(extra)}; options for the worker stand behind --`);
  }
  const worker = parseWorker(behindDashes);
  if (worker.command === "help") throw new UsageError("worker --help is no service; drop what stands behind --");
  const path = (name: string) => {
    const text = values.get(name);
    return text === undefined || isAbsolute(text) ? text : resolve(text);
  };
  if (folder !== undefined) {
    const own = workerInstallOptions.find(({ flags }) => flags !== "--print" && values.has(flags));
    if (own !== undefined) {
      throw new UsageError(
        `${own.flags} excludes ${shown(folder)}, the folder that worker init made; drop one of them`,
      );
    }
  }
  return {
    command: "worker-install",
    print: values.has("--print"),
    folder: folder === undefined ? undefined : resolve(fileName("folder", folder)),
    passwordFile: path("--password-file"),
    identity: identityOf(path),
    words: behindDashes,
    port: worker.port,
    drainSeconds: worker.drainTimeout,
  };
}

function identityOf(path: (name: string) => string | undefined): UnitIdentity | undefined {
  const p12 = path("--identity-file"), passwordFile = path("--identity-password-file");
  const certificate = path("--tls-cert"), key = path("--tls-key");
  if (p12 !== undefined && (certificate ?? key) !== undefined) {
    throw new UsageError("--identity-file excludes --tls-cert and --tls-key; drop one of them");
  }
  if (p12 !== undefined) return { kind: "p12", path: p12, passwordFile };
  if (passwordFile !== undefined) throw new UsageError("--identity-password-file needs --identity-file");
  if (certificate !== undefined && key !== undefined) return { kind: "pem", certificate, key };
  if ((certificate ?? key) === undefined) return undefined;
  throw new UsageError("--tls-cert and --tls-key belong together; add the other");
}
