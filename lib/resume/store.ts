// The resume store seen from the main thread. What was committed is on the disk when its promise resolves; everything that
// came while a transaction was being written goes into the next one, whole. The first failure is the last word: everything
// after it is refused with the same reason, and the file stays as the last good transaction left it.

import type { Detected } from "../encode/plan.ts";
import { IncompleteError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { type FinalOutput, isSameOutput } from "../encode/final_output.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { OpenRequest, Restored } from "./opening.ts";
import { joinedParts, PlanFollower } from "./plan_follower.ts";
import type { FinishedSegment, ReadSegment } from "./segment_rows.ts";
import { StoreFailed, StoreThread } from "./store_client.ts";
import { describeBatch, openFailure, refusalOf, writeFailure } from "./store_errors.ts";
import type { Batch, RunState } from "./store_writer.ts";

export type { FinalOutput, FinishedSegment, OpenRequest, Restored, RunState };
export type { StoredSegment } from "./segment_rows.ts";

/** A segment's packets are not what was stored, or cannot be read: it must be encoded again. */
export class DamagedSegment extends Error {
  override name = "DamagedSegment";
  constructor(readonly index: number) {
    super(`Segment ${index} of the resume file is damaged`);
  }
}

/** Starts the store's thread ahead of `open`, so that it need not be waited for. */
export function startStoreThread(): StoreThread {
  return new StoreThread();
}

export interface OpenOptions extends Omit<OpenRequest, "path" | "identity"> {
  /** A thread that was started ahead; the store owns it from now on. */
  readonly thread?: StoreThread;
  /** Told how much of an existing store is verified, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** What waits for the next transaction. */
interface Pending {
  segments: FinishedSegment[];
  plan: OpenPlan | undefined;
  announce: { readonly indexes: readonly number[]; readonly state: RunState } | undefined;
  final: FinalOutput | undefined;
  input: Fingerprint | undefined;
  waiting: { resolve(): void; reject(error: unknown): void }[];
}

type OpenPlan = ReturnType<typeof joinedParts>;

export class ResumeStore {
  readonly #thread: StoreThread;
  readonly #follower: PlanFollower;
  #pending = nothing();
  /** The transaction that is being written. */
  #writing: Promise<void> | undefined;
  #failure: IncompleteError | undefined;

  /** Asked at every transaction which segments are at work, for those who look into the file meanwhile. */
  atWork: (() => NonNullable<Batch["running"]>) | undefined;

  private constructor(thread: StoreThread, readonly name: string, restored: Restored | undefined) {
    this.#thread = thread;
    this.#follower = new PlanFollower(restored?.plan ?? { decided: 0, keyframes: [], complete: false });
  }

  /**
   * Opens the store at `path` (absolute), or makes it; "" is a private one that nothing survives. The lock on the output
   * must be held. Throws UsageError where what is there cannot be gone on with, IncompleteError where the disk refuses.
   */
  static async open(
    path: string,
    identity: OpenRequest["identity"],
    { onProgress, thread = startStoreThread(), ...options }: OpenOptions,
  ): Promise<{ store: ResumeStore; restored: Restored | undefined }> {
    thread.onProgress = onProgress;
    try {
      const restored = await thread.ask("open", { path, identity, ...options });
      return { store: new ResumeStore(thread, options.name ?? path, restored), restored };
    } catch (error) {
      thread.end();
      throw openFailure(options.name ?? path, error);
    }
  }

  /**
   * The segments that may be running from now on, all of them; durable when it resolves. A commit takes its segment off
   * the list.
   */
  announce(indexes: readonly number[], state: RunState): Promise<void> {
    this.#pending.announce = { indexes: [...indexes], state };
    return this.#enqueue();
  }

  /** Writes down what memory looks like and what is at work: should the process be killed, that is what is known of it. */
  heard(): Promise<void> {
    return this.#enqueue();
  }

  /** Durable when it resolves. The buffers of the segment belong to the store from the call on. */
  commit(segment: FinishedSegment): Promise<void> {
    this.#pending.segments.push(segment);
    return this.#enqueue();
  }

  /**
   * Goes with the next transaction. Gives what is new of it, undefined where nothing is. Throws IncompleteError where it
   * contradicts what the store has.
   */
  extendPlan(detected: Detected): Detected | undefined {
    const part = this.#follower.follow(detected);
    if (part !== undefined) this.#pending.plan = joinedParts(this.#pending.plan, part);
    return part;
  }

  /** The input's frames were compared: the next run need not do so for this fingerprint. */
  confirmInput(input: Fingerprint): Promise<void> {
    this.#pending.input = input;
    return this.#enqueue();
  }

  /** The complete output is on the disk, under whatever name. */
  markFinal(final: FinalOutput): Promise<void> {
    this.#pending.final = final;
    return this.#enqueue();
  }

  /** A finished segment, proven. Throws DamagedSegment. */
  async read(index: number): Promise<ReadSegment> {
    const segment = await this.#thread.ask("read", index);
    if (segment === undefined) throw new DamagedSegment(index);
    return segment;
  }

  /** Whether the file at `path` is that output. */
  async isThatOutput(path: string, final: FinalOutput): Promise<boolean> {
    try {
      return isSameOutput(await this.digest(path, final.headBytes), final);
    } catch (error) {
      if (error instanceof StoreFailed && error.failure.kind === "failed") return false;
      throw error;
    }
  }

  /** What a file is by its content. */
  digest(path: string, headBytes: number): Promise<FinalOutput> {
    return this.#thread.ask("digest", { path, headBytes });
  }

  /**
   * Writes what waits, records whether the run ended well, and ends the thread. After a failure it does what can still be
   * done. Throws nothing.
   */
  async close(clean: boolean): Promise<void> {
    try {
      if (this.#pending.waiting.length > 0 || this.#pending.plan !== undefined) await this.#enqueue();
      else await this.#writing;
    } catch {
      // Whoever waited for it was told.
    }
    try {
      await this.#thread.ask("close", { clean });
    } catch {
      // The next run finds one that did not say good-bye, which costs nothing.
    }
    this.#failure ??= new IncompleteError("Cannot use the resume file: it was closed");
    this.#thread.end();
  }

  /** Removes the store and all that was set aside for it: the output is complete and has its name. Throws IncompleteError. */
  async remove(): Promise<void> {
    await this.#writing?.catch(() => {});
    try {
      await this.#thread.ask("remove", undefined);
    } catch (error) {
      if (!(error instanceof StoreFailed) || error.failure.kind !== "failed") throw refusalOf(error);
      throw new IncompleteError(`Cannot remove ${quotedPath(this.name)}: ${error.failure.reason}; remove it`, {
        cause: error,
      });
    } finally {
      this.#failure ??= new IncompleteError("Cannot use the resume file: it was removed");
      this.#thread.end();
    }
  }

  #enqueue(): Promise<void> {
    if (this.#failure !== undefined) {
      this.#pending = nothing();
      return Promise.reject(this.#failure);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.waiting.push({ resolve, reject });
    // Not at once: what is asked for in the same turn goes into the same transaction.
    if (this.#writing === undefined) this.#writing = Promise.resolve().then(() => this.#write());
    return promise;
  }

  /** Writes transactions until nothing waits. */
  async #write(): Promise<void> {
    while (this.#pending.waiting.length > 0) {
      const { waiting, ...batch } = this.#pending;
      this.#pending = nothing();
      const needed = describeBatch(batch);
      try {
        await this.#thread.ask("write", { ...batch, running: this.atWork?.() }, buffersOf(batch.segments));
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        const failure = this.#failure = writeFailure(error, needed);
        const late = this.#pending.waiting;
        this.#pending = nothing();
        for (const { reject } of [...waiting, ...late]) reject(failure);
      }
    }
    this.#writing = undefined;
  }
}

function nothing(): Pending {
  return { segments: [], plan: undefined, announce: undefined, final: undefined, input: undefined, waiting: [] };
}

/** The packets themselves go to the thread, not copies of them. */
function buffersOf(segments: readonly FinishedSegment[]): Transferable[] {
  return [...new Set(segments.flatMap(({ data, sizes }) => [data.buffer, sizes.buffer]))];
}
