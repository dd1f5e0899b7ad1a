// What the link to each worker of a run is made of, the same for all of them.

import type { SegmentDigest } from "../../../ffi/digest.ts";
import type { FleetEvents, PackSource } from "../../encode/remote_slots.ts";
import type { EncoderIdentity } from "../messages.ts";
import type { LinkWorld } from "./connector.ts";

/** What all links of a run have in common. */
export interface LinkSetup {
  readonly world: LinkWorld;
  readonly packs: PackSource;
  readonly events: FleetEvents;
  /** For the frames of a segment that are sent; undefined where nobody wants to know what they come to. */
  newDigest(): SegmentDigest | undefined;
  /** What this machine encodes with; where it cannot be found out, no worker is used. */
  readonly identity: Promise<EncoderIdentity>;
  /** The settings document. */
  readonly settings: Uint8Array;
  readonly onePiece: boolean;
  /** Whether all segments are encoded at one speed. */
  readonly isEven: boolean;
  /** What the worker's log calls this client. */
  readonly client: string;
}
