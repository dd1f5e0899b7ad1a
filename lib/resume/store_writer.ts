// An open store: one transaction a batch, whole or not at all. What it knows of the run in memory changes only after the
// transaction did, so that a refused batch leaves both as they were.

import type { DatabaseSync } from "node:sqlite";
import { memoryState } from "../machine/memory.ts";
import type { Blame } from "./blame.ts";
import type { Beginning, FinalOutput, Plan, RunRecord } from "./documents.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { readOomCounters } from "./oom.ts";
import { withNumber } from "./ranges.ts";
import { Records } from "./records.ts";
import { transaction } from "./schema.ts";
import { type FinishedSegment, type ReadSegment, SegmentReader, SegmentWriter } from "./segment_rows.ts";

/** What a run says of itself with its announcements. */
export interface RunState {
  /** Slots in use at the most. */
  readonly slots: number;
  /** Bytes a slot needs at its peak. */
  readonly slotBytes: number;
}

/** What one transaction writes. */
export interface Batch {
  /** The plan goes on with this. */
  readonly plan?: Plan;
  /** All segments that may be running from now on. */
  readonly announce?: { readonly indexes: readonly number[]; readonly state: RunState };
  /** Segments that are at work now, each with when it was begun, milliseconds since 1970. */
  readonly running?: RunRecord["running"];
  readonly segments: readonly FinishedSegment[];
  readonly final?: FinalOutput;
  /** The input was looked at and is the one that was begun with. */
  readonly input?: Fingerprint;
  /** The run leaves; whether all is well. */
  readonly ended?: boolean;
}

/** What opening a store found out of what is in it. */
export interface OpeningFindings {
  readonly blame: Blame;
  readonly damaged: readonly number[];
  /** What was begun is said otherwise now. */
  readonly isChanged: boolean;
  /** The plan as far as it holds, and the first segment that is none any more; undefined where all of it holds. */
  readonly cut: { readonly plan: Plan; readonly open: number } | undefined;
}

export interface WriterState {
  readonly beginning: Beginning;
  readonly serial: number;
  readonly planRecords: number;
  readonly run: RunRecord;
}

export class StoreWriter {
  readonly #records: Records;
  readonly #segments: SegmentWriter;
  readonly #reader: SegmentReader;
  #state: WriterState;

  constructor(readonly db: DatabaseSync, readonly path: string, state: WriterState, bytesPerRow?: number) {
    this.#records = new Records(db, state.serial);
    this.#segments = new SegmentWriter(db, bytesPerRow);
    this.#reader = new SegmentReader(db);
    this.#state = state;
  }

  /** Durable when it returns. Throws what SQLite throws, and then nothing of the batch is in the file. */
  write(batch: Batch): void {
    const now = Date.now();
    let { beginning, planRecords } = this.#state;
    const run = this.#runAfter(batch, now);
    transaction(this.db, () => {
      if (batch.plan !== undefined) this.#records.put("plan", planRecords++, batch.plan);
      for (const segment of batch.segments) this.#segments.put(segment, run.number, now);
      if (batch.final !== undefined) this.#records.put("final", 0, batch.final);
      if (batch.input !== undefined) {
        beginning = { ...beginning, identity: { ...beginning.identity, input: batch.input } };
        this.#records.put("identity", 0, beginning);
      }
      this.#records.put("run", run.number, run);
    });
    this.#state = { ...this.#state, beginning, planRecords, run };
  }

  /** What opening found out, before the run starts anything. Part of the transaction of `write` is none of it. */
  writeOpening({ blame, damaged, isChanged, cut }: OpeningFindings): void {
    const { run, beginning } = this.#state;
    transaction(this.db, () => {
      if (isChanged) this.#records.put("identity", 0, beginning);
      if (cut !== undefined) {
        this.#segments.removeFrom(cut.open);
        this.#records.removeAll("plan");
        this.#records.put("plan", 0, cut.plan);
      }
      this.#records.put("blame", 0, blame);
      this.#records.put("damage", 0, { segments: damaged });
      this.#records.put("run", run.number, run);
    });
    if (cut !== undefined) this.#state = { ...this.#state, planRecords: 1 };
  }

  read(index: number): ReadSegment | undefined {
    return this.#reader.read(index);
  }

  #runAfter({ announce, running: atWork, segments, ended }: Batch, now: number): RunRecord {
    const { run } = this.#state;
    const since = new Map(run.announced);
    const running = announce?.indexes ?? [...since.keys()];
    const finished = new Set(segments.map(({ index }) => index));
    const { total, available } = memoryState();
    return {
      ...run,
      ...announce?.state,
      lastHeard: now,
      memory: { total, available },
      oom: readOomCounters(),
      announced: ended === true
        ? []
        : running.filter((index) => !finished.has(index)).map((index) => [index, since.get(index) ?? now] as const),
      running: ended === true ? [] : atWork ?? run.running,
      finished: segments.reduce((ranges, { index }) => withNumber(ranges, index), run.finished),
      ended: ended ?? run.ended,
    };
  }
}
