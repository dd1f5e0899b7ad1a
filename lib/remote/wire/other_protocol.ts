// What else may be at a port: the first bytes of a connection tell other protocols from a message of this one, whose first
// byte is 0 as long as a password is not proven (frame.ts), so that nobody reads of "a message of 1213486160 bytes".

import { ProtocolError } from "./protocol_error.ts";

/** The other side speaks another protocol: "TLS", "HTTP", "SSH" or "another protocol". */
export class OtherProtocolError extends ProtocolError {
  constructor(readonly spoken: string) {
    super(`it speaks ${spoken}`);
  }
}

/** TLS records: alert and handshake (RFC 8446, 5.1), version 3.x. */
const tlsRecords = [0x15, 0x16];
const known: readonly (readonly [start: RegExp, name: string])[] = [
  [/^(HTTP\/|GET |HEAD |POST |PUT |OPTION|CONNEC|PRI \*)/, "HTTP"],
  [/^SSH-/, "SSH"],
];

/** `first`: the first bytes that came, at least four. undefined where they may begin a message. */
export function otherProtocol(first: Uint8Array): string | undefined {
  if (first[0] === 0) return undefined;
  if (tlsRecords.includes(first[0]!) && first[1] === 3) return "TLS";
  const text = String.fromCharCode(...first);
  return known.find(([start]) => start.test(text))?.[1] ?? "another protocol";
}
