// The workers of an encode: which there are, what is said of them before anything is begun, and what they need to know. The
// modules that speak to them are loaded only where there are any.

import type { EncoderSettings } from "../encode/settings.ts";
import { isThere } from "../machine/files.ts";
import type { Fleet } from "../remote/client/fleet.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import type { EncodeCommand } from "./command.ts";
import type { ProgressDisplay } from "./progress/display.ts";

/** A worker's slots are known when it is connected; until then this many are made room for. */
const slotsOfUnknown = 8;
const defaultPath = "./workers.toml";

/** Those that the command line or ./workers.toml names; none where there are none. Throws InputError. */
export async function workersOf(command: EncodeCommand, display: ProgressDisplay): Promise<readonly WorkerEntry[]> {
  if (command.workers.kind === "default" && !command.noLocal && !isThere(defaultPath)) return [];
  const { findWorkers } = await import("../remote/client/find_workers.ts");
  const found = findWorkers(command.workers, command.noLocal, defaultPath);
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
export async function fleetOf(parts: FleetParts): Promise<Fleet | undefined> {
  const { workers, libraryPath, settings, onePiece } = parts;
  if (workers.length === 0) return undefined;
  const [{ hostname }, { encoderIdentity }, { Fleet }] = await Promise.all([
    import("node:os"),
    import("../encode/probe.ts"),
    import("../remote/client/fleet.ts"),
  ]);
  return new Fleet({
    entries: workers,
    identity: () => encoderIdentity(libraryPath),
    settings,
    onePiece,
    client: hostname(),
  });
}
