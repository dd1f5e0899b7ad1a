// The command for several inputs: what is said before, while and after they are encoded. Its end is good (exit 0) only where
// all outputs are complete.

import { join } from "node:path";
import { detectWithoutAssembly } from "../../encode/scalar_detection.ts";
import { SharedSlots } from "../../encode/shared_slots.ts";
import { ExitError, IncompleteError } from "../../errors.ts";
import { quotedPath } from "../../media/printable.ts";
import { count } from "../../resume/describe.ts";
import type { SeveralCommand } from "../command.ts";
import { EncodeHost } from "../encode_host.ts";
import { type StopSignal, watchSignals } from "../signals.ts";
import { goOnWith, lostWork, stopAll, stopWords } from "../stopping.ts";
import { supervise } from "../supervise.ts";
import { wantedSlots } from "../wanted_slots.ts";
import { CompleteRecord, recordName } from "./complete_record.ts";
import { efficiencyText, totalsOf } from "./totals.ts";
import { encodesOf } from "./items.ts";
import { SeveralEncodes } from "./several_encodes.ts";

/** Inputs that failed are named, up to so many. */
const mostNamed = 10;

/** Returns the exit code; throws ExitErrors. */
export async function severalCommand(command: SeveralCommand): Promise<number> {
  const encodes = encodesOf(command), { encode } = command;
  const slots = new SharedSlots(encode.noLocal ? 0 : wantedSlots(encode.threads), () => several.onSpare());
  const host = await EncodeHost.open(encode, slots), { display } = host;
  const record = new CompleteRecord(recordPath(command));
  const several = new SeveralEncodes(encodes, { host, slots, record });
  await several.check();
  const before = several.count("complete before");
  if (before > 0) display.message(`${completeOf(before, encodes.length)} already`);
  prepareProcess(command);
  const began = performance.now();
  slots.begin();
  if (several.count("waiting") > 0) {
    using _signals = watchSignals((signal) => stopSeveral(signal, several, host));
    await supervise(display, () => several.status, () => several.run());
  }
  const seconds = (performance.now() - began) / 1000;
  const { failed } = several;
  const complete = several.count("complete", "complete before");
  const words = completeOf(complete, encodes.length);
  if (failed.length > 0) {
    const named = failed.slice(0, mostNamed).map((input) => quotedPath(input)).join(", ");
    const more = failed.length > mostNamed ? ` and ${failed.length - mostNamed} more` : "";
    throw new IncompleteError(
      `${words}; failed: ${named}${more} (see above); the same command leaves out what is complete and tries the rest again`,
    );
  }
  try {
    record.remove(encodes);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    display.message(`${error.message}; the next run will take these outputs for complete`, "warning");
  }
  const facts = totalsOf(several.summaries, slots, seconds);
  const work = facts.frames > 0
    ? `: ${count(facts.frames, "frame")} in ${facts.seconds.toFixed(0)} s, ${facts.fps.toFixed(2)} fps, ` +
      efficiencyText(facts)
    : "";
  display.summary(`${words}${work}`, { outputs: encodes.length, ...facts });
  return 0;
}

/** "1 of 3 outputs is complete". */
function completeOf(complete: number, outputs: number): string {
  return `${complete} of ${count(outputs, "output")} ${complete === 1 || outputs === 1 ? "is" : "are"} complete`;
}

/** Beside the outputs, or where what is kept is kept; undefined where that is nowhere. */
function recordPath({ folder, queue, encode: { stateDir } }: SeveralCommand): string | undefined {
  const place = stateDir ?? folder;
  if (place !== undefined) return join(place, recordName);
  return queue === null || queue === "-" ? undefined : `${queue}${recordName}`;
}

/** Before any thread is started: some of the inputs may be encoded in one piece. */
function prepareProcess({ encode: { options } }: SeveralCommand): void {
  const mayBeOnePiece = options.highBitdepth || options.rdoLookaheadFrames !== null && options.rdoLookaheadFrames < 4;
  if (mayBeOnePiece) detectWithoutAssembly();
}

/** As stopWork, for all that are under way. */
async function stopSeveral(signal: StopSignal, several: SeveralEncodes, { display }: EncodeHost): Promise<void> {
  const { works, status } = several, { lostSlotSeconds, segments, leave } = stopAll(works);
  display.finish(status);
  const total = several.count("waiting", "running", "complete", "complete before", "failed");
  display.message(
    `${stopWords[signal]} after ${status.framesDone}${status.frames === null ? "" : ` of ${status.frames}`} frames; ` +
      `${lostWork(lostSlotSeconds)}, ${completeOf(several.count("complete", "complete before"), total)}, ` +
      `${count(segments, "finished segment")} of those at work ${segments === 1 ? "is" : "are"} kept; ` +
      goOnWith(),
    "error",
  );
  await leave();
}
