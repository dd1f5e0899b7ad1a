// Scene detection in a thread of its own (detector_thread.ts), seen from the main thread: reports come in order, the
// thread is allowed so many segments, and it ends with a complete report or a failure.

import type { DetectorReport, DetectorSetup } from "./detector_thread.ts";

export class SceneDetection {
  readonly #allowance = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker;

  /** Starts at once, allowed `segments` segments. */
  constructor(setup: Omit<DetectorSetup, "allowance">, segments: number, onReport: (report: DetectorReport) => void) {
    this.#allowance[0] = segments;
    this.#worker = new Worker(new URL("./detector_thread.ts", import.meta.url), { type: "module", name: "detector" });
    this.#worker.onmessage = ({ data }: MessageEvent<DetectorReport>) => {
      onReport(data);
      if (data.kind === "failed" || (data.kind === "detected" && data.detected.complete)) this.close();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.close();
      onReport({ kind: "failed", reason: `its thread ended: ${event.message}` });
    };
    this.#worker.postMessage({ ...setup, allowance: this.#allowance.buffer } satisfies DetectorSetup);
  }

  /** Lets the detector find so many segments in all. */
  allow(segments: number): void {
    if (segments <= Atomics.load(this.#allowance, 0)) return;
    Atomics.store(this.#allowance, 0, segments);
    Atomics.notify(this.#allowance, 0);
  }

  close(): void {
    this.#worker.terminate();
  }
}
