// What all encodes of one process have in common, each made once: the display, the encoder library, the workers, and the
// slots where several encodes share them. The library may have to be built first; the build's moving line is no progress of an
// encode and is shown where that would be.

import { libraryFile } from "../../ffi/build/library_file.ts";
import { type Library, openLibrary } from "../../ffi/library.ts";
import type { SharedSlots } from "../encode/shared_slots.ts";
import { residentBytes } from "../machine/memory.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import type { EncoderIdentity } from "../remote/messages.ts";
import type { EncodeCommand } from "./command.ts";
import { workersOf } from "./encode_fleet.ts";
import { createProgress, type ProgressDisplay } from "./progress/display.ts";
import { processStderr } from "./progress/stderr.ts";

/** What of a command is the process's. */
export type HostCommand = Pick<EncodeCommand, "progress" | "quiet" | "workers" | "noLocal">;

export interface OpenedEncoder {
  /** Path of the library. */
  readonly path: string;
  readonly library: Library;
}

export class EncodeHost {
  #encoder: Promise<OpenedEncoder> | undefined;
  #identity: Promise<EncoderIdentity> | undefined;
  #workers: Promise<readonly WorkerEntry[]> | undefined;

  /** What the process holds before it encodes anything, in bytes. */
  readonly idleBytes = residentBytes();

  private constructor(
    readonly command: HostCommand,
    readonly display: ProgressDisplay,
    /** Slots that all encodes share; undefined where there is one encode. */
    readonly slots: SharedSlots | undefined,
  ) {}

  static async open(command: HostCommand, slots?: SharedSlots): Promise<EncodeHost> {
    const display = await createProgress(command.progress, {
      stderr: processStderr,
      environment: { TERM: Deno.env.get("TERM"), NO_COLOR: Deno.env.get("NO_COLOR") },
      quiet: command.quiet,
    });
    return new EncodeHost(command, display, slots);
  }

  /** Throws ExitErrors: it cannot be built. */
  encoder(): Promise<OpenedEncoder> {
    return this.#encoder ??= this.#openEncoder();
  }

  /** Those that the command line or ./workers.toml names. Throws InputError. */
  workers(): Promise<readonly WorkerEntry[]> {
    return this.#workers ??= workersOf(this.command, this.display);
  }

  /** What workers compare with their own; found by encoding, once. */
  identity(): Promise<EncoderIdentity> {
    return this.#identity ??= this.#probe();
  }

  async #probe(): Promise<EncoderIdentity> {
    const [{ encoderIdentity }, { path }] = await Promise.all([import("../encode/probe.ts"), this.encoder()]);
    return await encoderIdentity(path);
  }

  async #openEncoder(): Promise<OpenedEncoder> {
    const { progress, quiet } = this.command;
    const isSilent = quiet || progress === "none" || progress === "json";
    const path = await libraryFile((line) => this.display.message(line), isSilent ? { progress: () => {} } : {});
    return { path, library: openLibrary(path) };
  }
}
