// Requests to the store's thread and their answers, each by its number. A thread that dies fails everything that waits for
// it, and everything after.

import type { RequestKind, StoreFailure, StoreReply, StoreRequest, StoreRequests } from "./store_messages.ts";

/** The thread could not do what was asked. */
export class StoreFailed extends Error {
  override name = "StoreFailed";
  constructor(readonly failure: StoreFailure) {
    super(failure.kind === "failed" ? failure.reason : failure.message);
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #ended: StoreFailed | undefined;

  /** Told how much of an existing store is verified, 0 to 1. */
  onProgress: ((fraction: number) => void) | undefined;

  /** Starts the thread; what is asked before it runs waits for it. */
  constructor() {
    this.#worker = new Worker(new URL("./store_thread.ts", import.meta.url), { type: "module", name: "resume store" });
    this.#worker.onmessage = ({ data }: MessageEvent<StoreReply>) => {
      if (data.kind === "progress") return this.onProgress?.(data.fraction);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.kind === "done") waiting?.resolve(data.result);
      else waiting?.reject(new StoreFailed(data.failure));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(`the resume file's thread ended: ${event.message}`);
    };
    this.#worker.onmessageerror = () => this.#fail("an answer of the resume file's thread could not be received");
  }

  ask<Kind extends RequestKind>(
    kind: Kind,
    argument: StoreRequests[Kind]["argument"],
    transfer: Transferable[] = [],
  ): Promise<StoreRequests[Kind]["result"]> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, kind, argument } satisfies StoreRequest, transfer);
    }) as Promise<StoreRequests[Kind]["result"]>;
  }

  /** Ends the thread, whatever it does. */
  end(): void {
    this.#fail("the resume file is closed");
  }

  #fail(message: string): void {
    this.#ended ??= new StoreFailed({ kind: "internal", message });
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
