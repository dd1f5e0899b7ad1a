// What the password's proof is bound to: all that was said before it and the certificate that the connection was made with.
// Whoever stands between and changes a version, or shows a certificate of his own, makes the two sides come to different
// data, and the proof is worth nothing to him.

import { sha256 } from "./scram_keys.ts";

/**
 * `hello`, `challenge`: bytes of their headers as they were sent. `certificate`: DER; undefined without TLS. SHA-256 over the
 * three, each after its length (32 bits, big-endian), the certificate as its own SHA-256.
 */
export async function channelBinding(
  hello: Uint8Array,
  challenge: Uint8Array,
  certificate: Uint8Array | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const digest = certificate === undefined ? new Uint8Array(0) : await sha256(new Uint8Array(certificate));
  const parts = [hello, challenge, digest];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  let at = 0;
  for (const part of parts) {
    new DataView(whole.buffer).setUint32(at, part.length);
    whole.set(part, at + 4);
    at += 4 + part.length;
  }
  return await sha256(whole);
}
