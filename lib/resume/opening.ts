// Opening a store: made where there is none, refused where it is not this encode's, mended where it is damaged, and in
// every case this run is written down, and the last one judged, before anything is started. Nothing is changed in a file
// that is refused.

import { DatabaseSync } from "node:sqlite";
import { type CrashMark, forgive, judge, noBlame, type PastRun, runLast, setAside } from "./blame.ts";
import { type Documents, isPlanned, type Segments } from "./contents.ts";
import type { Beginning, FinalOutput, Plan, RunRecord } from "./documents.ts";
import { examine } from "./examine.ts";
import { type Identity, inputTrust } from "./identity.ts";
import { planUpTo, sharedByLimits } from "./limit_change.ts";
import { readOomCounters } from "./oom.ts";
import { type Ranges, rangesOf } from "./ranges.ts";
import { Records } from "./records.ts";
import { refuseDifferences, unusable } from "./refusal.ts";
import { damagedSegments, finishRebuilding, rebuild } from "./salvage.ts";
import { busyTimeoutMs, configure, createTables, pageBytes, transaction } from "./schema.ts";
import type { StoredSegment } from "./segment_rows.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { setStoreAside } from "./set_aside.ts";
import { StoreWriter } from "./store_writer.ts";

export interface OpenRequest {
  /** Absolute; "" is a private file that nothing survives. */
  readonly path: string;
  /** The same for messages, as the user would write it; the path where absent. */
  readonly name?: string;
  readonly identity: Identity;
  /** Absolute path of the output, to inform. */
  readonly output: string;
  /** This run may replace an output that exists. */
  readonly mayReplace: boolean;
  /** What the last run's crash mark says. */
  readonly crash?: CrashMark;
  /** Segments that were set aside are tried again. */
  readonly tryAgain?: boolean;
  /** What is there is set aside, whatever it is. */
  readonly restart?: boolean;
  /** Bytes of packets a row; other in tests. */
  readonly bytesPerRow?: number;
  /** As if the disk held no more than this; for tests. */
  readonly diskBytes?: number;
}

/** What an earlier run has left. */
export interface Restored {
  readonly plan: Plan;
  /** Finished segments, proven, in order; each is where the plan has it. */
  readonly segments: readonly StoredSegment[];
  /** Segments that were finished and are damaged: they are to be encoded again. */
  readonly damaged: readonly number[];
  /** The file was damaged; what could be read was moved to a new one, the old one is kept until the encode is complete. */
  readonly mended: boolean;
  /** Segments that are to be left alone, and those that are to be run last. */
  readonly setAside: readonly number[];
  readonly runLast: readonly number[];
  /** Segments held responsible for the end of the last run. */
  readonly blamed: readonly number[];
  /** Slots at the most; null for as many as are wanted. */
  readonly slotLimit: number | null;
  /** The last run ended for want of memory. */
  readonly memoryWasShort: boolean;
  /** "check-frames": the finished segments' frames must be compared with the input's before they count. */
  readonly input: "same" | "check-frames" | "pipe";
  /** Runs before this one. */
  readonly runs: number;
  /** When the first one started, milliseconds since 1970. */
  readonly begun: number;
  /** The output was complete; perhaps it has its name already. */
  readonly final: FinalOutput | undefined;
}

export interface Opened {
  readonly writer: StoreWriter;
  /** undefined where there was nothing. */
  readonly restored: Restored | undefined;
}

/** Throws StoreRefused, and what SQLite and the system throw. `progress` is told how much has been verified (0 to 1). */
export function openStore(request: OpenRequest, progress: (fraction: number) => void = () => {}): Opened {
  const { path } = request;
  if (path === "") return { writer: createStore(request, connect(request)), restored: undefined };
  if (request.restart) setStoreAside(path);
  finishRebuilding(path);
  if (!holdsAnything(path)) return { writer: createStore(request, connect(request)), restored: undefined };
  using examined = examine(path, progress);
  if (examined.kind === "empty") return { writer: createStore(request, connect(request)), restored: undefined };
  if (examined.kind !== "ours") throw unusable(request, examined.kind);
  const { beginning } = examined.documents;
  if (beginning === undefined) throw unusable(request, "damaged");
  refuseDifferences(request, beginning, examined.documents);
  if (!examined.sound) rebuild(path, examined);
  examined[Symbol.dispose]();
  return goOn(request, { ...examined.documents, beginning }, examined.segments, !examined.sound);
}

/** Zero bytes are what a run leaves that died before it had written anything; its journal may tell otherwise. */
function holdsAnything(path: string): boolean {
  try {
    return Deno.statSync(path).size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function connect({ path, diskBytes }: OpenRequest): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // SQLite looks at it when the cache is full for the first time.
    const folder = path === "" ? temporaryFolder() : undefined;
    if (folder !== undefined) db.exec(`PRAGMA temp_store_directory = '${folder.replaceAll("'", "''")}'`);
    configure(db, path);
    if (diskBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.ceil(diskBytes / pageBytes)}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function createStore(request: OpenRequest, db: DatabaseSync): StoreWriter {
  try {
    const { identity, output, mayReplace } = request;
    const now = Date.now();
    const beginning: Beginning = { identity, output, mayReplace, begun: now };
    const run = newRun(1, now, []);
    transaction(db, () => {
      createTables(db);
      const records = new Records(db, 0);
      records.put("identity", 0, beginning);
      records.put("run", run.number, run);
    });
    return new StoreWriter(db, request.path, { beginning, serial: 2, planRecords: 0, run }, request.bytesPerRow);
  } catch (error) {
    db.close();
    throw error;
  }
}

function goOn(
  request: OpenRequest,
  documents: Documents & { beginning: Beginning },
  segments: Segments,
  mended: boolean,
): Opened {
  const { runs, beginning, final } = documents;
  const shared = sharedByLimits(beginning.identity, request.identity);
  const plan = shared === undefined ? documents.plan : planUpTo(documents.plan, shared);
  const sound = segments.sound.filter((segment) => isPlanned(segment, plan));
  const finished = new Set(sound.map(({ index }) => index));
  const last = runs.at(-1);
  /** Segments from here on may be others now. */
  const open = shared === undefined ? Infinity : Math.max(0, plan.keyframes.length - 1);
  const forgiven = (index: number) => finished.has(index) || index >= open || request.tryAgain === true;
  const judgement = last === undefined
    ? { blame: noBlame, blamed: [], memoryWasShort: false }
    : judge(documents.blame, pastRun(last, finished), request.crash, readOomCounters());
  const blame = forgive(judgement.blame, forgiven);
  const damaged = damagedSegments({ documents, segments }).filter((index) => index < open);
  const db = connect(request);
  try {
    const run = newRun((last?.number ?? 0) + 1, Date.now(), rangesOf([...finished]));
    // What was mended holds the plan as one record.
    const { serial } = documents, planRecords = mended ? Math.min(1, documents.planRecords) : documents.planRecords;
    const current = withLimitOf(withZonesOf(beginning, request.identity), request.identity);
    const state = { beginning: current, serial, planRecords, run };
    const writer = new StoreWriter(db, request.path, state, request.bytesPerRow);
    const cut = shared === undefined ? undefined : { plan, open };
    writer.writeOpening({ blame, damaged, isChanged: current !== beginning, cut });
    const restored: Restored = {
      plan,
      segments: sound,
      damaged,
      mended,
      setAside: setAside(blame),
      runLast: runLast(blame),
      blamed: judgement.blamed,
      slotLimit: blame.slotLimit,
      memoryWasShort: judgement.memoryWasShort,
      input: inputTrust(beginning.identity, request.identity),
      runs: run.number - 1,
      begun: beginning.begun,
      final,
    };
    return { writer, restored };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Zones that were not come to yet may be others now: from here on they are those of the encode. */
function withZonesOf(beginning: Beginning, { settings: { zones } }: Identity): Beginning {
  const { identity } = beginning;
  if (JSON.stringify(identity.settings.zones) === JSON.stringify(zones)) return beginning;
  return { ...beginning, identity: { ...identity, settings: { ...identity.settings, zones } } };
}

/** Only where what follows from it was taken back (limit_change.ts). */
function withLimitOf(beginning: Beginning, { range: { limit } }: Identity): Beginning {
  const { identity } = beginning, { range } = identity;
  return range.limit === limit ? beginning : { ...beginning, identity: { ...identity, range: { ...range, limit } } };
}

function newRun(number: number, now: number, finished: Ranges): RunRecord {
  const oom = readOomCounters();
  return {
    number,
    started: now,
    lastHeard: now,
    ended: null,
    slots: 0,
    slotBytes: 0,
    memory: null,
    oom,
    announced: [],
    finished,
  };
}

function pastRun(run: RunRecord, finished: ReadonlySet<number>): PastRun {
  const announced = run.announced.map(([segment]) => segment).filter((segment) => !finished.has(segment));
  return { ...run, clean: run.ended !== null, announced };
}
