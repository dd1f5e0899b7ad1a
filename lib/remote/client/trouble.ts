// Why there is no connection to a worker, in the words that the user reads, and what follows from it: another try later, or
// none because nothing would be won.

import { identityDifference } from "../../encode/probe.ts";
import { printable } from "../../media/printable.ts";
import { Refused } from "../handshake.ts";
import type { EncoderIdentity, Ready, RefusalCode } from "../messages.ts";
import { DialFailed } from "../tls/dial.ts";
import { ConnectionLost } from "../wire/byte_stream.ts";
import { ProtocolError } from "../wire/channel.ts";
import { OtherProtocolError } from "../wire/other_protocol.ts";

export interface Trouble {
  /** One clause. */
  readonly reason: string;
  /** It is not tried again. */
  readonly isHopeless: boolean;
  /** What it said is not the protocol. */
  readonly isBreach?: boolean;
  /** It is there, and takes nothing now. */
  readonly isBusy?: boolean;
  /** What the worker asks for, if anything. */
  readonly retryAfterMs?: number;
}

/** Characters of what the other side gave as its reason. */
const shownCharacters = 300;
/** A worker is not left alone for longer than this because it said so. */
const longestRetryAfterMs = 120_000;

/** Of what dialling and the handshake throw; undefined for a fault of this program. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof DialFailed) return { reason: error.message, isHopeless: error.isHopeless };
  if (error instanceof Refused) return troubleOfRefusal(error);
  if (error instanceof ConnectionLost) return { reason: error.message, isHopeless: false };
  if (error instanceof OtherProtocolError) return troubleOfOther(error);
  if (error instanceof ProtocolError) return troubleOfBreach(error.message);
  return undefined;
}

export function troubleOfRefusal(refusal: {
  readonly code: RefusalCode;
  readonly reason: string;
  readonly retryAfter: number | null;
}): Trouble {
  const { code, retryAfter } = refusal, reason = printable(refusal.reason, shownCharacters);
  const retryAfterMs = retryAfter === null ? undefined : Math.min(longestRetryAfterMs, retryAfter * 1000);
  switch (code) {
    case "password":
    case "protocol":
      return { reason, isHopeless: true };
    case "settings":
      return { reason: `it cannot encode this: ${reason}`, isHopeless: true };
    case "session":
      return { reason, isHopeless: false };
    case "busy":
    case "draining":
      return { reason, isHopeless: false, isBusy: true, retryAfterMs };
  }
}

export function troubleOfBreach(reason: string): Trouble {
  return { reason: `it breaks the protocol: ${reason}`, isHopeless: false, isBreach: true };
}

function troubleOfOther({ message, spoken }: OtherProtocolError): Trouble {
  if (spoken === "TLS") return { reason: `${message}; its table needs secure = true`, isHopeless: true };
  return { reason: `${message}; something else than a worker has that port`, isHopeless: false, isBreach: true };
}

/**
 * Of connecting to the address of a worker that has shown that it knows the password: whoever breaks the protocol there
 * without showing the same is somebody else, a gateway that answers while the link is down, and says nothing of the worker.
 */
export function troubleWithStranger(trouble: Trouble): Trouble {
  if (!trouble.isBreach) return trouble;
  return { reason: `somebody else answers in its place: ${trouble.reason}`, isHopeless: false };
}

/** Segments may go only where the encoder is the same: what is not, as a clause; undefined where all is. */
export function identityFault(own: EncoderIdentity, { identity, version }: Ready): string | undefined {
  const difference = identityDifference(own, identity);
  return difference && printable(`${difference}; its version is ${version}`, shownCharacters);
}
