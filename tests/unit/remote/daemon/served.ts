// A daemon in this process, with connections in memory: what it logs is kept, and its machine is a test's.

import { openLibrary } from "../../../../ffi/library.ts";
import { ScramVerifier } from "../../../../lib/remote/auth/scram.ts";
import type { Times } from "../../../../lib/remote/daemon/client_connection.ts";
import { Daemon } from "../../../../lib/remote/daemon/daemon.ts";
import { Log } from "../../../../lib/remote/daemon/log.ts";
import { WorkerMemory } from "../../../../lib/remote/daemon/worker_memory.ts";
import { memoryPair, type MemoryStream } from "../../../support/memory_pair.ts";
import { encode, frameOf, libraryPath } from "../../../ffi/support.ts";
import { settingsOf } from "../../../support/settings_of.ts";
import { WorkerClient } from "../../../support/worker_client.ts";

export { frameBytes, frameOf, libraryPath } from "../../../ffi/support.ts";
export { settingsOf } from "../../../support/settings_of.ts";

export const password = "correct horse battery staple 2026";
const verifier = await ScramVerifier.create(password);
const gigabyte = 1e9;

export interface ServedOptions {
  readonly slots?: number;
  readonly times?: Partial<Times & { heldMs: number; keptMs: number }>;
  readonly crashed?: readonly number[];
  /** Bytes that are available; 8 GB where absent. */
  readonly available?: () => number;
}

/** A line of the log. */
export interface Logged {
  readonly level: string;
  readonly event: string;
  readonly session?: string;
  readonly text: string;
}

export class Served implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly log: Logged[] = [];
  readonly #waiting: { event: string; resolve: (line: Logged) => void }[] = [];
  #served = 0;

  constructor({ slots = 2, times, crashed = [], available = () => 8 * gigabyte }: ServedOptions = {}) {
    const write = (line: string) => {
      const logged: Logged = JSON.parse(line);
      this.log.push(logged);
      for (const entry of this.#waiting.filter(({ event }) => event === logged.event)) {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        entry.resolve(logged);
      }
    };
    const machine = {
      memory: () => ({ total: 16 * gigabyte, available: available(), limited: false }),
      resident: () => 1e8,
    };
    this.daemon = new Daemon({
      library: libraryPath,
      identity: { rav1e: "0.8.1", avSceneChange: "0.14.1", abi: 2, probe: "ab".repeat(32) },
      version: "0.0.0",
      crashed,
      verifier,
      memory: new WorkerMemory({ mode: "light", wanted: slots, machine }),
      stallSeconds: undefined,
      log: new Log({ format: "json", level: "debug", write }),
      times: { pingEveryMs: 3000, deadAfterMs: 12_000, tickMs: 50, heldMs: 12_000, ...times },
    });
  }

  /** A connection of which the other end is being served. */
  connection(address = "192.0.2.1"): MemoryStream {
    const [near, far] = memoryPair();
    this.daemon.serve({ stream: far, peer: `${address}:${++this.#served}`, address, certificates: [] });
    return near;
  }

  client(address?: string): Promise<WorkerClient> {
    return WorkerClient.connect(this.connection(address), password);
  }

  /** The first line about such an event, past or future. */
  logged(event: string): Promise<Logged> {
    const there = this.log.find((line) => line.event === event);
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve) => this.#waiting.push({ event, resolve }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.close("the test is over");
  }
}

export function framesOf(count: number, scene = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, frame) => frameOf(frame, scene));
}

/** What a slot of this machine makes of such a segment. */
export function packetsOf(count: number, scene = 0, settings = settingsOf()): Uint8Array[] {
  return encode(openLibrary(libraryPath), settings, count, scene);
}
