// Which workers an encode uses, as the command line says: those of a file that it names, those of ./workers.toml where
// there is one, or none. What is to be said about the file is said here, once.

import { InputError } from "../../errors.ts";
import { printable } from "../../media/printable.ts";
import type { WorkerEntry } from "./worker_entry.ts";
import { defaultWorkersPath } from "../workers_path.ts";
import { isReadableByOthers, readWorkersFile } from "./workers_file.ts";

/** As EncodeCommand has it. */
export type WorkersChoice =
  | { readonly kind: "default" }
  | { readonly kind: "none" }
  | { readonly kind: "file"; readonly path: string };

export interface FoundWorkers {
  /** At least one. */
  readonly entries: readonly WorkerEntry[];
  /** For the user, in this order. */
  readonly lines: readonly { readonly text: string; readonly isWarning: boolean }[];
}

/** undefined: there are none, and none were asked for. Throws InputError. */
export function findWorkers(
  choice: WorkersChoice,
  noLocal: boolean,
  defaultPath = defaultWorkersPath,
): FoundWorkers | undefined {
  if (choice.kind === "none") return undefined;
  const path = choice.kind === "file" ? choice.path : defaultPath;
  const entries = readWorkersFile(path);
  if (entries === undefined) {
    if (choice.kind === "file") throw new InputError(`Cannot read ${printable(path)}: no such file or directory`);
    if (noLocal) {
      throw new InputError(`Cannot encode with --no-local: there is no ${defaultPath}; name a file with --workers`);
    }
    return undefined;
  }
  const lines: { text: string; isWarning: boolean }[] = [];
  const counted = `${entries.length} worker${entries.length === 1 ? "" : "s"}`;
  if (choice.kind === "default") lines.push({ text: `using ${defaultPath} (${counted})`, isWarning: false });
  if (isReadableByOthers(path)) {
    lines.push({ text: `${printable(path)} holds passwords and can be read by others; chmod 600 it`, isWarning: true });
  }
  const plain = entries.filter(({ secure }) => !secure).length;
  if (plain > 0) {
    const whose = plain === entries.length ? counted : `${plain} of ${counted}`;
    lines.push({
      text: `no TLS to ${whose}: frames can be read on the way there, though not altered unnoticed; ` +
        "secure = true in workers.toml is TLS",
      isWarning: true,
    });
  }
  return { entries, lines };
}
