// The words behind `worker init`.

import { UsageError } from "../errors.ts";
import { hostIs, isHost, withoutBrackets } from "../remote/host_name.ts";
import { defaultPort } from "../remote/limits.ts";
import type { WorkerInitCommand } from "./command.ts";
import { type FewOption, readFewOptions } from "./few_options.ts";
import { fileName, shown, usage, wholeNumber } from "./values.ts";

export const workerInitOptions: readonly FewOption[] = [
  { flags: "--tls", help: "make a certificate, too, which workers.toml pins" },
  { flags: "--host", value: "NAME", help: "the name or address that clients call this machine by (default its own)" },
  { flags: "--port", value: "N", help: `the port that the worker will listen at (default ${defaultPort})` },
];

/** Throws a UsageError. */
export function parseWorkerInit(words: readonly string[]): WorkerInitCommand {
  const { operands, values } = readFewOptions("worker init", workerInitOptions, words);
  const [folder = ".", extra] = operands;
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument ${shown(extra)}: there is one folder, ${shown(folder)}`);
  }
  const host = values.get("--host"), port = values.get("--port");
  if (host !== undefined && !isHost(host)) throw usage("--host", host, `must be ${hostIs}`);
  return {
    command: "worker-init",
    folder: fileName("folder", folder),
    host: host === undefined ? undefined : withoutBrackets(host),
    port: port === undefined ? defaultPort : wholeNumber("--port", port, 1, 65535),
    tls: values.has("--tls"),
  };
}
