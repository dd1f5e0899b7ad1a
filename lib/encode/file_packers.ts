// The threads that make packs from a file: as many as the slots need that are given some, started when they are first needed.

import { packBound } from "../../ffi/packs.ts";
import { packersFor } from "../pipe/pipe_memory.ts";
import type { FilePackerInput, FilePackerReport, FilePackerSetup } from "./file_packer_thread.ts";
import type { FilePackJob } from "./file_packs.ts";

export interface FilePackerEvents {
  made(id: number, bytes: number): void;
  /** The frames could not be read. */
  notMade(id: number, reason: string): void;
  /** The threads cannot go on. */
  failed(reason: string): void;
}

export class FilePackers {
  readonly #setup: FilePackerSetup;
  readonly #events: FilePackerEvents;
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #cpuSeconds = new Map<Worker, number>();

  constructor(setup: FilePackerSetup, events: FilePackerEvents) {
    this.#setup = setup;
    this.#events = events;
  }

  /** Starts the first thread ahead of its first pack. */
  prepare(): void {
    if (this.#workers.length === 0) this.#idle.push(this.#start());
  }

  get cpuSeconds(): number {
    return [...this.#cpuSeconds.values()].reduce((sum, seconds) => sum + seconds, 0);
  }

  /** False where no thread is free, and there are enough for so many slots. */
  make({ id, input, first, frames, offset }: FilePackJob, slots: number): boolean {
    const worker = this.#idle.pop() ?? (this.#workers.length < packersFor(slots) ? this.#start() : undefined);
    const room = packBound(input.layout.frameBytes, frames);
    worker?.postMessage({ kind: "job", job: { id, input, first, frames, offset, room } } satisfies FilePackerInput);
    return worker !== undefined;
  }

  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./file_packer_thread.ts", import.meta.url), {
      type: "module",
      name: `file packer ${this.#workers.length}`,
    });
    worker.onmessage = ({ data }: MessageEvent<FilePackerReport>) => {
      if (data.kind === "failed") return this.#events.failed(data.reason);
      this.#cpuSeconds.set(worker, data.cpuSeconds);
      this.#idle.push(worker);
      if (data.kind === "made") this.#events.made(data.id, data.bytes);
      else this.#events.notMade(data.id, data.reason);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#events.failed(`its thread ended: ${event.message}`);
    };
    worker.postMessage({ kind: "setup", setup: this.#setup } satisfies FilePackerInput);
    this.#workers.push(worker);
    return worker;
  }
}
