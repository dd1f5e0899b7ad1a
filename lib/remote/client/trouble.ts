// Why there is no connection to a worker, in the words that the user reads, and what follows from it. What somebody said whose
// password was not proven may be of anybody, or have been altered on the way: it is not the last word on a worker.

import { identityDifference } from "../../encode/probe.ts";
import { printable } from "../../media/printable.ts";
import { Refused } from "../handshake.ts";
import type { EncoderIdentity, Ready, RefusalCode } from "../messages.ts";
import { DialFailed } from "../tls/dial.ts";
import { ConnectionLost } from "../wire/byte_stream.ts";
import { ProtocolError } from "../wire/channel.ts";
import { OtherProtocolError } from "../wire/other_protocol.ts";

export type Outlook =
  /** It is tried again, after waits that grow. */
  | "again"
  /** The worker is refused, or refuses, unless something was altered on the way: if it is so every time it is given up. */
  | "doubtful"
  /** Who is there now cannot be used; that may be another later. It is tried again now and then. */
  | "rarely"
  /** It is not tried again. */
  | "never";

export interface Trouble {
  /** One clause. */
  readonly reason: string;
  readonly outlook: Outlook;
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
  if (error instanceof DialFailed) {
    return { reason: error.message, outlook: error.isHopeless ? "rarely" : "again" };
  }
  if (error instanceof Refused) return troubleOfRefusal(error, "doubtful");
  if (error instanceof ConnectionLost) return { reason: error.message, outlook: "again" };
  if (error instanceof OtherProtocolError) return troubleOfOther(error);
  if (error instanceof ProtocolError) return troubleOfBreach(error.message);
  return undefined;
}

/** `outlook`: where nothing else is said. */
export function troubleOfRefusal(
  refusal: { readonly code: RefusalCode; readonly reason: string; readonly retryAfter: number | null },
  outlook: "doubtful" | "never",
): Trouble {
  const { code, retryAfter } = refusal, reason = printable(refusal.reason, shownCharacters);
  const retryAfterMs = retryAfter === null ? undefined : Math.min(longestRetryAfterMs, retryAfter * 1000);
  switch (code) {
    case "password":
    case "protocol":
      return { reason, outlook };
    case "settings":
      return { reason: `it cannot encode this: ${reason}`, outlook };
    case "session":
      return { reason, outlook: "again" };
    case "busy":
    case "draining":
      return { reason, outlook: "again", isBusy: true, retryAfterMs };
  }
}

export function troubleOfBreach(reason: string): Trouble {
  return { reason: `it breaks the protocol: ${reason}`, outlook: "again", isBreach: true };
}

function troubleOfOther({ message, spoken }: OtherProtocolError): Trouble {
  if (spoken === "TLS") return { reason: `${message}; its table needs secure = true`, outlook: "doubtful" };
  return { reason: `${message}; something else than a worker has that port`, outlook: "again", isBreach: true };
}

/**
 * Of connecting to the address of a worker that has shown that it knows the password: whoever breaks the protocol there
 * without showing the same is somebody else, a gateway that answers while the link is down, and says nothing of the worker.
 */
export function troubleWithStranger(trouble: Trouble): Trouble {
  if (!trouble.isBreach) return trouble;
  return { reason: `somebody else answers in its place: ${trouble.reason}`, outlook: "again" };
}

/** Segments may go only where the encoder is the same: what is not, as a clause; undefined where all is. */
export function identityFault(own: EncoderIdentity, { identity, version }: Ready): string | undefined {
  const difference = identityDifference(own, identity);
  return difference && printable(`${difference}; its version is ${version}`, shownCharacters);
}
