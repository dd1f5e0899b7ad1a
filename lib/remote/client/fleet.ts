// The workers of a run: one link each, all independent of each other. The run sees slots that come and go, and segments that
// end; whatever is wrong with one worker is that link's affair and costs the others nothing.

import { SegmentDigest } from "../../../ffi/digest.ts";
import { encodeSettings, openLibrary } from "../../../ffi/library.ts";
import type { FleetEvents, PackSource, RemoteFleet, RemoteWorker } from "../../encode/remote_slots.ts";
import type { EncoderSettings } from "../../encode/settings.ts";
import { clientHandshake } from "../handshake.ts";
import type { EncoderIdentity } from "../messages.ts";
import { dial } from "../tls/dial.ts";
import { systemClock } from "./clock.ts";
import { Connector, type LinkWorld } from "./connector.ts";
import type { WorkerEntry } from "./worker_entry.ts";
import { WorkerLink } from "./worker_link.ts";

export interface FleetOptions {
  readonly entries: readonly WorkerEntry[];
  /** What this machine encodes with (lib/encode/probe.ts); called once, by `start`. */
  identity(): Promise<EncoderIdentity>;
  readonly settings: EncoderSettings;
  /** ResolvedSettings.onePiece. */
  readonly onePiece: boolean;
  /** What the workers' logs call this client: its host name. */
  readonly client: string;
  /** Path of the encoder library, to check what workers say of the frames that they got; without it that is believed. */
  readonly library?: string;
  /** Those that are on their way to the workers already, one for each entry; absent where none are. */
  readonly connectors?: readonly Connector[];
  /** Others in tests. */
  readonly world?: Partial<LinkWorld>;
}

const realWorld: LinkWorld = { clock: systemClock, dial, handshake: clientHandshake, random: Math.random };

/** On the way to the workers before anything else is known of the encode; for a Fleet that starts soon. */
export function connectAhead(entries: readonly WorkerEntry[]): readonly Connector[] {
  return entries.map((entry) => {
    const connector = new Connector(entry);
    connector.connectAhead(realWorld);
    return connector;
  });
}

export class Fleet implements RemoteFleet {
  readonly workers: readonly RemoteWorker[];
  readonly #links: readonly WorkerLink[];
  readonly #options: FleetOptions;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: FleetOptions) {
    this.#options = options;
    this.workers = this.#links = options.entries.map((entry, at) => new WorkerLink(entry, options.connectors?.[at]));
  }

  start(packs: PackSource, events: FleetEvents): void {
    const { settings, onePiece, client, world } = this.#options;
    const library = this.#options.library === undefined ? undefined : openLibrary(this.#options.library);
    const identity = this.#options.identity();
    // Each link that comes so far looks at it.
    identity.catch(() => {});
    const setup = {
      world: { ...realWorld, ...world },
      packs,
      events,
      newDigest: () => library && new SegmentDigest(library),
      identity,
      settings: encodeSettings(settings),
      onePiece,
      isEven: new Set(settings.zones.map(({ speed }) => speed)).size <= 1,
      client,
    };
    this.#running = Promise.all(this.#links.map((link) => link.run(setup)));
  }

  /** Says goodbye to all workers; nothing is told of them any more. */
  close(): void {
    for (const link of this.#links) link.close();
  }

  /** Resolves when all connections have ended, a moment after `close`: a process that leaves sooner says no goodbye. */
  async closed(): Promise<void> {
    await this.#running;
  }
}
