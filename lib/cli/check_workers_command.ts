// rav1e-by-gop check-workers: tries all workers of workers.toml at once, but measures one at a time, and prints a table, or
// JSON. Exit 0: all of them can be used; 1: some cannot.

import { InputError } from "../errors.ts";
import { findWorkers } from "../remote/client/find_workers.ts";
import { identityFault } from "../remote/client/trouble.ts";
import { checkWorker, type WorkerReport } from "../remote/client/worker_check.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import type { EncoderIdentity } from "../remote/messages.ts";
import { type CheckedWorker, checkedWorkersJson, checkedWorkersTable } from "./check_workers_text.ts";
import type { CheckWorkersCommand } from "./command.ts";
import { ownIdentity } from "./own_identity.ts";
import { writeStdout } from "./standard_streams.ts";
import { queueStderr } from "./stderr_queue.ts";

/** Tried at once. A worker that waits for its turn to be measured must not be taken for dead meanwhile. */
const mostAtOnce = 4;

/** Returns the exit code; throws ExitErrors. */
export async function checkWorkersCommand({ workers, json }: CheckWorkersCommand): Promise<number> {
  const found = findWorkers(workers, false);
  if (found === undefined) {
    throw new InputError("Cannot check workers: there is no ./workers.toml; name a file with --workers");
  }
  for (const { text, isWarning } of found.lines) queueStderr(`${isWarning ? "warning: " : ""}${text}\n`);
  const own = ownIdentity();
  const alone = oneAtATime();
  const rows = await mapSome(found.entries, mostAtOnce, async (entry) => {
    return checked(entry, await checkWorker(entry, alone), await own);
  });
  if (await own === undefined) {
    queueStderr("the encoder is not built here yet, so whether the workers' is the same was not checked\n");
  }
  writeStdout(json ? checkedWorkersJson(rows) : checkedWorkersTable(rows));
  return rows.every(({ fault }) => fault === undefined) ? 0 : 1;
}

function checked(entry: WorkerEntry, report: WorkerReport, own: EncoderIdentity | undefined): CheckedWorker {
  if (report.kind === "trouble") return { entry, report: undefined, fault: report.reason };
  return { entry, report, fault: own && identityFault(own, report.ready) };
}

/** A function that runs what it is given when all that it was given before has ended. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/** `most` calls at once, results in the order of `items`. */
async function mapSome<T, R>(items: readonly T[], most: number, call: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const run = async () => {
    for (const [at, item] of left) results[at] = await call(item);
  };
  await Promise.all(Array.from({ length: most }, run));
  return results;
}
