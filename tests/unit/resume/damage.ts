// A small store's file, damaged in every way a disk can, and what must be true of it afterwards: it is refused, or gives
// segments that are all right, all in the plan, and all there but for what it says is damaged.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Opened, type OpenRequest, openStore } from "../../../lib/resume/opening.ts";
import { StoreRefused } from "../../../lib/resume/refusal.ts";
import { identity, opening, plan, runState, segment } from "./samples.ts";

export const segments = 6;
/** Of these the sample has finished all but the last. */
export const finished = [0, 1, 2, 3, 4];

export function request(path: string, changes: Partial<OpenRequest> = {}): OpenRequest {
  return { path, identity: identity(), ...opening, ...changes };
}

/** Opens without verifying anything and ends what was opened. */
export function close({ writer }: Opened): void {
  writer.db.close();
}

/** The bytes of a sound store, made by two runs. Segments have packets of so many bytes. */
export function soundStore(path: string, bytesOfAPacket = 100): Uint8Array<ArrayBuffer> {
  const first = openStore(request(path));
  first.writer.write({ plan: plan(segments), announce: { indexes: [0, 1, 2], state: runState }, segments: [] });
  first.writer.write({ segments: [0, 2].map((index) => segment(index, bytesOfAPacket)) });
  close(first);
  const second = openStore(request(path));
  for (const index of [1, 3, 4]) second.writer.write({ segments: [segment(index, bytesOfAPacket)] });
  close(second);
  return Deno.readFileSync(path);
}

export interface Outcome {
  readonly kind: "refused" | "empty" | "restored";
  readonly sound: number;
}

/** Opens what is at `path` and holds it to the promise. */
export function checkOutcome(path: string, bytesOfAPacket = 100): Outcome {
  let opened: Opened;
  try {
    opened = openStore(request(path));
  } catch (error) {
    assert(error instanceof StoreRefused, String(error));
    assert.match(error.message, /^Cannot go on with .*--restart/);
    return { kind: "refused", sound: 0 };
  }
  try {
    const { restored, writer } = opened;
    if (restored === undefined) return { kind: "empty", sound: 0 };
    for (const { index } of restored.segments) {
      const { sizes, data, inputDigest, first } = writer.read(index)!;
      assert.deepEqual({ sizes, data, inputDigest, first }, pick(segment(index, bytesOfAPacket)));
    }
    const missing = finished.filter((index) => !restored.segments.some((found) => found.index === index));
    const unsaid = missing.filter((index) => !restored.damaged.includes(index));
    if (restored.plan.complete) assert.deepEqual(unsaid, []);
    // It can be gone on with, and what is then in it is whole.
    for (const index of [...missing, 5]) writer.write({ segments: [segment(index, bytesOfAPacket)] });
    assert.equal(Object.values(writer.db.prepare("PRAGMA quick_check").get()!)[0], "ok");
    return { kind: "restored", sound: restored.segments.length };
  } finally {
    close(opened);
  }
}

function pick({ sizes, data, inputDigest, first }: ReturnType<typeof segment>) {
  return { sizes, data, inputDigest, first };
}

/** For tests that look inside. */
export function rows(path: string, sql: string): unknown[] {
  const db = new DatabaseSync(path);
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}
