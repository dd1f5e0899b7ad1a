// Where a run gets its frames and how many slots it may use: decided together, because a pipe's waiting frames share the
// memory with the slots.

import type { ResolvedSettings } from "../../ffi/library.ts";
import { filePackMemory } from "../encode/file_pack_memory.ts";
import { FileSource } from "../encode/file_source.ts";
import type { OutputTarget } from "../encode/output_target.ts";
import type { Detected } from "../encode/plan.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import { SlotBudget } from "../encode/slot_budget.ts";
import type { VideoSource } from "../encode/video_source.ts";
import { memoryState } from "../machine/memory.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import type { ZonesReach } from "../zones/zone_plan.ts";
import type { EncodeCommand } from "./command.ts";
import { type EncodeInput, fileInput } from "./encode_input.ts";
import type { KeptEncode } from "./kept_encode.ts";
import type { ProgressDisplay } from "./progress/display.ts";
import { wantedSlots } from "./wanted_slots.ts";

export interface SourcePlan {
  readonly source: VideoSource;
  /** Of this machine at most; 0 where only workers encode. */
  readonly slots: number;
  /** How many of them memory allows. */
  readonly budget: SlotBudget;
  /** What the run begins with: EncodeJob.plan. */
  readonly plan: Detected | undefined;
}

export interface SourceRequest {
  readonly command: EncodeCommand;
  readonly input: EncodeInput;
  /** Of the encoder library. */
  readonly libraryPath: string;
  readonly settings: EncoderSettings;
  /** What zones say of the input's length. */
  readonly zonesReach: ZonesReach | undefined;
  readonly resolved: ResolvedSettings;
  readonly kept: KeptEncode;
  /** The plan of a scene list. */
  readonly given: Detected | undefined;
  readonly target: OutputTarget;
  readonly display: ProgressDisplay;
  readonly workers: readonly WorkerEntry[];
  /** The run is one of several of the same source (EncodeJob.wholeSegments). */
  readonly wholeSegments: boolean;
  /** Where other encodes of this process share its memory. */
  readonly shared: SharedMemory | undefined;
}

export interface SharedMemory {
  /** What the process holds when it encodes nothing, in bytes. */
  readonly idleBytes: number;
  /** What other encodes need now. */
  bytesOfOthers(): number;
}

export async function planSource(request: SourceRequest): Promise<SourcePlan> {
  const { command, settings, resolved, kept, display, input, workers } = request;
  const limit = kept.restored?.slotLimit ?? undefined;
  const wanted = Math.min(wantedSlots(command.threads), limit ?? Infinity);
  const slots = command.noLocal ? 0 : wanted;
  const common = {
    mode: command.memory,
    settings,
    resolved,
    wanted,
    ...request.shared,
    onChange: (line: string) => display.message(line),
  };
  if (input.kind === "pipe") {
    // Loaded when it is wanted: a file has no need of it.
    const { planPipe } = await import("./encode_pipe_source.ts");
    return planPipe(request, input, slots, common);
  }
  // Only workers need packs of a file.
  const { packBytes, threadBytes } = workers.length > 0
    ? filePackMemory(resolved.frameBytes, memoryState().total)
    : { packBytes: 0, threadBytes: 0 };
  const source = new FileSource({
    library: request.libraryPath,
    settings,
    input: fileInput(command, input),
    forcedKeyframes: command.forceKeyframes,
    packBytes,
  });
  const feedBytes = packBytes + threadBytes;
  return {
    source,
    slots,
    budget: new SlotBudget({ ...common, feedBytes }),
    plan: request.given ?? kept.restored?.plan,
  };
}
