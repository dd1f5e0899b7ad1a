// The workers of an encode: which there are, what is said of them before anything is begun, and what they need to know.
// Encodes without workers load nothing of what speaks to them.

import type { EncoderSettings } from "../encode/settings.ts";
import { isThere } from "../machine/files.ts";
import type { Fleet } from "../remote/client/fleet.ts";
import { defaultWorkersPath } from "../remote/workers_path.ts";
import type { Connector } from "../remote/client/connector.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import type { EncoderIdentity } from "../remote/messages.ts";
import type { EncodeCommand } from "./command.ts";
import type { ProgressDisplay } from "./progress/display.ts";

/** A worker's slots are known when it is connected; until then this many are made room for. */
const slotsOfUnknown = 8;

/** Those that the command line or ./workers.toml names; none where there are none. Throws InputError. */
export async function workersOf(
  { workers, noLocal }: Pick<EncodeCommand, "workers" | "noLocal">,
  display: ProgressDisplay,
): Promise<readonly WorkerEntry[]> {
  if (workers.kind === "none" || (workers.kind === "default" && !noLocal && !isThere(defaultWorkersPath))) return [];
  const { findWorkers } = await import("../remote/client/find_workers.ts");
  const found = findWorkers(workers, noLocal);
  for (const { text, isWarning } of found?.lines ?? []) display.message(text, isWarning ? "warning" : "note");
  return found?.entries ?? [];
}

/** Segments that can be with them at once, as far as can be said before they are asked: those that wait there, too. */
export function segmentsAtWorkers(workers: readonly WorkerEntry[]): number {
  return workers.reduce((sum, { slots }) => sum + 2 * (slots ?? slotsOfUnknown), 0);
}

/** Begins to connect to them; none where there are none. For a fleet that starts soon: a few steps of the encode from here. */
export async function connectingTo(workers: readonly WorkerEntry[]): Promise<readonly Connector[]> {
  if (workers.length === 0) return [];
  return (await import("../remote/client/fleet.ts")).connectAhead(workers);
}

export interface FleetParts {
  readonly workers: readonly WorkerEntry[];
  /** One for each of them, or none. */
  readonly connectors: readonly Connector[];
  readonly libraryPath: string;
  readonly settings: EncoderSettings;
  readonly onePiece: boolean;
  /** Of the library: the same for all encodes of a process. */
  readonly identity: () => Promise<EncoderIdentity>;
}

/** undefined where there are no workers. */
export async function fleetOf(
  { workers, connectors, libraryPath, settings, onePiece, identity }: FleetParts,
): Promise<Fleet | undefined> {
  if (workers.length === 0) return undefined;
  const [{ hostname }, { Fleet }] = await Promise.all([import("node:os"), import("../remote/client/fleet.ts")]);
  return new Fleet({
    entries: workers,
    connectors,
    identity,
    settings,
    onePiece,
    client: hostname(),
    library: libraryPath,
  });
}
