// What passes between the store's thread and the main thread: requests, each answered once by its number.

import type { OpenRequest, Restored } from "./opening.ts";
import type { FinalOutput } from "./documents.ts";
import type { Peeked, PeekRequest } from "./peek.ts";
import type { ReadSegment } from "./segment_rows.ts";
import type { Batch } from "./store_writer.ts";

export interface StoreRequests {
  open: { argument: OpenRequest; result: Restored | undefined };
  write: { argument: Batch; result: undefined };
  /** undefined: it is not there, or damaged. */
  read: { argument: number; result: ReadSegment | undefined };
  /** Of a file, whose first `headBytes` are its head. */
  digest: { argument: { path: string; headBytes: number }; result: FinalOutput };
  peek: { argument: PeekRequest; result: Peeked | undefined };
  close: { argument: { clean: boolean }; result: undefined };
  remove: { argument: undefined; result: undefined };
}

export type RequestKind = keyof StoreRequests;

export interface StoreRequest<Kind extends RequestKind = RequestKind> {
  readonly id: number;
  readonly kind: Kind;
  readonly argument: StoreRequests[Kind]["argument"];
}

/** Why a request failed: refused is the user's to decide, sqlite and system name what was refused and why. */
export type StoreFailure =
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "failed"; readonly reason: string; readonly advice: string }
  | { readonly kind: "internal"; readonly message: string };

export type StoreReply =
  | { readonly id: number; readonly kind: "done"; readonly result: unknown }
  | { readonly id: number; readonly kind: "failure"; readonly failure: StoreFailure }
  /** How much of the store has been verified, 0 to 1. */
  | { readonly kind: "progress"; readonly fraction: number };
