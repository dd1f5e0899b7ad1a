// What a client asks for when it opens a session, checked by the library that will encode: settings are believed only after
// librav1e has taken them, and the sizes that the client announces must be those that follow from them.

import { packBound } from "../../../ffi/packs.ts";
import { type Library, LibraryError, type ResolvedSettings } from "../../../ffi/library.ts";
import type { EncoderSettings } from "../../encode/settings.ts";
import { printable } from "../../media/printable.ts";
import type { Open } from "../messages.ts";
import { counted } from "./counted.ts";
import { type SessionMemory, sessionMemory } from "./worker_memory.ts";

export interface CheckedOpen {
  readonly settings: EncoderSettings;
  readonly memory: SessionMemory;
  /** For the log. */
  readonly description: string;
}

/** Frames that a pack has at the most, of any video (lib/pipe/pipe_memory.ts). */
const mostPackFrames = 16;
/** Characters of librav1e's own reason. */
const mostReason = 300;

/** What can be encoded, or one clause that says why it cannot. */
export function checkOpen(library: Library, open: Open, body: Uint8Array): CheckedOpen | string {
  let settings: EncoderSettings, resolved: ResolvedSettings;
  try {
    // Of that type once the library has taken it: it asks for every field and knows no other.
    settings = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    // To the library a list of all fields in order is as good.
    if (Array.isArray(settings)) return "the settings are a list, where an object belongs";
    resolved = library.resolve(settings);
  } catch (error) {
    if (error instanceof LibraryError) return printable(error.message, mostReason);
    return "the settings are no JSON document";
  }
  const { frameBytes, packBytes, onePiece } = open;
  if (frameBytes !== resolved.frameBytes) {
    return `its frames have ${frameBytes} bytes, where the settings make it ${resolved.frameBytes}`;
  }
  const most = packBound(frameBytes, mostPackFrames);
  if (packBytes > most) {
    return `its packs have up to ${packBytes} bytes, where ${most} are enough for ${mostPackFrames} frames`;
  }
  if (onePiece !== resolved.onePiece) return `whether it is one piece is said otherwise than the settings have it`;
  const { width, height, bitDepth, chromaSampling, speed, quantizer, zones } = settings;
  const how = zones.length > 0 ? counted(zones.length, "zone") : `speed ${speed}, quantizer ${quantizer}`;
  return {
    settings,
    memory: sessionMemory(settings, resolved, packBytes),
    description: `${width}x${height} ${chromaSampling} ${bitDepth} bit, ${how}`,
  };
}

/** SHA-256 over all that must be the same for a session to be gone on with, in hexadecimal. */
export async function digestOfOpen(open: Open, body: Uint8Array): Promise<string> {
  const { session, frameBytes, packBytes, onePiece } = open;
  const head = new TextEncoder().encode(JSON.stringify([session, frameBytes, packBytes, onePiece]));
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
}
