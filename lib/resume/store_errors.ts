// What the store's failures are to the user: one line each, with the numbers and what to do.

import { IncompleteError, UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import type { FinalOutput } from "./documents.ts";
import type { FinishedSegment } from "./segment_rows.ts";
import { StoreFailed } from "./store_client.ts";

/** What could not be written, and its bytes: made before the buffers are gone. */
export function describeBatch(
  { segments, final }: { readonly segments: readonly FinishedSegment[]; readonly final: FinalOutput | undefined },
): { what: string; bytes: number } {
  const bytes = segments.reduce((sum, { data, sizes }) => sum + data.length + sizes.byteLength, 0);
  const indexes = segments.map(({ index }) => index);
  if (indexes.length === 1) return { what: `keep segment ${indexes[0]}`, bytes };
  if (indexes.length > 1) {
    return { what: `keep segments ${indexes.slice(0, 8).join(", ")}${indexes.length > 8 ? "..." : ""}`, bytes };
  }
  return {
    what: final ? "record that the output is complete" : "record which segments are begun",
    bytes: smallWriteBytes,
  };
}

/** A transaction of documents alone: a few pages and their journal. */
const smallWriteBytes = 8 * 16384;

/** Why a transaction was not written. */
export function writeFailure(error: unknown, { what, bytes }: { what: string; bytes: number }): IncompleteError {
  if (!(error instanceof StoreFailed)) {
    return new IncompleteError(`Cannot ${what}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const { failure } = error;
  if (failure.kind !== "failed") return new IncompleteError(`Cannot ${what}: ${failure.message}`, { cause: error });
  const room = /space/.test(failure.reason) ? ` for ${bytes} bytes` : "";
  return new IncompleteError(`Cannot ${what}: ${failure.reason}${room}; ${failure.advice}`, { cause: error });
}

/** The error itself, or UsageError where the store was refused. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof StoreFailed)) return error;
  const { failure } = error;
  return failure.kind === "refused" ? new UsageError(failure.message, { cause: error }) : error;
}

/** Why a store was not opened. */
export function openFailure(path: string, error: unknown): unknown {
  if (!(error instanceof StoreFailed) || error.failure.kind !== "failed") return refusalOf(error);
  const { reason, advice } = error.failure;
  const room = /disk$/.test(reason) ? ` for ${smallWriteBytes} bytes` : "";
  return new IncompleteError(`Cannot open the resume file ${quotedPath(path)}: ${reason}${room}; ${advice}`, {
    cause: error,
  });
}
