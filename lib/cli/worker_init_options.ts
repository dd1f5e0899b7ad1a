// The words behind `worker init`.

import { UsageError } from "../errors.ts";
import { isHost, withoutBrackets } from "../remote/client/host_name.ts";
import { defaultPort } from "../remote/limits.ts";
import type { WorkerInitCommand } from "./command.ts";
import { readWords } from "./command_words.ts";
import { fileName, shown, usage, wholeNumber } from "./values.ts";

/** Throws a UsageError. */
export function parseWorkerInit(words: readonly string[]): WorkerInitCommand {
  const { operands, switches, values } = readWords(words, {
    command: "worker init",
    switches: ["--tls"],
    options: { "--host": "the name or address that clients call this machine by", "--port": "a port, 1 to 65535" },
  });
  const [folder = ".", extra] = operands;
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument ${shown(extra)}: there is one folder, ${shown(folder)}`);
  }
  const host = values.get("--host"), port = values.get("--port");
  if (host !== undefined && !isHost(host)) throw usage("--host", host, "must be a name or an address, without a port");
  return {
    command: "worker-init",
    folder: fileName("folder", folder),
    host: host === undefined ? undefined : withoutBrackets(host),
    port: port === undefined ? defaultPort : wholeNumber("--port", port, 1, 65535),
    tls: switches.has("--tls"),
  };
}
