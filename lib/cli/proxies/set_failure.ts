// One error for several ends of one set. What went wrong with the source all sizes say, and what is wrong with the command each
// says in the same words of its own files: it is said once, with the names of the others.

import { basename } from "node:path";
import { ExitError, IncompleteError, UsageError } from "../../errors.ts";
import { printable } from "../../media/printable.ts";
import { otherSizeFailed } from "../../pipe/keyframe_board.ts";

export interface SizeFailure {
  /** Path of the size's output. */
  readonly output: string;
  readonly error: unknown;
}

/** `kept`: what is kept and how to go on, a clause; undefined where nothing is. Gives what is to be thrown. */
export function setFailure(failures: readonly SizeFailure[], kept: string | undefined): unknown {
  const fault = failures.find(({ error }) => !(error instanceof ExitError));
  if (fault !== undefined) return fault.error;
  const causes = failures.filter(({ error }) => !messageOf(error).endsWith(otherSizeFailed));
  const text = texts(causes.length > 0 ? causes : failures).join("; ");
  // What is refused is not gone on with by the same command.
  if (failures.every(({ error }) => !(error instanceof IncompleteError))) return new UsageError(text);
  return new IncompleteError(kept === undefined ? text : `${text}; ${kept}`);
}

/** Each text once; of those that differ in nothing but their own file's name the first. */
function texts(failures: readonly SizeFailure[]): string[] {
  const alike = new Map<string, { text: string; others: string[] }>();
  for (const { output, error } of failures) {
    const text = messageOf(error), name = basename(output);
    const known = alike.get(text.replaceAll(name, "\0"));
    if (known === undefined) alike.set(text.replaceAll(name, "\0"), { text, others: [] });
    else if (known.text !== text) known.others.push(printable(name));
  }
  return [...alike.values()].map(({ text, others }) =>
    others.length === 0 ? text : `${text} (the same of ${others.join(", ")})`
  );
}

function messageOf(error: unknown): string {
  return (error as ExitError).message;
}
