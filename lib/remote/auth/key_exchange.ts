// X25519 (RFC 7748) with a key pair that lives for one handshake. What the two sides come to goes into their session's keys:
// whoever knows the password and reads along, now or in a recording, still has none of them.

import { ProtocolError } from "../wire/protocol_error.ts";

/** Hexadecimal digits of a public key. */
export const publicKeyDigits = 64;

export class KeyExchange {
  readonly #privateKey: CryptoKey;

  private constructor(
    privateKey: CryptoKey,
    /** In hexadecimal. */
    readonly publicKey: string,
  ) {
    this.#privateKey = privateKey;
  }

  static async begin(): Promise<KeyExchange> {
    const pair = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]) as CryptoKeyPair;
    const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
    return new KeyExchange(pair.privateKey, new Uint8Array(raw).toHex());
  }

  /** 32 bytes that both sides come to. Throws ProtocolError where the other side's key gives the same to everybody. */
  async secretWith(publicKey: string): Promise<Uint8Array<ArrayBuffer>> {
    const theirs = await crypto.subtle.importKey("raw", Uint8Array.fromHex(publicKey), "X25519", false, []);
    try {
      const bits = await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, this.#privateKey, 256);
      return new Uint8Array(bits);
    } catch (error) {
      throw new ProtocolError("a public key of small order", { cause: error });
    }
  }
}
