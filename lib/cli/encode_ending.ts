// How an encode ends that was not stopped: the output gets its name, or what there is of it is kept, and one line says
// how it went.

import type { EncodeSummary } from "../encode/encode_job.ts";
import { frameSpan } from "../encode/encode_run.ts";
import type { FinalOutput } from "../encode/final_output.ts";
import type { Output } from "../encode/output.ts";
import { ExitError, IncompleteError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import type { EncodeCommand } from "./command.ts";
import type { EncodeInput } from "./encode_input.ts";
import { describeGrowth, describeRewriting } from "./input_changes.ts";
import type { KeptEncode } from "./kept_encode.ts";
import type { ProgressDisplay } from "./progress/display.ts";
import { never, type Work } from "./stopping.ts";
import { summaryFacts, summaryText } from "./summary.ts";

export interface Ending {
  readonly summary: EncodeSummary;
  readonly input: EncodeInput;
  /** The video's, frames a second. */
  readonly frameRate: number;
  readonly output: Output;
  readonly kept: KeptEncode;
  readonly display: ProgressDisplay;
  readonly command: EncodeCommand;
  /** A file that has the output's name by now. */
  readonly mayReplace: boolean;
  /** Told when the output has its name; where it is being stopped, nothing more is done. */
  readonly work: Work;
  /** What is kept stays, for whoever else depends on it. */
  readonly staysKept?: boolean;
  /** What the file is by its content, before it has its name. */
  onFinal(final: FinalOutput): void;
}

/** Gives the output its name, or keeps what there is, and says how it went. Returns the exit code. */
export async function conclude(ending: Ending): Promise<number> {
  const { summary, input, frameRate, output, kept, display, command, mayReplace, work, staysKept, onFinal } = ending;
  const { abandoned, cutShort } = summary;
  if (cutShort !== undefined) throw cutShort;
  const frames = input.frames ?? summary.frames + abandoned.reduce((sum, { segment }) => sum + segment.frames!, 0);
  const cannotComplete = `Cannot complete ${quotedPath(command.output)}`;
  if (abandoned.length > 0) {
    const lost = abandoned.map(({ segment, failures }) => {
      const first = command.skip + segment.first;
      return `${frameSpan(first, first + segment.frames! - 1)} (${failures.at(-1)})`;
    });
    const part = await output.keep(summary.frames);
    throw new IncompleteError(
      `${cannotComplete}: ${summary.frames} of ${frames} frames were encoded; missing: ${lost.join(", ")}` +
        (part === undefined ? "" : `; the others are in ${part}`),
    );
  }
  if (summary.frames !== frames) {
    throw new IncompleteError(`${cannotComplete}: ${summary.frames} packets were written for ${frames} frames`);
  }
  const beyond = command.forceKeyframes.find((frame) => frame >= frames);
  if (beyond !== undefined) {
    display.message(
      `--force-keyframes ${beyond}: there were ${frames} frames to encode, 0 to ${frames - 1}`,
      "warning",
    );
  }
  const growth = input.kind === "file" ? describeGrowth(input.file, command) : undefined;
  if (growth !== undefined) {
    const part = await output.keep(summary.frames);
    // What is kept is another input's now: the same command would refuse it.
    throw new ExitError(
      1,
      `${cannotComplete}: ${growth}; ${part === undefined ? "" : `those are in ${part}; `}` +
        "when it is whole, encode it anew with --restart",
    );
  }
  await output.finish(frames, {
    // It was made by another program: nothing of it is known before it is read.
    digest: (path) => kept.store.digest(path, 0),
    mark: (final) => {
      onFinal(final);
      return kept.store.markFinal(final);
    },
    mayReplace,
  });
  // What a signal that came before this has said, that the same command goes on, stays true: it finds all complete.
  if (work.stopping) await never();
  work.isNamed = true;
  if (!staysKept) await removeKept(kept, command, display);
  const rewriting = input.kind === "file" ? describeRewriting(input.file) : undefined;
  if (rewriting !== undefined) display.message(rewriting, "warning");
  const facts = summaryFacts(command.output, summary, output.bytes, frameRate);
  display.summary(summaryText(facts), facts);
  return 0;
}

/** The output has its name: a resume file that cannot be removed makes it no less complete. */
export async function removeKept(kept: KeptEncode, { output }: EncodeCommand, display: ProgressDisplay): Promise<void> {
  try {
    await kept.finish();
  } catch (error) {
    if (!(error instanceof IncompleteError)) throw error;
    display.message(`${error.message}, ${quotedPath(output)} is complete without it`, "warning");
  }
}

/** A run before this one gave the output its name and was killed before it could tidy up. */
export async function alreadyComplete(
  command: EncodeCommand,
  kept: KeptEncode,
  output: Output,
  display: ProgressDisplay,
): Promise<number> {
  await removeKept(kept, command, display);
  output.discard();
  display.message(`${quotedPath(command.output)} is complete already; nothing was left to do`);
  return 0;
}
