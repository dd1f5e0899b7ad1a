// A worker of this machine, as workers.toml would describe it.

import type { WorkerEntry } from "../../../../lib/remote/client/worker_entry.ts";

export function workerAt(port: number, changed: Partial<WorkerEntry> = {}): WorkerEntry {
  return {
    host: "127.0.0.1",
    port,
    password: "correct horse battery staple",
    secure: false,
    slots: undefined,
    ca: undefined,
    fingerprint: undefined,
    place: "workers.toml, [[workers]] 1",
    ...changed,
  };
}
