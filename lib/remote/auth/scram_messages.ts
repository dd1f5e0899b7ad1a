// SCRAM's four messages (RFC 5802 section 7) as text: written, and read from whoever sent them. The attributes that this
// program uses stand in their order; further ones at the end are extensions, which the RFC lets one ignore, but a demand
// to understand one ("m=") is refused. User names are not used: n is empty, and what stands there is not looked at.

import { ProtocolError } from "../wire/protocol_error.ts";
import { keyBytes } from "./scram_keys.ts";

/** Channel binding of our own kind: both sides hash what was said before and the certificate (handshake.ts). */
export const bindingHeader = "p=rav1e-by-gop,,";

const mostNonceCharacters = 512;
const saltBytesRange = { least: 8, most: 256 } as const;

export interface ClientFirst {
  readonly bare: string;
  readonly nonce: string;
}

export interface ServerFirst {
  /** The client's nonce and the server's. */
  readonly nonce: string;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
}

export interface ClientFinal {
  readonly withoutProof: string;
  readonly binding: Uint8Array<ArrayBuffer>;
  readonly nonce: string;
  readonly proof: Uint8Array<ArrayBuffer>;
}

/** All readers throw ProtocolError. */
export function readClientFirst(text: string, header: string): ClientFirst {
  if (!text.startsWith(header)) throw new ProtocolError(`client-first-message does not begin with ${header}`);
  const bare = text.slice(header.length);
  const [, nonce] = attributes(bare, "client-first-message", "n", "r");
  checkNonce(nonce!, "client-first-message");
  return { bare, nonce: nonce! };
}

export function readServerFirst(text: string): ServerFirst {
  const where = "server-first-message";
  const [nonce, saltText, iterations] = attributes(text, where, "r", "s", "i");
  checkNonce(nonce!, where);
  const salt = base64Bytes(saltText!, where);
  if (salt.length < saltBytesRange.least || salt.length > saltBytesRange.most) {
    throw new ProtocolError(`${where} has a salt of ${salt.length} bytes`);
  }
  if (!/^[1-9][0-9]{0,14}$/.test(iterations!)) throw new ProtocolError(`${where} has no number of iterations`);
  return { nonce: nonce!, salt, iterations: Number(iterations) };
}

export function readClientFinal(text: string): ClientFinal {
  const where = "client-final-message";
  // The proof comes last, whatever stands before it.
  const proofAt = text.lastIndexOf(",p=");
  if (proofAt < 0) throw new ProtocolError(`${where} has no proof`);
  const withoutProof = text.slice(0, proofAt);
  const [binding, nonce] = attributes(withoutProof, where, "c", "r");
  return {
    withoutProof,
    binding: base64Bytes(binding!, where),
    nonce: nonce!,
    proof: keyIn(text.slice(proofAt + ",p=".length), where),
  };
}

/** The server's signature. */
export function readServerFinal(text: string): Uint8Array<ArrayBuffer> {
  const where = "server-final-message";
  const [signature] = attributes(text, where, "v");
  return keyIn(signature!, where);
}

/** The values of the first attributes, which must be those. */
function attributes(text: string, where: string, ...names: readonly string[]): string[] {
  const parts = text.split(",");
  return names.map((name, at) => {
    const part = parts[at];
    if (part === undefined || !part.startsWith(`${name}=`)) {
      throw new ProtocolError(`${where} has no ${name}= in its place`);
    }
    return part.slice(name.length + 1);
  });
}

/** RFC 5802: printable ASCII without the comma. */
function checkNonce(nonce: string, where: string): void {
  if (nonce.length === 0 || nonce.length > mostNonceCharacters || !/^[\x21-\x2b\x2d-\x7e]*$/.test(nonce)) {
    throw new ProtocolError(`${where} has a nonce that is none`);
  }
}

function keyIn(text: string, where: string): Uint8Array<ArrayBuffer> {
  const bytes = base64Bytes(text, where);
  if (bytes.length !== keyBytes) throw new ProtocolError(`${where} has ${bytes.length} bytes where ${keyBytes} belong`);
  return bytes;
}

function base64Bytes(text: string, where: string): Uint8Array<ArrayBuffer> {
  // fromBase64 would skip white space.
  if (/\s/.test(text)) throw new ProtocolError(`${where} has white space`);
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch (cause) {
    throw new ProtocolError(`${where} has broken base64`, { cause });
  }
}
