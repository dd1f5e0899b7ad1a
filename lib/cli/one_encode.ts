// One encode from its checked places to its exit code: it is prepared, which opens the input and creates nothing; it runs,
// and from then on leaves no half file under the output's name, and everything that was finished where the same command
// finds it.

import type { EncodeSummary } from "../encode/encode_job.ts";
import { EncodeRun } from "../encode/encode_run.ts";
import type { FinalOutput } from "../encode/final_output.ts";
import { Output } from "../encode/output.ts";
import { hasComeUp } from "../encode/output_target.ts";
import type { Member } from "../encode/shared_slots.ts";
import { OwnSlots } from "../encode/slot_limit.ts";
import { isThere } from "../machine/files.ts";
import { IncompleteError, UsageError } from "../errors.ts";
import { longestWholeSegment } from "../machine/pack_budget.ts";
import { quotedPath } from "../media/printable.ts";
import type { Identity } from "../resume/identity.ts";
import type { EncodeCommand } from "./command.ts";
import { alreadyComplete, conclude, removeKept } from "./encode_ending.ts";
import type { EncodeHost } from "./encode_host.ts";
import { claimedFrames, closeInput, fileInput } from "./encode_input.ts";
import { describeGrowth } from "./input_changes.ts";
import type { EncodePlaces } from "./encode_places.ts";
import { planSource } from "./encode_source.ts";
import { describeFailure } from "./failure_text.ts";
import { KeptEncode } from "./kept_encode.ts";
import { outputOptions } from "./output_options.ts";
import { type PreparedEncode, prepareEncode, type SizeOfMany } from "./prepared_encode.ts";
import type { ProgressDisplay } from "./progress/display.ts";
import { describeEarlyEnd, type Work } from "./stopping.ts";

/** Verifying what is kept is mentioned where it takes longer than this. */
const verifyingIsSlowMs = 1500;

export class OneEncode {
  readonly #prepared: PreparedEncode;
  /** For whoever stops it. */
  readonly work: Work;
  /** What the output is by its content; undefined before it is complete. */
  final: FinalOutput | undefined;

  private constructor(prepared: PreparedEncode) {
    const { command, display, input, size } = this.#prepared = prepared;
    this.work = { command, display, frames: input.frames, isPart: size !== undefined };
  }

  /** As `prepareEncode`. What is kept of one size of many stays until `forget`. Throws ExitErrors. */
  static async prepare(
    command: EncodeCommand,
    places: EncodePlaces,
    host: EncodeHost,
    display: ProgressDisplay = host.display,
    size?: SizeOfMany,
  ): Promise<OneEncode> {
    return new OneEncode(await prepareEncode(command, places, host, display, size));
  }

  /** What the output's bytes depend on. */
  get identity(): Identity {
    return this.#prepared.identity;
  }

  /** It is not run. */
  drop(): void {
    this.#prepared.fleet?.close();
    this.#prepared.storeThread.end();
  }

  /** `supervise` runs what it is given. Returns the exit code; throws ExitErrors. */
  async run(supervise: (run: EncodeRun) => Promise<EncodeSummary>): Promise<number> {
    const { command, places, host, display, input, settings, fleet, size } = this.#prepared, { work } = this;
    // Before anything is waited for: who comes first is served first.
    using member = host.slots?.join();
    using opened = new DisposableStack();
    if (!size?.isComplete) opened.defer(() => closeInput(input));
    if (fleet !== undefined) opened.defer(() => fleet.close());
    // Minutes or days after it was looked at, where others were encoded first or a pipe was waited for.
    const mayReplace = places.existed || command.overwrite;
    if (!mayReplace && places.output.kind === "file" && isThere(places.output.path)) {
      throw new UsageError(`Cannot write ${quotedPath(command.output)}: ${hasComeUp}; add -y to replace it`);
    }
    const options = await outputOptions(command, places, settings, input, display);
    const output = work.output = await Output.open(places.output, options);
    try {
      work.opening = this.#openKept(mayReplace);
      const kept = work.kept = await work.opening;
      if (await kept.isComplete()) return await this.#isComplete(kept, output);
      if (size?.isComplete) {
        throw new IncompleteError(
          `Cannot go on: ${
            quotedPath(command.output)
          } was complete and is not what it was; the same command encodes it again`,
        );
      }
      await this.#lookAtKept(kept);
      const run = work.run = await this.#newRun(kept, output, member);
      const summary = await supervise(run);
      await fleet?.closed();
      return await conclude({
        summary,
        input,
        frameRate: settings.timeBase.den / settings.timeBase.num,
        output,
        kept,
        display,
        command,
        mayReplace,
        work,
        staysKept: size !== undefined,
        onFinal: (final) => this.final = final,
      });
    } catch (error) {
      throw await describeEarlyEnd(error, work);
    }
  }

  /** Of one size of many that is complete: all others are, too. */
  async forget(): Promise<void> {
    const { command, display } = this.#prepared, { kept } = this.work;
    if (kept !== undefined) await removeKept(kept, command, display);
  }

  /** Ends what was only prepared, or only seen to be complete. */
  async leave(): Promise<void> {
    await this.work.kept?.leave(1);
  }

  async #isComplete(kept: KeptEncode, output: Output): Promise<number> {
    const { command, display, size } = this.#prepared;
    this.final = kept.restored?.final;
    this.work.isNamed = true;
    if (size === undefined) return await alreadyComplete(command, kept, output, display);
    output.discard();
    return 0;
  }

  #openKept(mayReplace: boolean): Promise<KeptEncode> {
    const { command, places, display, encoder, identity, storeThread } = this.#prepared;
    return KeptEncode.open({
      command,
      target: places.output,
      place: places.store,
      identity,
      mayReplace,
      library: encoder.library,
      storeThread,
      onProgress: onceSlow(() => display.message("verifying the segments that are finished")),
    });
  }

  /** Says what was kept, and makes sure that it is of this input. */
  async #lookAtKept(kept: KeptEncode): Promise<void> {
    const { command, display, input, identity } = this.#prepared;
    for (const { text, warning } of kept.lines(input.frames, input.kind === "file")) {
      display.message(text, warning ? "warning" : "note");
    }
    if (input.kind === "file") {
      await kept.checkFrames(fileInput(command, input), identity.input!, (text) => display.message(text));
    }
  }

  async #newRun(kept: KeptEncode, output: Output, member: Member | undefined): Promise<EncodeRun> {
    const { command, places, host, display, encoder, input, workers, settings, reach, resolved, fleet, given, size } =
      this.#prepared;
    const wholeSegments = size !== undefined && resolved.keyint <= longestWholeSegment && !resolved.onePiece;
    const { source, slots, budget, plan } = await planSource({
      command,
      input,
      libraryPath: encoder.path,
      settings,
      zonesReach: reach,
      resolved,
      kept,
      given,
      target: places.output,
      display,
      workers,
      wholeSegments,
      shared: member && { idleBytes: host.idleBytes, bytesOfOthers: () => member.bytesOfOthers },
    });
    const state = () => ({ slots, slotBytes: budget.bytesPerSlot });
    const run = new EncodeRun({
      library: encoder.path,
      settings,
      resolved,
      source,
      skip: command.skip,
      claimedFrames: input.kind === "pipe" ? claimedFrames(command, input) : null,
      slots,
      limit: member ?? new OwnSlots(slots, budget),
      crashMark: kept.crashMark,
      fleet,
      workerTimeoutSeconds: command.workerTimeout,
      store: {
        announce: (segments) => kept.store.announce(segments, state()),
        heard: () => kept.store.heard(),
        commit: (packets) => kept.store.commit(packets),
        read: (segment) => kept.store.read(segment),
        extendPlan: (detected) => {
          size?.detected(detected);
          // Not first when days of work are done.
          const growth = detected.complete && input.kind === "file" ? describeGrowth(input.file, command) : undefined;
          if (growth !== undefined) display.message(`${growth}: is it still being written?`, "warning");
          return kept.store.extendPlan(detected);
        },
      },
      // A pipe's frames cannot be put off.
      kept: kept.work(plan !== undefined),
      plan,
      wholeSegments,
      sink: output,
      stallSeconds: command.stallTimeout,
      onCommit: (segment) => {
        size?.finished(segment);
        display.segment(segment);
      },
      onFailure: (failure) => display.message(describeFailure(failure), "warning"),
      onNote: (text, isWarning) => display.message(text, isWarning ? "warning" : "note"),
    });
    member?.begin(run, budget);
    kept.store.atWork = () => run.atWork();
    return run;
  }
}

/** Verifying a store of many gigabytes takes its time: says so, once, when it does. */
function onceSlow(say: () => void): () => void {
  const began = performance.now();
  let said = false;
  return () => {
    if (said || performance.now() - began < verifyingIsSlowMs) return;
    said = true;
    say();
  };
}
