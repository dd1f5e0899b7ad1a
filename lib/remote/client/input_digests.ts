// What the frames that were sent hash to, so that a worker's word for it need not be believed: its digest is kept with the
// segment, and tells a later run whether its input is still the same. The packs are hashed as they go out, by a thread of
// its own. Packs that wait for it have a bound; beyond it nothing more is sent.

import type { InputDigestInput, InputDigestReport, InputDigestSetup } from "./input_digest_thread.ts";

/** Bytes of packs that wait for the thread, beyond which no further pack is begun. */
const mostWaitingBytes = 64 * 1024 * 1024;

/** Of the frames of one try. */
export interface InputDigest {
  /** The next pack, which is the receiver's from now on. */
  add(pack: Uint8Array<ArrayBuffer>): void;
  /** Of all frames of its packs, which were the last; undefined where it cannot be said. Once. */
  finish(): Promise<Uint8Array | undefined>;
  /** Nobody wants it. */
  drop(): void;
}

export class InputDigests {
  readonly #setup: InputDigestSetup;
  readonly #onRoom: () => void;
  readonly #finishing = new Map<number, (digest: Uint8Array | undefined) => void>();
  #worker: Worker | undefined;
  #next = 0;
  #waitingBytes = 0;
  #cpuSeconds = 0;
  /** Its thread is gone: no digest can be said any more. */
  #isOver = false;

  /** `onRoom` is called when there is room again. */
  constructor(setup: InputDigestSetup, onRoom: () => void) {
    this.#setup = setup;
    this.#onRoom = onRoom;
  }

  get cpuSeconds(): number {
    return this.#cpuSeconds;
  }

  /** A further pack may be added. */
  get hasRoom(): boolean {
    return this.#waitingBytes < mostWaitingBytes;
  }

  begin(): InputDigest {
    const id = this.#next++;
    let isDone = false;
    return {
      add: (pack) => {
        if (this.#isOver || isDone) return;
        this.#waitingBytes += pack.length;
        this.#post({ kind: "pack", id, pack }, [pack.buffer]);
      },
      finish: () => {
        isDone = true;
        if (this.#isOver) return Promise.resolve(undefined);
        return new Promise((resolve) => {
          this.#finishing.set(id, resolve);
          this.#post({ kind: "finish", id });
        });
      },
      drop: () => {
        if (!this.#isOver && !isDone) this.#post({ kind: "drop", id });
        isDone = true;
      },
    };
  }

  close(): void {
    this.#isOver = true;
    this.#worker?.terminate();
    this.#waitingBytes = 0;
    for (const resolve of this.#finishing.values()) resolve(undefined);
    this.#finishing.clear();
  }

  #post(input: InputDigestInput, transfer: Transferable[] = []): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(input, transfer);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./input_digest_thread.ts", import.meta.url), {
      type: "module",
      name: "digests of what is sent",
    });
    worker.onmessage = ({ data }: MessageEvent<InputDigestReport>) => this.#hear(data);
    worker.onerror = (event) => {
      // Segments are encoded all the same.
      event.preventDefault();
      this.close();
      this.#onRoom();
    };
    worker.postMessage({ kind: "setup", setup: this.#setup } satisfies InputDigestInput);
    return worker;
  }

  #hear(report: InputDigestReport): void {
    if (report.kind === "digest") {
      this.#finishing.get(report.id)?.(report.digest ?? undefined);
      this.#finishing.delete(report.id);
      return;
    }
    const wasFull = !this.hasRoom;
    this.#waitingBytes -= report.bytes;
    this.#cpuSeconds = report.cpuSeconds;
    if (wasFull && this.hasRoom) this.#onRoom();
  }
}
