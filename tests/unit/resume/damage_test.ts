import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { openStore } from "../../../lib/resume/opening.ts";
import { StoreRefused } from "../../../lib/resume/refusal.ts";
import { configure } from "../../../lib/resume/schema.ts";
import { readStatus } from "../../../lib/resume/store_status.ts";
import { SegmentWriter } from "../../../lib/resume/segment_rows.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { checkOutcome, close, finished, request, soundStore } from "./damage.ts";
import { plan, segment } from "./samples.ts";

/** A folder that is emptied before each try, with the bytes of a sound store at hand. */
class Bench implements Disposable {
  readonly folder = memoryFolder();
  readonly path = `${this.folder}/out.ivf.rav1e-by-gop`;
  readonly sound: Uint8Array<ArrayBuffer>;

  constructor(readonly bytesOfAPacket = 100) {
    this.sound = soundStore(this.path, bytesOfAPacket);
  }

  /** The outcome of opening these bytes, with this journal beside them. */
  open(bytes: Uint8Array, journal?: Uint8Array) {
    for (const { name } of Deno.readDirSync(this.folder)) Deno.removeSync(`${this.folder}/${name}`);
    Deno.writeFileSync(this.path, bytes);
    if (journal !== undefined) Deno.writeFileSync(`${this.path}-journal`, journal);
    return checkOutcome(this.path, this.bytesOfAPacket);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** In memory where the system has such a place: hundreds of tries that wait for a disk each take long. */
function memoryFolder(): string {
  const prefix = "rav1e-by-gop-test-";
  try {
    return Deno.makeTempDirSync({ dir: "/dev/shm", prefix });
  } catch {
    return Deno.makeTempDirSync({ prefix });
  }
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1 << bit;
  return copy;
}

/** Places that say something: most of a small file is empty. */
function writtenPlaces(bytes: Uint8Array): number[] {
  return Array.from(bytes.keys()).filter((at) => bytes[at] !== 0);
}

Deno.test("a store without damage gives everything", () => {
  using bench = new Bench();
  assert.deepEqual(bench.open(bench.sound), { kind: "restored", sound: finished.length });
});

Deno.test("a store with one flipped bit never gives a wrong segment, and is never lost", () => {
  using bench = new Bench();
  const places = writtenPlaces(bench.sound);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: places.length - 1 }), fc.integer({ min: 0, max: 7 }), (place, bit) => {
      const { kind } = bench.open(flipped(bench.sound, places[place]!, bit));
      assert.equal(kind, "restored");
    }),
    { numRuns: 120 },
  );
});

Deno.test("a flipped bit in packets that fill many pages costs their segment alone", () => {
  using bench = new Bench(20_000);
  const from = 6 * 16384;
  fc.assert(
    fc.property(fc.integer({ min: from, max: bench.sound.length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const { kind, sound } = bench.open(flipped(bench.sound, at, bit));
      assert.equal(kind, "restored");
      assert(sound >= finished.length - 1, `${sound} segments are left`);
    }),
    { numRuns: 40 },
  );
});

Deno.test("a store that was cut off gives what is left, or is refused", () => {
  using bench = new Bench();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: bench.sound.length }), (length) => {
      bench.open(bench.sound.subarray(0, length));
    }),
    { numRuns: 40 },
  );
});

Deno.test("a store that lost a stretch of itself gives what is left, or is refused", () => {
  using bench = new Bench();
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: bench.sound.length - 1 }),
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 0, max: 255 }),
      (at, length, byte) => {
        bench.open(bench.sound.slice().fill(byte, at, at + length));
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("a lost page that only leads to others costs nothing", () => {
  using bench = new Bench();
  const many = Array.from({ length: 300 }, (_, index) => index);
  Deno.removeSync(bench.path);
  const opened = openStore(request(bench.path));
  opened.writer.write({ plan: plan(300), segments: many.map((index) => segment(index, 700)) });
  close(opened);
  const bytes = Deno.readFileSync(bench.path), pageBytes = 16384;
  /** The first byte of a page that leads to pages of rows. */
  const interior = 5;
  const leading = Array.from({ length: bytes.length / pageBytes }, (_, page) => page * pageBytes)
    .filter((at) => bytes[at] === interior);
  assert(leading.length > 0);
  for (const at of leading) bytes.fill(0, at, at + pageBytes);
  Deno.writeFileSync(bench.path, bytes);
  const again = openStore(request(bench.path));
  assert.deepEqual(again.restored?.segments.map(({ index }) => index), many);
  assert.deepEqual(again.restored?.mended, true);
  close(again);
});

Deno.test("an empty file is no store, and becomes one", () => {
  using bench = new Bench();
  assert.deepEqual(bench.open(new Uint8Array()), { kind: "empty", sound: 0 });
});

/** What a kill leaves in the middle of a transaction that has reached the file: the file and its journal. */
function interrupted(bench: Bench): { bytes: Uint8Array; journal: Uint8Array } {
  bench.open(bench.sound);
  Deno.writeFileSync(bench.path, bench.sound);
  const db = new DatabaseSync(bench.path);
  configure(db, bench.path);
  // Pages are written as soon as there are more than a few.
  db.exec("PRAGMA cache_size = 2; BEGIN IMMEDIATE");
  const writer = new SegmentWriter(db);
  for (const index of finished) writer.put({ ...segment(index, 9000), seconds: 77 }, 9, 9);
  const bytes = Deno.readFileSync(bench.path), journal = Deno.readFileSync(`${bench.path}-journal`);
  db.exec("ROLLBACK");
  db.close();
  assert.notDeepEqual(bytes, bench.sound);
  assert(journal.length > 16384);
  return { bytes, journal };
}

Deno.test("what a kill left half written is rolled back", () => {
  using bench = new Bench();
  const { bytes, journal } = interrupted(bench);
  assert.deepEqual(bench.open(bytes, journal), { kind: "restored", sound: finished.length });
});

Deno.test("a look at what a kill left half written shows what was there before", () => {
  using bench = new Bench();
  const { bytes, journal } = interrupted(bench);
  Deno.writeFileSync(bench.path, bytes);
  Deno.writeFileSync(`${bench.path}-journal`, journal);
  const status = readStatus(bench.path);
  assert(typeof status === "object");
  assert.deepEqual([status.segmentsDone, status.runs, status.lastRun.ended], [finished.length, 2, null]);
});

Deno.test("without the journal, or with a damaged one, no half-written segment counts", () => {
  using bench = new Bench();
  const { bytes, journal } = interrupted(bench);
  bench.open(bytes);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: journal.length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      bench.open(bytes, flipped(journal, at, bit));
    }),
    { numRuns: 40 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: journal.length }), (length) => {
      bench.open(bytes, journal.subarray(0, length));
    }),
    { numRuns: 20 },
  );
});

Deno.test("a journal that is not the store's own does no harm", () => {
  using bench = new Bench();
  assert.equal(bench.open(bench.sound, new Uint8Array(5000).fill(7)).kind, "restored");
});

Deno.test("the damaged file is kept until the encode is complete", () => {
  using bench = new Bench();
  const places = writtenPlaces(bench.sound);
  const damaged = flipped(bench.sound, places[Math.floor(places.length / 2)]!, 3);
  assert.equal(bench.open(damaged).kind, "restored");
  assert.deepEqual(Deno.readFileSync(`${bench.path}.damaged`).subarray(0, 16384), damaged.subarray(0, 16384));
});

function refusal(path: string): string {
  try {
    close(openStore(request(path)));
  } catch (error) {
    assert(error instanceof StoreRefused, String(error));
    return error.message;
  }
  assert.fail("it was opened");
}

Deno.test("a file that is no store is refused, with what it is", () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  folder.write("store", "a list of films\n");
  assert.match(refusal(path), /it is no resume file; add --restart to begin anew$/);
  assert.equal(Deno.readTextFileSync(path), "a list of films\n");
  Deno.removeSync(path);

  const db = new DatabaseSync(path);
  db.exec("CREATE TABLE films (name TEXT)");
  db.close();
  const before = Deno.readFileSync(path);
  assert.match(refusal(path), /it is another program's database; add --restart/);
  assert.deepEqual(Deno.readFileSync(path), before);
});

Deno.test("a store of a newer version is refused and stays as it is", () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  soundStore(path);
  const db = new DatabaseSync(path);
  db.exec("CREATE TABLE novelty (name TEXT); PRAGMA user_version = 2");
  db.close();
  const before = Deno.readFileSync(path);
  assert.match(refusal(path), /a newer version of this program wrote it, this one knows version 1; add --restart/);
  assert.deepEqual(Deno.readFileSync(path), before);
});
