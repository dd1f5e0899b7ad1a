// The workers of an encode: which there are, what is said of them before anything is begun, and what they need to know. The
// modules that speak to them are loaded only where there are any.

import { hostname } from "node:os";
import { encoderIdentity } from "../encode/probe.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import { Fleet } from "../remote/client/fleet.ts";
import { findWorkers } from "../remote/client/find_workers.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import type { EncodeCommand } from "./command.ts";
import type { ProgressDisplay } from "./progress/display.ts";

/** A worker's slots are known when it is connected; until then this many are made room for. */
const slotsOfUnknown = 8;

/** Those that the command line or ./workers.toml names; none where there are none. Throws InputError. */
export function workersOf(command: EncodeCommand, display: ProgressDisplay): readonly WorkerEntry[] {
  const found = findWorkers(command.workers, command.noLocal);
  for (const { text, isWarning } of found?.lines ?? []) display.message(text, isWarning ? "warning" : "note");
  return found?.entries ?? [];
}

/** Segments that can be with them at once, as far as can be said before they are asked: those that wait there, too. */
export function segmentsAtWorkers(workers: readonly WorkerEntry[]): number {
  return workers.reduce((sum, { slots }) => sum + 2 * (slots ?? slotsOfUnknown), 0);
}

export interface FleetParts {
  readonly workers: readonly WorkerEntry[];
  readonly libraryPath: string;
  readonly settings: EncoderSettings;
  readonly onePiece: boolean;
}

/** undefined where there are no workers. */
export function fleetOf({ workers, libraryPath, settings, onePiece }: FleetParts): Fleet | undefined {
  if (workers.length === 0) return undefined;
  return new Fleet({
    entries: workers,
    identity: () => encoderIdentity(libraryPath),
    settings,
    onePiece,
    client: hostname(),
  });
}
