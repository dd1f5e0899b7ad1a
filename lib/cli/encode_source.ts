// Where a run gets its frames and how many slots it may use: decided together, because a pipe's waiting frames share the
// memory with the slots.

import { dirname } from "node:path";
import type { ResolvedSettings } from "../../ffi/library.ts";
import { packBytesFault } from "../encode/fault_points.ts";
import { filePackMemory } from "../encode/file_pack_memory.ts";
import { FileSource } from "../encode/file_source.ts";
import type { OutputTarget } from "../encode/output_target.ts";
import type { Detected } from "../encode/plan.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import { SlotBudget } from "../encode/slot_budget.ts";
import type { VideoSource } from "../encode/video_source.ts";
import { memoryState, residentBytes } from "../machine/memory.ts";
import { bytesPerSlot, detectorBytes } from "../machine/memory_model.ts";
import { framesOfUnlimitedSegment, leastAhead, mostWaitingFrames, packBudget } from "../machine/pack_budget.ts";
import { packersFor, pipeMemory } from "../pipe/pipe_memory.ts";
import { PipeSource, type TmpInput } from "../pipe/pipe_source.ts";
import { defaultSpillFolder, namedSpillFolder } from "../pipe/spill_folder.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import type { ZonesReach } from "../zones/zone_plan.ts";
import type { EncodeCommand } from "./command.ts";
import { segmentsAtWorkers } from "./encode_fleet.ts";
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

export function planSource(request: SourceRequest): SourcePlan {
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
  if (input.kind === "pipe") return planPipe(request, input, slots, common);
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

type SlotBudgetCommon = ConstructorParameters<typeof SlotBudget>[0];

function planPipe(
  request: SourceRequest,
  input: Extract<EncodeInput, { kind: "pipe" }>,
  slots: number,
  common: SlotBudgetCommon,
): SourcePlan {
  const { command, libraryPath, settings, resolved, kept, target, display, workers } = request;
  const { frameBytes } = resolved;
  const elsewhere = segmentsAtWorkers(workers);
  const packers = packersFor(slots + elsewhere);
  const spill = tmpInput(command, target, display);
  const longest = Math.min(resolved.keyint, framesOfUnlimitedSegment);
  const wholeFrames = request.wholeSegments ? longest : 0;
  const { fixedBytes, floorBytes } = pipeMemory({
    frameBytes,
    packers,
    spill: spill.kind === "folder",
    wholeFrames,
  });
  const held = residentBytes(), { shared } = request;
  const besideBytes = shared === undefined ? held : shared.idleBytes + shared.bytesOfOthers();
  const plan = request.given ?? kept.restored?.plan;
  const budgetBytes = Math.max(
    floorBytes,
    packBytesFault() ?? packBudget({
      mode: command.memory,
      memory: memoryState(),
      held,
      beside: besideBytes + detectorBytes(settings, resolved) + fixedBytes,
      wanted: slots,
      elsewhere,
      bytesPerSlot: bytesPerSlot(settings, resolved),
      segmentBytes: Math.max(longest, request.wholeSegments ? leastAhead : 0) * frameBytes,
      floorBytes,
    }),
  );
  display.message(`reading ${input.name}: up to ${megabytes(budgetBytes + fixedBytes)} of memory for waiting frames`);
  const source = new PipeSource(input.pipe, {
    library: libraryPath,
    settings,
    skip: command.skip,
    limit: command.limit,
    expectFrames: command.expectFrames,
    zonesReach: request.zonesReach,
    budgetBytes,
    mostFrames: mostWaitingFrames({ ...resolved, wanted: slots, elsewhere }),
    packers,
    tmpInput: spill,
    planned: plan?.complete ? { keyframes: plan.keyframes, frames: plan.decided } : undefined,
    keyframes: input.keyframes,
    forcedKeyframes: command.forceKeyframes,
    done: kept.restored?.segments ?? [],
  });
  const budget = new SlotBudget({ ...common, feedBytes: budgetBytes + fixedBytes });
  return { source, slots, budget, plan: undefined };
}

function tmpInput({ tmpInput }: EncodeCommand, target: OutputTarget, display: ProgressDisplay): TmpInput {
  if (tmpInput === undefined) return { kind: "none" };
  const beside = target.kind === "file" ? dirname(target.path) : ".";
  const { folder, warning } = tmpInput.folder === undefined
    ? defaultSpillFolder(beside)
    : namedSpillFolder(tmpInput.folder);
  if (warning !== undefined) display.message(warning, "warning");
  return { kind: "folder", folder };
}

function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
