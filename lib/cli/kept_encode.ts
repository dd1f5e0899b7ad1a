// What is kept of an encode between runs, as the encode command uses it: opened when the output is locked, told to the
// user, and left in the right way at every kind of end. Where nothing can be kept beyond this run (standard output, a
// pipe) finished segments wait in a private file that is gone with the process.

import { basename, dirname, join } from "node:path";
import { armCrashMark, readCrashMark } from "../../ffi/crash_mark.ts";
import { type Library } from "../../ffi/library.ts";
import { killPoint } from "../encode/fault_points.ts";
import { frameSpan } from "../encode/encode_run.ts";
import type { OutputTarget } from "../encode/output.ts";
import type { KeptWork } from "../encode/segment_store.ts";
import { quotedPath } from "../media/printable.ts";
import { UsageError } from "../errors.ts";
import type { FileInput } from "../encode/file_frames.ts";
import type { Fingerprint } from "../resume/fingerprint.ts";
import { differentFrames } from "../resume/frame_check.ts";
import type { Identity } from "../resume/identity.ts";
import { checkPlace, lockPlace, type Place, type StorePlace } from "../resume/place.ts";
import { type Restored, ResumeStore } from "../resume/store.ts";
import { temporaryFolder } from "../resume/temporary_folder.ts";
import type { EncodeCommand } from "./command.ts";

export interface KeptEncodeOptions {
  readonly command: Pick<EncodeCommand, "resume" | "skip" | "stateDir" | "output">;
  readonly target: OutputTarget;
  readonly place: Place;
  readonly identity: Identity;
  /** An output that exists may be replaced. */
  readonly mayReplace: boolean;
  readonly library: Library;
  /** Told how much of an existing store is verified, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

export class KeptEncode {
  readonly store: ResumeStore;
  /** undefined where nothing was kept before. */
  readonly restored: Restored | undefined;
  readonly #options: KeptEncodeOptions;
  readonly #lock: Disposable | undefined;
  #left = false;

  private constructor(
    store: ResumeStore,
    restored: Restored | undefined,
    options: KeptEncodeOptions,
    lock: Disposable | undefined,
  ) {
    this.store = store;
    this.restored = restored;
    this.#options = options;
    this.#lock = lock;
  }

  /** The output must be locked. Throws ExitErrors: what is kept belongs to another encode, or cannot be opened. */
  static async open(options: KeptEncodeOptions): Promise<KeptEncode> {
    const { command, target, place, identity, mayReplace, library, onProgress } = options;
    if (place.kind === "none" || target.kind !== "file") {
      const unused = { output: "", mayReplace, temporaryFolder: temporaryFolder() };
      const { store } = await ResumeStore.open("", identity, unused);
      return new KeptEncode(store, undefined, options, undefined);
    }
    const name = storeName(place, command);
    checkPlace(place, name, command.resume === "restart");
    const lock = lockPlace(place, name);
    try {
      const { store, restored } = await ResumeStore.open(place.store, identity, {
        name,
        output: target.path,
        mayReplace,
        crash: readCrashMark(place.crash),
        tryAgain: command.resume === "resume",
        restart: command.resume === "restart",
        onProgress,
      });
      // What it says is in the store now.
      removeIfThere(place.crash);
      armCrashMark(library, place.crash);
      killPoint("store-opened");
      return new KeptEncode(store, restored, options, lock);
    } catch (error) {
      lock?.[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether the output is complete and has its name already: only the store was still to be removed. */
  async isComplete(): Promise<boolean> {
    const { target } = this.#options, final = this.restored?.final;
    return target.kind === "file" && final !== undefined && await this.store.isThatOutput(target.path, final);
  }

  /**
   * Compares the frames of finished segments with a file's, where they may not be the same any more. Throws UsageError
   * where they are not.
   */
  async checkFrames(input: FileInput, fingerprint: Fingerprint, note: (text: string) => void): Promise<void> {
    const { restored } = this;
    if (restored?.input !== "check-frames") return;
    const frames = restored.segments.reduce((sum, segment) => sum + segment.frames, 0);
    if (frames > 0) {
      note(`the input is not where or as old as it was: comparing the ${frames} frames that were finished`);
    }
    const different = await differentFrames({ input, segments: restored.segments });
    if (different.length > 0) {
      const spans = different.map(({ index }) => this.#span(index)).join(", ");
      throw new UsageError(
        `Cannot go on with ${this.name}: the input's ${spans} are not those that were encoded; ` +
          "give the same input, or add --restart to begin anew",
      );
    }
    await this.store.confirmInput(fingerprint);
  }

  /** What the run is given of it. `deferred`: segments may be put off until all others are done. */
  work(deferred: boolean): KeptWork | undefined {
    const { restored } = this;
    if (restored === undefined) return undefined;
    const reason = "they took the process down 3 times; --resume tries them again";
    return {
      segments: new Map(restored.segments.map((segment) => [segment.index, segment])),
      setAside: new Map(restored.setAside.map((index) => [index, reason])),
      deferred: deferred ? restored.runLast : [],
    };
  }

  /** Lines for the user on what was found; warnings apart. */
  lines(): { notes: string[]; warnings: string[] } {
    const { restored } = this;
    const notes: string[] = [], warnings: string[] = [];
    const { place } = this.#options;
    if (place.kind === "none") notes.push(`no resume: ${place.why}`);
    if (restored === undefined) return { notes, warnings };
    const { segments, plan, begun, damaged, mended, blamed, setAside, slotLimit, memoryWasShort } = restored;
    const spans = (indexes: readonly number[]) => indexes.map((index) => this.#span(index)).join(", ");
    if (segments.length > 0) {
      const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
      const of = plan.complete ? ` of ${plan.keyframes.length}` : "";
      notes.push(
        `continuing: ${segments.length}${of} segments (${frames} frames) were finished since ${localTime(begun)}; ` +
          "--restart begins anew",
      );
    }
    if (damaged.length > 0) warnings.push(`damaged in ${this.name}: ${spans(damaged)}; they are encoded again`);
    else if (mended) warnings.push(`${this.name} was damaged; all finished segments could be read`);
    const suspected = blamed.filter((index) => !setAside.includes(index));
    if (suspected.length > 0) {
      warnings.push(`the last run was taken down in ${spans(suspected)}; they come last this time`);
    }
    if (setAside.length > 0) {
      warnings.push(
        `left out, since they took the process down 3 times: ${spans(setAside)}; --resume tries them again`,
      );
    }
    if (slotLimit !== null) {
      warnings.push(
        `${
          memoryWasShort ? "the last run was killed with memory short" : "an earlier run was killed with memory short"
        }: ` +
          `${slotLimit} ${slotLimit === 1 ? "slot" : "slots"} at the most this time`,
      );
    }
    return { notes, warnings };
  }

  /** The output has its name: nothing is kept any more. Throws IncompleteError where what is kept cannot be removed. */
  async finish(): Promise<void> {
    this.#left = true;
    try {
      await this.store.remove();
    } finally {
      this.#lock?.[Symbol.dispose]();
    }
    killPoint("store-removed");
  }

  /** Whether the same command can go on with what is kept: false too where it was moved or removed meanwhile. */
  get canBeContinued(): boolean {
    const { place } = this.#options;
    try {
      return place.kind === "file" && Deno.statSync(place.store).isFile;
    } catch {
      return false;
    }
  }

  /** The store's name, for messages. */
  get name(): string {
    const { place, command } = this.#options;
    if (place.kind === "none") return "the resume file";
    return quotedPath(storeName(place, command));
  }

  /**
   * The run ends before the encode is complete, with so many segments finished in all. What is kept is made safe; an empty
   * store is removed, unless it stands in for another one. The second call does nothing.
   */
  async leave(segments: number): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    const isEmpty = segments === 0 && this.restored === undefined && this.#options.command.resume !== "restart";
    if (isEmpty) await this.store.remove().catch(() => {});
    else await this.store.close(true);
    this.#lock?.[Symbol.dispose]();
  }

  /** A segment by its frames of the input. */
  #span(index: number): string {
    const { keyframes, decided } = this.restored!.plan, { skip } = this.#options.command;
    const first = keyframes[index];
    if (first === undefined) return `segment ${index}`;
    return frameSpan(skip + first, skip + (keyframes[index + 1] ?? decided) - 1);
  }
}

/** The store's path as the user would write it. */
export function storeName(
  { store }: StorePlace,
  { stateDir, output }: Pick<EncodeCommand, "stateDir" | "output">,
): string {
  return join(stateDir ?? dirname(output), basename(store));
}

/** "2026-11-21 07:45", the machine's own time. */
function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
