// The store's own thread: owns the database connection, does one request after the other, and answers each. It alone
// imports node:sqlite and node:crypto, which cost a thread its memory and its start.

import { dirname } from "node:path";
import { syncFolder } from "../machine/files.ts";
import { digestOutput } from "./final_output.ts";
import { openStore } from "./opening.ts";
import { StoreRefused } from "./refusal.ts";
import { peek } from "./peek.ts";
import { removeStore } from "./store_files.ts";
import { NoRoomToMend } from "./salvage.ts";
import { adviceFor, sqliteFailure } from "./sqlite_failure.ts";
import type { RequestKind, StoreFailure, StoreReply, StoreRequest, StoreRequests } from "./store_messages.ts";
import type { StoreWriter } from "./store_writer.ts";

interface ThreadScope {
  onmessage: ((event: MessageEvent<StoreRequest>) => void) | null;
  postMessage(reply: StoreReply, transfer?: Transferable[]): void;
}

const scope = self as unknown as ThreadScope;
const progressEveryMs = 200;
let writer: StoreWriter | undefined;

const serve: { [Kind in RequestKind]: (argument: StoreRequests[Kind]["argument"]) => StoreRequests[Kind]["result"] } = {
  open(request) {
    let lastMs = performance.now();
    const opened = openStore(request, (fraction) => {
      if (performance.now() - lastMs < progressEveryMs) return;
      lastMs = performance.now();
      scope.postMessage({ kind: "progress", fraction });
    });
    writer = opened.writer;
    return opened.restored;
  },
  write: (batch) => {
    opened().write(batch);
    return undefined;
  },
  read: (index) => opened().read(index),
  digest: ({ path, headBytes }) => digestOutput(path, headBytes),
  peek: (request) => peek(request),
  close: ({ clean }) => {
    if (writer === undefined) return undefined;
    const { db } = writer;
    try {
      writer.write({ segments: [], ended: clean });
      // Its journal, empty by now, goes.
      db.exec("PRAGMA journal_mode = DELETE");
    } finally {
      db.close();
      writer = undefined;
    }
    return undefined;
  },
  remove: () => {
    const { db, path } = opened();
    db.close();
    writer = undefined;
    if (path === "") return undefined;
    removeStore(path);
    syncFolder(dirname(path));
    return undefined;
  },
};

scope.onmessage = ({ data: { id, kind, argument } }) => {
  try {
    const result = (serve[kind] as (argument: unknown) => unknown)(argument);
    const transfer = kind === "read" && result !== undefined
      ? buffersOf(result as StoreRequests["read"]["result"])
      : [];
    scope.postMessage({ id, kind: "done", result }, transfer);
  } catch (error) {
    scope.postMessage({ id, kind: "failure", failure: failureOf(error) });
  }
};

function opened(): StoreWriter {
  if (writer === undefined) throw new TypeError("Cannot use a store that is not open");
  return writer;
}

function buffersOf(segment: StoreRequests["read"]["result"]): Transferable[] {
  return segment === undefined ? [] : [segment.data.buffer, segment.sizes.buffer];
}

function failureOf(error: unknown): StoreFailure {
  if (error instanceof StoreRefused) return { kind: "refused", message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NoRoomToMend) return { kind: "failed", reason: error.message, advice: adviceFor.full };
  if (error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR") {
    const { kind, reason } = sqliteFailure(error);
    return { kind: "failed", reason, advice: adviceFor[kind] };
  }
  if (error instanceof Error && Object.values(Deno.errors).some((known) => error instanceof known)) {
    return { kind: "failed", reason: message, advice: adviceFor.other };
  }
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const isFull = error.code === "ENOSPC";
    return {
      kind: "failed",
      reason: isFull ? "no space is left on the disk" : message,
      advice: adviceFor[isFull ? "full" : "other"],
    };
  }
  return { kind: "internal", message };
}
