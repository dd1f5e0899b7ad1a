// Several inputs, encoded in their order by slots that they share: the next one begins as soon as those that are under way
// leave slots idle, so that none waits for the tail of another. One that fails is said at once and does not stop the rest.

import { openY4mFile } from "../../media/y4m_file.ts";
import type { EncodeSummary } from "../../encode/encode_job.ts";
import type { EncodeRun } from "../../encode/encode_run.ts";
import type { SharedSlots } from "../../encode/shared_slots.ts";
import type { EncodeStatus } from "../../encode/status.ts";
import { ExitError } from "../../errors.ts";
import { isThere } from "../../machine/files.ts";
import { printable } from "../../media/printable.ts";
import type { EncodeCommand } from "../command.ts";
import type { EncodeHost } from "../encode_host.ts";
import { checkPlaces, type EncodePlaces } from "../encode_places.ts";
import { frameRange } from "../frame_range.ts";
import { OneEncode } from "../one_encode.ts";
import type { ProgressDisplay } from "../progress/display.ts";
import { labelledDisplay } from "../progress/labelled.ts";
import type { Work } from "../stopping.ts";
import type { CompleteRecord } from "./complete_record.ts";
import { type EncodePart, severalStatus } from "./several_status.ts";

/** Encodes whose inputs are too slow for the slots that there are may be this many at once; memory is the limit then. */
const mostUnexhausted = 4;
/** Slots that are idle for so long, though inputs are not at their ends, are idle because these are slow. */
const slowInputMs = 2000;

/** How an encode stands. */
export type EncodeState = "waiting" | "running" | "complete" | "complete before" | "failed";

class Part implements EncodePart {
  state: EncodeState = "waiting";
  frames: number | null = null;
  places: EncodePlaces | undefined;
  encode: OneEncode | undefined;
  run: EncodeRun | undefined;
  summary: EncodeSummary | undefined;
  #last: EncodeStatus | undefined;

  constructor(readonly command: EncodeCommand, readonly name: string) {}

  get isRunning(): boolean {
    return this.run !== undefined && this.state === "running";
  }

  get status(): EncodeStatus | undefined {
    return this.isRunning ? this.#last = this.run!.status() : this.#last;
  }
}

export class SeveralEncodes {
  readonly #host: EncodeHost;
  readonly #slots: SharedSlots;
  readonly #record: CompleteRecord;
  readonly #parts: readonly Part[];
  readonly #done = Promise.withResolvers<void>();
  #isBeginning = false;
  #slowInput: ReturnType<typeof setTimeout> | undefined;
  #beganMs = performance.now();

  constructor(
    commands: readonly EncodeCommand[],
    { host, slots, record }: { host: EncodeHost; slots: SharedSlots; record: CompleteRecord },
  ) {
    this.#host = host;
    this.#slots = slots;
    this.#record = record;
    this.#parts = commands.map((command) => new Part(command, printable(command.output.replace(/^.*\//s, ""))));
  }

  /** Looks at all inputs and outputs before any is encoded, and says what is wrong with them. */
  async check(): Promise<void> {
    for (const part of this.#parts) {
      if (this.#record.has(part.command)) part.state = "complete before";
      else await this.#guarded(part, () => this.#checkPart(part));
    }
  }

  /** Resolves when each is complete or has failed. */
  async run(): Promise<void> {
    this.#beganMs = performance.now();
    this.#beginNext();
    await this.#done.promise;
    clearTimeout(this.#slowInput);
  }

  /** Slots are idle that no encode can use. */
  onSpare(): void {
    if (this.#slots.areExhausted) return this.#beginNext();
    this.#slowInput ??= setTimeout(() => {
      this.#slowInput = undefined;
      const running = this.#parts.filter(({ state }) => state === "running").length;
      if (this.#slots.running < this.#slots.slots && running < mostUnexhausted) this.#beginNext();
    }, slowInputMs);
  }

  get status(): EncodeStatus {
    const parts = this.#parts.filter(({ state }) => state !== "complete before" && state !== "failed");
    return severalStatus(parts, (performance.now() - this.#beganMs) / 1000, this.#slots.slots);
  }

  /** Those that are under way, for whoever stops them. */
  get works(): Work[] {
    return this.#parts.flatMap(({ state, encode }) => state === "running" && encode ? [encode.work] : []);
  }

  get summaries(): EncodeSummary[] {
    return this.#parts.flatMap(({ summary }) => summary ?? []);
  }

  /** How many stand so. */
  count(...states: EncodeState[]): number {
    return this.#parts.filter(({ state }) => states.includes(state)).length;
  }

  /** Inputs of those that failed. */
  get failed(): string[] {
    return this.#parts.filter(({ state }) => state === "failed").map(({ command }) => command.input);
  }

  async #checkPart(part: Part): Promise<void> {
    const nobody = { stdinIsTerminal: false, stdoutIsTerminal: false, stderrIsTerminal: false };
    const surroundings = { ...nobody, confirm: () => Promise.resolve(false) };
    const { command } = part, places = part.places = await checkPlaces(command, surroundings);
    if (places.input.kind !== "file") return;
    const frameRateOverride = command.timeBase !== undefined;
    part.frames = frameRange(openY4mFile(command.input, { frameRateOverride }), command).frames;
  }

  #beginNext(): void {
    // One after the other: what it needs is known when it runs.
    if (this.#isBeginning) return;
    const part = this.#parts.find(({ state }) => state === "waiting");
    if (part === undefined) {
      if (!this.#parts.some(({ state }) => state === "running")) this.#done.resolve();
      return;
    }
    part.state = "running";
    this.#isBeginning = true;
    this.#guarded(part, () => this.#encode(part)).then(() => {
      if (part.encode?.work.run === undefined) this.#isBeginning = false;
      this.#beginNextIfIdle();
    });
  }

  /** The last one that was under way must not be waited for by those that wait. */
  #beginNextIfIdle(): void {
    if (this.#slots.areExhausted) this.#beginNext();
  }

  async #encode(part: Part): Promise<void> {
    const { command } = part;
    // By another command for the same folder.
    if (!part.places!.existed && isThere(command.output)) this.#record.refresh();
    if (this.#record.has(command)) {
      part.state = "complete before";
      return viewOf(part, this.#host.display).message("another run has completed it meanwhile");
    }
    part.encode = await OneEncode.prepare(command, part.places!, this.#host, viewOf(part, this.#host.display));
    const code = await part.encode.run(async (run) => {
      part.run = run;
      const running = run.run();
      this.#isBeginning = false;
      try {
        return part.summary = await running;
      } finally {
        // The last state, while there is one.
        void part.status;
      }
    });
    if (code !== 0) throw new TypeError(`An encode ended with ${code} and no error`);
    part.state = "complete";
    try {
      this.#record.add(command);
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      this.#host.display.message(`${error.message}; the next run will not know that this one is complete`, "warning");
    }
  }

  /** An error is said and is the part's alone. */
  async #guarded(part: Part, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      part.state = "failed";
      const isOurs = error instanceof ExitError;
      const text = error instanceof Error ? error.message : String(error);
      const stack = !isOurs && part.command.verbose && error instanceof Error ? `\n${error.stack}` : "";
      viewOf(part, this.#host.display).message(`${isOurs ? "" : "internal error: "}${text}${stack}`, "error");
    }
  }
}

function viewOf({ name, command: { output } }: Part, display: ProgressDisplay): ProgressDisplay {
  return labelledDisplay(display, name, { output });
}
