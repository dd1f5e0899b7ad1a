// A look at a store from the main thread. The thread and SQLite are only loaded where there is something to see.

import { UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import type { Peeked, PeekRequest } from "./peek.ts";
import { StoreFailed, StoreThread } from "./store_client.ts";
import { refusalOf } from "./store_errors.ts";

/** A look at a store before anything is decided; undefined where there is none. Disturbs no running encode. */
export async function peekStore(request: PeekRequest): Promise<Peeked | undefined> {
  try {
    if ((await Deno.stat(request.store)).size === 0) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
  }
  const thread = new StoreThread();
  try {
    return await thread.ask("peek", request);
  } catch (error) {
    if (!(error instanceof StoreFailed) || error.failure.kind !== "failed") throw refusalOf(error);
    throw new UsageError(`Cannot read the resume file ${quotedPath(request.store)}: ${error.failure.reason}`, {
      cause: error,
    });
  } finally {
    thread.end();
  }
}
