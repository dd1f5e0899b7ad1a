// What is kept of an encode between runs, as the encode command uses it: opened when the output is locked, told to the
// user, and left in the right way at every kind of end. Where nothing can be kept beyond this run (standard output, a
// pipe) finished segments wait in a private file that is gone with the process.

import { basename, dirname, join } from "node:path";
import { armCrashMark, type ArmedMark, disarmCrashMark, readCrashMark } from "../../ffi/crash_mark.ts";
import { type Library } from "../../ffi/library.ts";
import { killPoint } from "../encode/fault_points.ts";
import type { OutputTarget } from "../encode/output_target.ts";
import type { KeptWork } from "../encode/segment_store.ts";
import { removeIfThere } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import { UsageError } from "../errors.ts";
import type { FileInput } from "../encode/file_frames.ts";
import { describeRestored, frameList } from "../resume/describe.ts";
import type { Fingerprint } from "../resume/fingerprint.ts";
import { differentFrames } from "../resume/frame_check.ts";
import type { Identity } from "../resume/identity.ts";
import { checkPlace, type Place, type StorePlace } from "../resume/place.ts";
import { lockPlace } from "../resume/place_lock.ts";
import { type Restored, ResumeStore, type startStoreThread } from "../resume/store.ts";
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
  readonly storeThread: ReturnType<typeof startStoreThread>;
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
    /** Where a crash is marked; undefined where nothing is kept beyond this run. */
    readonly crashMark: ArmedMark | undefined,
  ) {
    this.store = store;
    this.restored = restored;
    this.#options = options;
    this.#lock = lock;
  }

  /** The output must be locked. Throws ExitErrors: what is kept belongs to another encode, or cannot be opened. */
  static async open(options: KeptEncodeOptions): Promise<KeptEncode> {
    const { command, target, place, identity, mayReplace, library, storeThread: thread, onProgress } = options;
    if (place.kind === "none" || target.kind !== "file") {
      const unused = { output: "", mayReplace, thread, temporaryFolder: temporaryFolder() };
      const { store } = await ResumeStore.open("", identity, unused);
      return new KeptEncode(store, undefined, options, undefined, undefined);
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
        thread,
        onProgress,
      });
      // What it says is in the store now.
      removeIfThere(place.crash);
      const crashMark = armCrashMark(library, place.crash);
      killPoint("store-opened");
      return new KeptEncode(store, restored, options, lock, crashMark);
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
      throw new UsageError(
        `Cannot go on with ${this.name}: ${
          frameList(different, this.#options.command.skip)
        } of the input are not those ` +
          "that were encoded; " +
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

  /** Lines for the user on what was found. `frames`: those to encode; null while nobody knows. `putsOff`: suspects come last. */
  lines(frames: number | null, putsOff: boolean): { text: string; warning: boolean }[] {
    const { place, command: { skip } } = this.#options;
    if (place.kind === "none") return [{ text: `no resume: ${place.why}`, warning: false }];
    return this.restored === undefined ? [] : describeRestored(this.restored, { skip, frames, putsOff });
  }

  /** The output has its name: nothing is kept any more. Throws IncompleteError where what is kept cannot be removed. */
  async finish(): Promise<void> {
    this.#left = true;
    this.#disarm();
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
    this.#disarm();
    const isEmpty = segments === 0 && this.restored === undefined && this.#options.command.resume !== "restart";
    if (isEmpty) await this.store.remove().catch(() => {});
    else await this.store.close(true);
    this.#lock?.[Symbol.dispose]();
  }

  /** No slot is at work any more: what crashes now is another encode's doing. */
  #disarm(): void {
    if (this.crashMark !== undefined) disarmCrashMark(this.#options.library, this.crashMark);
  }
}

/** The store's path as the user would write it. */
export function storeName(
  { store }: StorePlace,
  { stateDir, output }: Pick<EncodeCommand, "stateDir" | "output">,
): string {
  return join(stateDir ?? dirname(output), basename(store));
}
