// The options of `worker`, in the order in which its --help shows them, and how a command line of it is read. The names are
// the original's. Secrets are no options: everybody on a machine can read the arguments of a process.

import { type Command as Commander, CommanderError } from "commander";
import { defaultStallSeconds, timesTheSlowest } from "../encode/stall_watch.ts";
import { UsageError } from "../errors.ts";
import { logFormats, logLevels } from "../remote/daemon/log.ts";
import { hostIs, isHost, withoutBrackets } from "../remote/host_name.ts";
import { defaultPort } from "../remote/limits.ts";
import { type HelpCommand, memoryUses, type WorkerCommand } from "./command.ts";
import { addOption, commanderProgram } from "./commander_program.ts";
import { asUsageError, longName } from "./grammar.ts";
import type { OptionSpec } from "./option_spec.ts";
import { mostSeconds, threads } from "./options/machines.ts";
import * as values from "./values.ts";

export interface WorkerOption extends Pick<OptionSpec, "group" | "flags" | "aliases" | "value" | "choices" | "help"> {
  apply(command: WorkerCommand, name: string, text: string): void;
}

const mostPort = 65_535;
const defaultDrainSeconds = 300;

export const workerDefaults: Readonly<WorkerCommand> = {
  command: "worker",
  host: "0.0.0.0",
  port: defaultPort,
  threads: undefined,
  memory: "light",
  tempDir: undefined,
  allowWeakPassword: false,
  drainTimeout: defaultDrainSeconds,
  stallTimeout: undefined,
  logFormat: "text",
  logLevel: "info",
};

function option(
  group: string,
  flags: string,
  value: string | undefined,
  help: string,
  apply: WorkerOption["apply"],
  ...aliases: string[]
): WorkerOption {
  return { group, flags, value, help, apply, aliases };
}

const network = "Network:", machine = "Machine:", messages = "Messages:";

export const workerOptions: readonly WorkerOption[] = [
  option(
    network,
    "--ip",
    "ADDRESS",
    `where to listen: an address of this machine, or its name; :: is all, IPv6 too (default ${workerDefaults.host}; ` +
      "also --host)",
    (command, name, text) => {
      if (!isHost(text)) throw values.usage(name, text, `must be ${hostIs}`);
      command.host = withoutBrackets(text);
    },
    "--host",
  ),
  option(network, "-p, --port", "N", `0 is any free one (default ${defaultPort})`, (command, name, text) => {
    command.port = values.wholeNumber(name, text, 0, mostPort);
  }),
  option(
    network,
    "--allow-weak-password",
    undefined,
    "take a password that could be guessed from a recorded connection",
    (command) => {
      command.allowWeakPassword = true;
    },
  ),
  option(
    machine,
    "--threads",
    "N",
    "segments encoded at once, never above the logical CPUs (the default); cores: the physical cores",
    (command, name, text) => {
      command.threads = threads(name, text);
    },
  ),
  {
    ...option(
      machine,
      "--memory",
      "USE",
      `light, heavy or unlimited: how much is taken (default ${workerDefaults.memory})`,
      (command, name, text) => {
        command.memory = values.oneOf(name, text, memoryUses);
      },
    ),
    choices: memoryUses,
  },
  option(
    machine,
    "--temp-dir",
    "DIR",
    "what must outlive a crash is kept there (default the system's folder for temporary files)",
    (command, name, text) => {
      command.tempDir = values.fileName(name, text);
    },
  ),
  option(
    machine,
    "--stall-timeout",
    "SECONDS",
    `a slot without progress for so long loses its segment (default ${defaultStallSeconds}, and never below ` +
      `${timesTheSlowest} times the slowest step so far)`,
    (command, name, text) => {
      command.stallTimeout = values.wholeNumber(name, text, 1, mostSeconds);
    },
  ),
  option(
    machine,
    "--drain-timeout",
    "SECONDS",
    `what running segments get to be finished when the worker is told to end (default ${defaultDrainSeconds})`,
    (command, name, text) => {
      command.drainTimeout = values.wholeNumber(name, text, 0, 1_000_000);
    },
  ),
  {
    ...option(
      messages,
      "--log-level",
      "LEVEL",
      `${logLevels.join(", ")}: what is left out is below it (default ${workerDefaults.logLevel})`,
      (command, name, text) => {
        command.logLevel = values.oneOf(name, text, logLevels);
      },
    ),
    choices: logLevels,
  },
  {
    ...option(
      messages,
      "--log-format",
      "FORMAT",
      `${logFormats.join(" or ")}, one line an event (default ${workerDefaults.logFormat})`,
      (command, name, text) => {
        command.logFormat = values.oneOf(name, text, logFormats);
      },
    ),
    choices: logFormats,
  },
  option(messages, "--quiet", undefined, "the same as --log-level error", (command) => command.logLevel = "error"),
  option(messages, "-v, --verbose", undefined, "the same as --log-level debug", (command) => {
    command.logLevel = "debug";
  }),
];

const prologue = `Encodes segments for other machines, which have this one in their workers.toml.
worker init makes the password, and a certificate where one is wanted, that it
needs; worker install makes it a service of systemd (see rav1e-by-gop --help).

`;

const epilogue = `
Environment:
  SERVER_PASSWORD, or SERVER_PASSWORD_FILE with the path of a file: what clients
                have to know; one of them is needed
  IDENTITY_FILE, IDENTITY_PASSWORD (or IDENTITY_PASSWORD_FILE): key and
                certificate for TLS, a .p12 file
  TLS_CERT_PATH, TLS_KEY_PATH: the same as PEM files

SIGTERM or Ctrl-C: no new segments, those that run are finished and delivered.
Once more: at once.

Exit codes:
  0             ended when told to
  1             failed
  2             the command line, the environment or a file is at fault
  129, 130, 143 told to end once more before running segments were finished
`;

/** The words behind `worker`. Throws a UsageError. */
export function parseWorker(words: readonly string[]): WorkerCommand | HelpCommand {
  const command = { ...workerDefaults };
  const { program, wantsHelp } = grammar(command);
  try {
    // "-p=1" is "-p1".
    program.parse(words.map((word) => word.replace(/^(-[A-Za-z])=(?=.)/s, "$1")), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw asUsageError(program, error);
  }
  if (wantsHelp()) return { command: "help", text: workerHelp() };
  const [operand] = program.args;
  if (operand !== undefined) throw new UsageError(`unexpected argument ${values.shown(operand)}: worker takes options`);
  return command;
}

/** The text of `worker --help`: 80 columns, newline at the end. */
export function workerHelp(): string {
  return prologue + grammar({ ...workerDefaults }).program.helpInformation() + epilogue;
}

function grammar(command: WorkerCommand): { program: Commander; wantsHelp: () => boolean } {
  const program = commanderProgram("rav1e-by-gop worker", "[options]");
  let help = false;
  for (const option of workerOptions) {
    const name = longName(option.flags);
    addOption(program, option, (_spelling, text) => {
      if (option.value !== undefined && text === null) throw new UsageError(`${name} needs a value`);
      option.apply(command, name, text ?? "");
    });
  }
  const own = { group: messages, flags: "-h, --help", aliases: [], value: undefined, help: "print this help" };
  addOption(program, own, () => help = true);
  return { program, wantsHelp: () => help };
}
