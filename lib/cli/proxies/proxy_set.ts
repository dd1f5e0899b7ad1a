// The sizes of one source on their way: what decodes it, and an encode for each. What earlier runs have completed is not
// decoded again; what is kept of any size stays until all are complete, so that the same command goes on from wherever the set
// was. One size that fails lets the others finish what they can. Where keyframes are looked for, the largest size's are
// everyone's: they are those of the video's own encode, and the picture that has most in it is looked at.

import { basename } from "node:path";
import type { EncodeSummary } from "../../encode/encode_job.ts";
import type { EncodeStatus } from "../../encode/status.ts";
import { ExitError } from "../../errors.ts";
import type { FfmpegSource } from "../../inputs/ffmpeg_source.ts";
import { quotedPath } from "../../media/printable.ts";
import type { Decoder } from "../../proxies/decoder.ts";
import type { SameFrames } from "../../proxies/same_frames.ts";
import { count } from "../../resume/describe.ts";
import type { EncodeHost } from "../encode_host.ts";
import { severalStatus } from "../several/several_status.ts";
import { keptSegments, type Work } from "../stopping.ts";
import { setAside } from "./made_before.ts";
import { type OpenedSet, openSet, type Part, type Proxy } from "./open_set.ts";
import { setFailure, type SizeFailure } from "./set_failure.ts";
import { type ProxyEntry, recordOf } from "./proxy_record.ts";

export class ProxySet implements Disposable {
  readonly #slots: number;
  readonly #decoder: Decoder;
  /** What is encoded, or has its name and is kept. */
  readonly #parts: readonly Part[];
  /** What was complete before this set was begun, or went on. */
  readonly recorded: readonly Proxy[];
  readonly #same: SameFrames;
  readonly #host: EncodeHost;
  readonly #began = performance.now();

  private constructor(host: EncodeHost, { decoder, parts, recorded, same }: OpenedSet) {
    this.#host = host;
    this.#slots = host.slots!.slots;
    this.#decoder = decoder;
    this.#parts = parts;
    this.recorded = recorded;
    this.#same = same;
  }

  /** Starts the decoder and waits for its first frame; creates nothing. Throws ExitErrors. */
  static async open(proxies: readonly Proxy[], source: FfmpegSource, host: EncodeHost): Promise<ProxySet> {
    return new ProxySet(host, await openSet(proxies, source, host));
  }

  /** Nothing is left to be done. */
  get isComplete(): boolean {
    return this.#parts.length === 0;
  }

  /** Says what is made again, and makes room for it. Throws ExitErrors. */
  begin(): void {
    const { recorded } = this, { display } = this.#host;
    if (recorded.length > 0) {
      display.message(
        `${count(recorded.length, "proxy", "proxies")} of ${recorded.length + this.#parts.length} are complete already`,
      );
    }
    for (const { proxy: { left, command: { output } } } of this.#parts) {
      if (left.kind === "missing") display.message(`${quotedPath(output)} is not there any more: it is made again`);
      if (left.kind === "cut off") {
        const aside = setAside(output);
        const why = `${quotedPath(output)} has lost its end: it is made again`;
        display.message(aside === undefined ? why : `${why}, what there was is ${quotedPath(aside)}`, "warning");
      }
    }
    for (const { proxy: { left, command } } of this.#parts) {
      if (left.kind !== "complete") recordOf(command.output, command.stateDir).forget([command.output]);
    }
  }

  /** Throws what kept a size from being complete. */
  async run(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#parts.map((part) => this.#encode(part)));
    this.close();
    const failures = outcomes.flatMap((outcome, at): SizeFailure[] =>
      outcome.status === "fulfilled" ? [] : [{ output: this.#parts[at]!.proxy.command.output, error: outcome.reason }]
    );
    if (failures.length === 0) this.#remember();
    for (const { encode } of this.#parts) await (failures.length === 0 ? encode.forget() : encode.leave());
    if (failures.length > 0) throw this.#failure(failures);
  }

  get status(): EncodeStatus {
    const encodes = this.#parts.filter(({ proxy }) => proxy.left.kind !== "complete").map((part) => {
      // Once more after its end, so that all of it counts.
      if (part.run !== undefined && part.summary === undefined) part.lastStatus = part.run.status();
      const isRunning = part.run !== undefined && part.summary === undefined;
      return { name: part.proxy.label, frames: null, status: part.lastStatus, isRunning };
    });
    return severalStatus(encodes, (performance.now() - this.#began) / 1000, this.#slots);
  }

  /** For whoever stops them. */
  get works(): Work[] {
    return this.#parts.map(({ encode }) => encode.work);
  }

  get summaries(): EncodeSummary[] {
    return this.#parts.flatMap(({ summary }) => summary ?? []);
  }

  /** That each of them has; 0 where no size was encoded. */
  get sourceFrames(): number {
    return Math.max(0, ...this.summaries.map(({ frames }) => frames));
  }

  /** For the runs to come; before anything is removed that says the same. */
  #remember(): void {
    const entries = this.#parts.flatMap(
      ({ proxy: { size, command }, encode: { final, identity, work } }): ProxyEntry[] => {
        const plan = this.#same.plan ?? work.kept?.restored?.plan;
        if (final === undefined || plan === undefined) return [];
        const keyframes = command.options.noSceneDetection ? null : plan.keyframes;
        const frames = plan.decided;
        return [{ output: basename(command.output), percent: size.percent, frames, keyframes, identity, final }];
      },
    );
    const { output, stateDir } = this.#parts[0]!.proxy.command;
    try {
      recordOf(output, stateDir).add(entries);
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      this.#host.display.message(`${error.message}; the next run will not know that these are complete`, "warning");
    }
  }

  /** Ends the decoder. */
  close(): void {
    this.#decoder.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #failure(failures: readonly SizeFailure[]): unknown {
    const kept = this.#parts.filter(({ encode: { work } }) => work.kept?.canBeContinued);
    const segments = kept.reduce((sum, { lastStatus }) => sum + (lastStatus?.segmentsDone ?? 0), 0);
    const proxies = count(kept.length, "proxy", "proxies");
    return setFailure(
      failures,
      segments === 0 ? undefined : `${keptSegments(segments)} of ${proxies}, the same command goes on`,
    );
  }

  async #encode(part: Part): Promise<void> {
    const code = await part.encode.run(async (run) => {
      part.run = run;
      try {
        return part.summary = await run.run();
      } finally {
        part.lastStatus = run.status();
      }
    });
    if (code !== 0) throw new TypeError(`An encode ended with ${code} and no error`);
  }
}
