// What check-workers found out, as a table of text or as JSON.

import { printable } from "../media/printable.ts";
import type { WorkerReport } from "../remote/client/worker_check.ts";
import { type WorkerEntry, workerName } from "../remote/client/worker_entry.ts";

export interface CheckedWorker {
  readonly entry: WorkerEntry;
  /** Undefined where there was no conversation. */
  readonly report: WorkerReport & { kind: "ready" } | undefined;
  /** Why it cannot be used, one clause; undefined where it can. */
  readonly fault: string | undefined;
}

const headings = ["WORKER", "TLS", "VERSION", "FREE", "ROUND TRIP", "THROUGHPUT"];
const apart = "  ";

/** One line for each, and a heading; what is wrong with a worker stands where its figures would be. */
export function checkedWorkersTable(workers: readonly CheckedWorker[]): string {
  const cells = workers.map(({ entry, report, fault }) => {
    const name = workerName(entry);
    if (fault !== undefined || report === undefined) return [name];
    const { ready, tls, roundTripMs, bytesPerSecond } = report;
    return [
      name,
      tls ?? "none",
      printable(ready.version, 40),
      `${ready.freeSlots} of ${ready.slots}`,
      `${roundTripMs < 10 ? roundTripMs.toFixed(1) : Math.round(roundTripMs)} ms`,
      `${megabytes(bytesPerSecond)} MB/s`,
    ];
  });
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join(apart);
  const lines = cells.map((row, at) => {
    const { fault } = workers[at]!;
    return fault === undefined ? line(row) : `${row[0]!.padEnd(widths[0]!)}${apart}cannot be used: ${fault}`;
  });
  return [line(headings), ...lines].map((text) => `${text.trimEnd()}\n`).join("");
}

/** A list of objects; what is not known is null. */
export function checkedWorkersJson(workers: readonly CheckedWorker[]): string {
  const list = workers.map(({ entry, report, fault }) => ({
    worker: workerName(entry),
    usable: fault === undefined,
    fault: fault ?? null,
    tls: report?.tls ?? null,
    version: report?.ready.version ?? null,
    identity: report?.ready.identity ?? null,
    slots: report?.ready.slots ?? null,
    freeSlots: report?.ready.freeSlots ?? null,
    roundTripMs: report?.roundTripMs ?? null,
    bytesPerSecond: report === undefined ? null : Math.round(report.bytesPerSecond),
  }));
  return `${JSON.stringify(list, null, 2)}\n`;
}

function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
