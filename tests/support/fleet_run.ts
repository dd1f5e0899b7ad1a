// A run of a few small segments on workers alone, by nothing but the fleet: each segment is begun where there is a place,
// again after a try that was lost, and must come back with the packets that it has on this machine.

import assert from "node:assert/strict";
import { Encoder } from "../../ffi/encoder.ts";
import { openLibrary } from "../../ffi/library.ts";
import type { RemoteOutcome, RemoteWorker } from "../../lib/encode/remote_slots.ts";
import type { EncoderSettings } from "../../lib/encode/settings.ts";
import type { Fleet } from "../../lib/remote/client/fleet.ts";
import { libraryPath } from "../ffi/support.ts";
import { clipFrames } from "./clips.ts";
import { PackedSegments } from "./packed_segments.ts";
import { smallClip } from "./work_folder.ts";
import { packOf } from "./worker_client.ts";

const bounds = [0, 12, 25, 37] as const;
const packFrames = 4;

/** Far more than any machine needs. */
const patienceMs = 120_000;

export interface FleetRunResult {
  /** Tries that were lost, with what was known of their worker's end. */
  readonly lost: ("yes" | "no" | "unknown")[];
  readonly notes: string[];
  readonly crashes: [segment: number, crashed: boolean][];
}

export class FleetRun {
  readonly packs: PackedSegments;
  readonly #segments: Uint8Array[][];
  readonly #expected: Uint8Array[][];

  constructor(settings: EncoderSettings) {
    const frames = [...clipFrames(smallClip)].map((frame) => frame.slice());
    this.#segments = bounds.slice(1).map((end, at) => frames.slice(bounds[at], end));
    const frameBytes = frames[0]!.length;
    this.packs = new PackedSegments(
      frameBytes,
      this.#segments.map((segment) =>
        Array.from({ length: Math.ceil(segment.length / packFrames) }, (_, number) => {
          const some = segment.slice(number * packFrames, (number + 1) * packFrames);
          return { bytes: packOf(some, frameBytes), frames: some.length };
        })
      ),
    );
    this.#expected = this.#segments.map((segment, at) => packetsOf(settings, segment, bounds[at]!));
  }

  /** Starts the fleet; resolves when all segments are done. `onBegun` is told of each try. */
  async all(fleet: Fleet, onBegun: () => void = () => {}): Promise<FleetRunResult> {
    const finished = Promise.withResolvers<void>();
    const waiting = this.#segments.map((_, index) => index), done = new Set<number>();
    const result: FleetRunResult = { lost: [], notes: [], crashes: [] };
    const running = new Map<RemoteWorker, number>();
    const begin = () => {
      for (const worker of fleet.workers) {
        for (let count; (count = running.get(worker) ?? 0) < worker.slots + worker.ahead;) {
          const index = waiting.shift();
          if (index === undefined) return;
          running.set(worker, count + 1);
          const task = { index, first: bounds[index]!, attempt: 1 };
          this.packs.attach(index, worker.begin(task, (outcome) => ended(worker, index, outcome)));
          onBegun();
        }
      }
    };
    const ended = (worker: RemoteWorker, index: number, outcome: RemoteOutcome) => {
      running.set(worker, running.get(worker)! - 1);
      try {
        if (outcome.kind === "done") {
          this.#check(index, outcome.packets);
          done.add(index);
        } else {
          assert.equal(outcome.kind, "lost", JSON.stringify(outcome));
          if (outcome.kind === "lost") result.lost.push(outcome.crashed);
          waiting.push(index);
        }
      } catch (error) {
        finished.reject(error);
      }
      if (done.size === this.#segments.length) finished.resolve();
      begin();
    };
    fleet.start(this.packs, {
      changed: begin,
      crashSuspected: () => {},
      crashKnown: (...known) => result.crashes.push(known),
      note: (text) => result.notes.push(text),
    });
    const timer = setTimeout(() => {
      const slots = fleet.workers.map(({ slots, ahead }) => `${slots}+${ahead}`);
      const state = JSON.stringify({ done: [...done], waiting, running: [...running.values()], slots, ...result });
      finished.reject(new Error(`The run did not end: ${state}`));
    }, patienceMs);
    try {
      await finished.promise;
    } finally {
      clearTimeout(timer);
    }
    return result;
  }

  #check(index: number, { sizes, data }: { readonly sizes: Uint32Array; readonly data: Uint8Array }): void {
    const expected = this.#expected[index]!;
    assert.deepEqual([...sizes], expected.map(({ length }) => length));
    assert.deepEqual([...data], expected.flatMap((packet) => [...packet]));
  }
}

function packetsOf(settings: EncoderSettings, frames: readonly Uint8Array[], first: number): Uint8Array[] {
  using encoder = new Encoder(openLibrary(libraryPath), settings, first);
  const packets: Uint8Array[] = [];
  for (let sent = 0;;) {
    const received = encoder.receive();
    if (received === "end") return packets;
    if (received === "again") continue;
    if (received !== "need-frame") packets.push(received.data);
    else if (sent < frames.length) encoder.send(frames[sent++]! as Uint8Array<ArrayBuffer>);
    else encoder.flush();
  }
}
