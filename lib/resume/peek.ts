// A look at a store that changes nothing and disturbs nobody, also while an encode is writing to it: the file is opened for
// reading, for a moment. Only where a killed run left its last transaction half written is it opened for writing, because
// that must be rolled back before anything can be read.

import { DatabaseSync } from "node:sqlite";
import { type Documents, readDocuments } from "./contents.ts";
import type { Plan } from "./documents.ts";
import { isOutput } from "./final_output.ts";
import { kindOf } from "./schema.ts";
import type { Unusable } from "./examine.ts";
import { sqliteFailure } from "./sqlite_failure.ts";

export interface PeekRequest {
  /** The store's path and the output's. */
  readonly store: string;
  readonly output: string;
}

export type Peeked =
  /** There is a store that says what it is of. */
  | {
    readonly kind: "store";
    /** Every segment is in the store and the output was written whole. */
    readonly final: boolean;
    /** What is under the output's name now is that output; false unless final. */
    readonly outputIsFinal: boolean;
    /** The first run was allowed to replace an existing output. */
    readonly mayReplace: boolean;
    /** Where all frames are decided. */
    readonly plan: Plan | undefined;
  }
  /** There is something, and opening it for an encode will refuse or mend it. */
  | { readonly kind: "unreadable" };

/** In the store's thread. undefined where there is nothing. */
export function peek({ store, output }: PeekRequest): Peeked | undefined {
  const found = lookInto(store, (_, documents) => documents);
  if (found === undefined || found === "empty") return undefined;
  if (typeof found === "string" || found.beginning === undefined) return { kind: "unreadable" };
  const { beginning: { mayReplace }, final, plan } = found;
  return {
    kind: "store",
    final: final !== undefined,
    outputIsFinal: final !== undefined && isOutput(output, final),
    mayReplace,
    plan: plan.complete ? plan : undefined,
  };
}

/** Gives the store's documents to `use` within one reading of the file; undefined where there is no file. */
export function lookInto<T>(
  path: string,
  use: (db: DatabaseSync, documents: Documents) => T,
): T | Unusable | undefined {
  try {
    if (Deno.statSync(path).size === 0) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
  try {
    return read(path, true, use);
  } catch (error) {
    const { kind } = sqliteFailure(error);
    if (kind === "not-a-database") return "not-a-database";
    if (kind === "corrupt") return "damaged";
    if (kind === "busy") throw error;
  }
  try {
    return read(path, false, use);
  } catch (error) {
    const { kind } = sqliteFailure(error);
    if (kind === "not-a-database") return "not-a-database";
    if (kind === "corrupt") return "damaged";
    throw error;
  }
}

function read<T>(path: string, readOnly: boolean, use: (db: DatabaseSync, documents: Documents) => T): T | Unusable {
  const db = new DatabaseSync(path, { readOnly, timeout: 5000 });
  try {
    db.exec("PRAGMA trusted_schema = OFF");
    // One view of the file: a commit in between would show half of it.
    db.exec("BEGIN");
    const kind = kindOf(db);
    const result = kind === "ours" ? use(db, readDocuments(db)) : kind;
    db.exec("COMMIT");
    return result;
  } finally {
    db.close();
  }
}
