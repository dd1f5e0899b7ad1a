// How an encode is left before it is complete: by a signal, or by an error. What was finished is made safe, and one line
// says what that is, what is lost, and how to go on.

import { count } from "../resume/describe.ts";
import type { StopReport } from "../encode/encode_job.ts";
import type { EncodeRun } from "../encode/encode_run.ts";
import type { Output } from "../encode/output.ts";
import type { EncodeStatus } from "../encode/status.ts";
import { IncompleteError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import type { EncodeCommand } from "./command.ts";
import { continuingCommand } from "./continuing.ts";
import type { KeptEncode } from "./kept_encode.ts";
import { programName } from "./program_name.ts";
import type { ProgressDisplay } from "./progress/display.ts";
import { formatFigure } from "./progress/format.ts";
import type { StopSignal } from "./signals.ts";
import { flushStderr } from "./stderr_queue.ts";

/** What a signal or an error finds: as much of it as there is by then. */
export interface Work {
  readonly command: EncodeCommand;
  readonly display: ProgressDisplay;
  /** Frames that are to be encoded; null while nobody knows. */
  readonly frames: number | null;
  /** A signal is being answered: nothing else is to be said, the process is about to leave. */
  stopping?: boolean;
  /** The output is complete and has its name: there is nothing left to stop. */
  isNamed?: boolean;
  output?: Output;
  kept?: KeptEncode;
  /** One of several of the same source, which are spoken of together: what is kept is not added to its errors. */
  readonly isPart?: boolean;
  /** What will be `kept`, while it is being opened. */
  opening?: Promise<KeptEncode>;
  run?: EncodeRun;
}

export const stopWords: Record<StopSignal, string> = {
  SIGINT: "interrupted",
  SIGTERM: "terminated",
  SIGHUP: "the terminal was closed",
};

/** Work that was told to stop. */
export interface StoppedWork {
  /** Its last state and what stopping it loses; undefined where it had not begun. */
  readonly run: { readonly status: EncodeStatus; readonly stopped: StopReport } | undefined;
  /** Finished segments that are kept. */
  readonly segments: number;
  /** Settles when all that is kept is safe. */
  readonly left: Promise<void>;
}

/** Stops the slots; what is on its way to the store is not waited for. */
export function stop(work: Work): StoppedWork {
  const { kept, run } = work;
  work.stopping = true;
  const status = run?.status();
  const stopped = run?.stop();
  const segments = stopped?.segments ?? kept?.restored?.segments.length ?? 0;
  const left = kept ? kept.leave(segments) : leaveWhenOpened(work);
  return { run: status && stopped && { status, stopped }, segments, left };
}

/** For who has nothing more to say: the process leaves meanwhile. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** Several works that were told to stop. */
export interface StoppedWorks {
  /** What stopping them loses. */
  readonly lostSlotSeconds: number;
  /** Finished segments that are kept. */
  readonly segments: number;
  /** Waits until all that is kept is safe, and removes what is unfinished. */
  leave(): Promise<void>;
}

/** As `stop`, for all of them. */
export function stopAll(works: readonly Work[]): StoppedWorks {
  const stopped = works.map(stop);
  return {
    lostSlotSeconds: stopped.reduce((sum, { run }) => sum + (run?.stopped.lostSlotSeconds ?? 0), 0),
    segments: stopped.reduce((sum, { segments }) => sum + segments, 0),
    leave: async () => {
      await Promise.all(stopped.map(({ left }) => left));
      // Last: it gives up the lock that keeps other runs away.
      for (const { output } of works) output?.discard();
      await flushStderr();
    },
  };
}

/** What the command that goes on is. */
export function goOnWith(): string {
  return `go on with: ${continuingCommand(Deno.args, programName())}`;
}

export function lostWork(slotSeconds: number): string {
  return `${formatFigure(slotSeconds / 60)} slot-minutes of unfinished work are lost`;
}

/**
 * Told to leave: the slots are stopped, the line is said at once, what is on its way to the store is waited for, and the
 * unfinished file is removed. Where the output has its name it comes too late: the encode ends by itself in a moment, and
 * as complete as it is.
 */
export async function stopWork(signal: StopSignal, work: Work): Promise<void> {
  const { command, display, frames, output, kept } = work;
  if (work.isNamed) await never();
  // Said before anything is waited for: the next signal leaves at once.
  const { run, segments, left } = stop(work);
  display.finish(run?.status ?? null);
  const again = goOnWith();
  const line = (text: string) => display.message(`${stopWords[signal]} ${text}`, "error");
  if (run === undefined) line(`before encoding began; ${again}`);
  else {
    const after = `after ${
      frames === null ? count(run.status.framesDone, "frame") : `${run.status.framesDone} of ${count(frames, "frame")}`
    }`;
    const lost = lostWork(run.stopped.lostSlotSeconds);
    if (kept?.canBeContinued && segments > 0) {
      line(`${after}; ${lost}, ${keptSegments(segments)} in ${kept.name}; ${again}`);
    } else line(`${after}; ${lost}, nothing of ${quotedPath(command.output)} is kept: the same command starts anew`);
  }
  await left;
  // Last: it gives up the lock that keeps other runs away.
  output?.discard();
  await flushStderr();
}

/** What is being opened is closed again, so that nothing of a run is left that has not begun. */
async function leaveWhenOpened({ opening }: Work): Promise<void> {
  try {
    const kept = await opening;
    await kept?.leave(kept.restored?.segments.length ?? 0);
  } catch {
    // It could not be opened.
  }
}

/** An error ends the encode: what is kept is made safe and added to its message. Gives the error to throw. */
export async function describeEarlyEnd(error: unknown, work: Work): Promise<unknown> {
  const { kept, run, output, stopping, isPart, frames, command } = work;
  if (stopping) await never();
  if (kept === undefined) {
    output?.discard();
    return error;
  }
  const segments = run?.stop().segments ?? kept.restored?.segments.length ?? 0;
  await kept.leave(segments);
  output?.discard();
  // What is refused (another input, say) is not gone on with by the same command.
  if (isPart || !(error instanceof IncompleteError) || !kept.canBeContinued || segments === 0) return error;
  // What is read once is gone on with under another limit as well (lib/resume/limit_change.ts).
  const isFixed = frames !== null || command.scenes !== null;
  const limited = isFixed && error.message.includes("--limit") ? " (with --limit it begins anew: add --restart)" : "";
  // Where nothing but what was set aside is left, the same words would end the same way.
  const again = (kept.restored?.setAside.length ?? 0) > 0 ? "the same command with --resume" : "the same command";
  return new IncompleteError(
    `${error.message}; ${keptSegments(segments)} in ${kept.name}, ${again} goes on${limited}`,
    { cause: error },
  );
}

export function keptSegments(segments: number): string {
  return `${count(segments, "finished segment")} ${segments === 1 ? "is" : "are"} kept`;
}
