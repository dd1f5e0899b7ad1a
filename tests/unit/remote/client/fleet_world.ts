// A fleet of one worker whose daemon does what the test says, with time that passes when the test says so, and all that the
// fleet tells the run.

import type { RemoteOutcome, RemoteSegment, RemoteWorker } from "../../../../lib/encode/remote_slots.ts";
import type { EncoderSettings } from "../../../../lib/encode/settings.ts";
import { Fleet } from "../../../../lib/remote/client/fleet.ts";
import type { WorkerEntry } from "../../../../lib/remote/client/worker_entry.ts";
import type { LinkWorld } from "../../../../lib/remote/client/connector.ts";
import type { Opened } from "../../../../lib/remote/messages.ts";
import { type FakeConnection, FakeDaemon, fakeHandshake, testIdentity } from "../../../support/fake_daemon.ts";
import { madePacks, PackedSegments } from "../../../support/packed_segments.ts";
import { settingsOf } from "../../../support/settings_of.ts";
import { until, VirtualClock } from "../../../support/virtual_clock.ts";

export const entry: WorkerEntry = {
  host: "box",
  port: 13415,
  password: "secret",
  secure: false,
  slots: undefined,
  ca: undefined,
  fingerprint: undefined,
  place: "workers.toml, [[workers]] 1",
};

/** A segment that was begun. */
export interface Begun {
  readonly remote: RemoteSegment;
  /** How it ended; undefined until then. */
  outcome: RemoteOutcome | undefined;
}

export class FleetWorld implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly daemon = new FakeDaemon();
  readonly notes: string[] = [];
  readonly crashes: [segment: number, crashed: boolean][] = [];
  /** Segments that may be the end of the worker though they were taken back. */
  readonly suspicions: number[] = [];
  changes = 0;
  /** Segments of 3, 4, 5 and 6 frames; the third in packs of several parts. */
  readonly packs = new PackedSegments(64, [
    madePacks([1, 100], [2, 200]),
    madePacks([2, 300], [2, 10]),
    madePacks([3, 600_000], [2, 300_000]),
    madePacks([2, 100], [2, 100], [2, 100]),
  ]);
  readonly fleet: Fleet;

  constructor(
    world: Partial<LinkWorld> = {},
    changes: Partial<WorkerEntry> = {},
    settings: Partial<EncoderSettings> = {},
    identity = Promise.resolve(testIdentity),
  ) {
    this.fleet = new Fleet({
      entries: [{ ...entry, ...changes }],
      identity: () => identity,
      settings: settingsOf(settings),
      onePiece: false,
      client: "desk",
      world: { clock: this.clock, dial: () => this.daemon.dial(), handshake: fakeHandshake, random: () => 1, ...world },
    });
    this.fleet.start(this.packs, {
      changed: () => this.changes++,
      crashSuspected: (segment) => this.suspicions.push(segment),
      crashKnown: (...known) => this.crashes.push(known),
      note: (text) => this.notes.push(text),
    });
  }

  get worker(): RemoteWorker {
    return this.fleet.workers[0]!;
  }

  /** The worker's next session, open. */
  async connected(opened: Partial<Opened> = {}): Promise<FakeConnection> {
    const connection = await this.daemon.accept();
    await connection.open(opened);
    await until(() => this.worker.slots + this.worker.ahead > 0, "an open session");
    return connection;
  }

  /** Begins a segment, all of whose packs are there. */
  begin(segment: number): Begun {
    const begun: { remote?: RemoteSegment; outcome: RemoteOutcome | undefined } = { outcome: undefined };
    begun.remote = this.worker.begin({ index: segment, first: 100 * segment, attempt: 1 }, (outcome) => {
      if (begun.outcome !== undefined) throw new Error(`Segment ${segment} ended twice`);
      begun.outcome = outcome;
    });
    if (begun.outcome !== undefined) throw new Error("It ended before begin() had returned");
    this.packs.attach(segment, begun.remote);
    return begun as Begun;
  }

  /** Lets time pass; the daemon answers the pings that fall into it. */
  async pass(ms: number, connection: FakeConnection): Promise<void> {
    for (let left = ms; left > 0; left -= 3_000) {
      const before = this.worker.facts.bytesReceived;
      await this.clock.advance(Math.min(left, 3_000));
      if (left < 3_000) return;
      await connection.answerPing();
      await until(() => this.worker.facts.bytesReceived > before, "an answer");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fleet.close();
    await this.clock.advance(1_000);
    await this.fleet.closed();
  }
}

export async function ended(begun: Begun): Promise<RemoteOutcome> {
  await until(() => begun.outcome !== undefined, "an end of the segment");
  return begun.outcome!;
}
