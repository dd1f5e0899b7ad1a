// Where a run gets the frames of a pipe and how many slots it may use: decided together, because waiting frames share the
// memory with the slots.

import { dirname } from "node:path";
import { packBytesFault } from "../encode/fault_points.ts";
import type { OutputTarget } from "../encode/output_target.ts";
import { SlotBudget } from "../encode/slot_budget.ts";
import { memoryState, residentBytes } from "../machine/memory.ts";
import { bytesPerSlot, detectorBytes } from "../machine/memory_model.ts";
import { framesOfUnlimitedSegment, leastAhead, mostWaitingFrames, packBudget } from "../machine/pack_budget.ts";
import { packersFor, pipeMemory } from "../pipe/pipe_memory.ts";
import { PipeSource, type TmpInput } from "../pipe/pipe_source.ts";
import { defaultSpillFolder, namedSpillFolder } from "../pipe/spill_folder.ts";
import type { EncodeCommand } from "./command.ts";
import { segmentsAtWorkers } from "./encode_fleet.ts";
import type { PipeEncodeInput } from "./encode_input.ts";
import type { SourcePlan, SourceRequest } from "./encode_source.ts";
import type { ProgressDisplay } from "./progress/display.ts";

type SlotBudgetCommon = ConstructorParameters<typeof SlotBudget>[0];

/** `slots`: of this machine, at most. `common`: what a budget of slots is made of. */
export function planPipe(
  request: SourceRequest,
  input: PipeEncodeInput,
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
    order: {
      library: libraryPath,
      settings,
      skip: command.skip,
      limit: command.limit,
      expectFrames: command.expectFrames,
      zonesReach: request.zonesReach,
      planned: plan?.complete ? { keyframes: plan.keyframes, frames: plan.decided } : undefined,
      keyframes: input.keyframes,
      forcedKeyframes: command.forceKeyframes,
      done: kept.restored?.segments ?? [],
    },
    budgetBytes,
    mostFrames: mostWaitingFrames({ ...resolved, wanted: slots, elsewhere }),
    packers,
    tmpInput: spill,
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
