// What SQLite's result codes mean to somebody whose encode has just stopped: a reason that fits behind "Cannot keep
// segment 12: " and what to do about it (SQLite, "Result and Error Codes").

export type SqliteFailureKind =
  | ("full" | "input-output" | "read-only" | "moved" | "busy" | "corrupt" | "not-a-database" | "cannot-open")
  | "other";

export interface SqliteFailure {
  readonly kind: SqliteFailureKind;
  readonly reason: string;
}

const kinds = new Map<number, SqliteFailureKind>([
  [5, "busy"],
  [6, "busy"],
  [8, "read-only"],
  [10, "input-output"],
  [11, "corrupt"],
  [13, "full"],
  [14, "cannot-open"],
  [26, "not-a-database"],
]);
/** SQLITE_READONLY_DBMOVED: an extended code whose plain one would say that the file is read-only. */
const movedCode = 1032;
/** Where Deno gives no code: the texts of sqlite3_errstr. */
const texts: readonly [RegExp, SqliteFailureKind][] = [
  [/database or disk is full/, "full"],
  [/disk I\/O error/, "input-output"],
  [/readonly database/, "read-only"],
  [/is locked/, "busy"],
  [/malformed/, "corrupt"],
  [/not a database/, "not-a-database"],
];

/** The kind of what SQLite threw; "other" for anything else. */
export function sqliteFailure(error: unknown): SqliteFailure {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : undefined;
  const kind = (code === undefined ? undefined : code === movedCode ? "moved" : kinds.get(code & 0xff)) ??
    texts.find(([text]) => text.test(message))?.[1] ?? "other";
  return { kind, reason: kind === "other" ? message : reasons[kind] };
}

const reasons: Record<Exclude<SqliteFailureKind, "other">, string> = {
  full: "no space is left on the disk",
  "input-output": "the disk reports an input/output error",
  "read-only": "the file is read-only",
  moved: "the file was moved or removed meanwhile",
  busy: "another program holds the file",
  corrupt: "the file is damaged",
  "not-a-database": "the file is no database",
  "cannot-open": "it or its journal cannot be opened",
};

/** What to do, behind the reason. */
export const adviceFor: Record<SqliteFailureKind, string> = {
  full: "free some and run the same command again",
  "input-output": "look after the disk, then run the same command again",
  "read-only": "make it writable and run the same command again",
  moved: "leave it alone and run the same command again",
  busy: "end that program and run the same command again",
  corrupt: "run the same command again: it keeps what can be read",
  "not-a-database": "run the same command again",
  "cannot-open": "see to its permissions, or add --restart to begin anew",
  other: "run the same command again",
};
