// What the two sides of one connection have and nobody else, not even who knows the password and reads along. Who opened a
// session shows on a later connection that it was him: by a code under the first connection's key over all that the later
// one's handshake said, so that it is good there and nowhere else.

import { equalBytes } from "../wire/equal_bytes.ts";

export class ConnectionSecret {
  readonly #key: CryptoKey;
  readonly #transcript: Uint8Array<ArrayBuffer>;

  /** `key`: HMAC-SHA-256, used for nothing else; `transcript`: SHA-256 of what the handshake said. */
  constructor(key: CryptoKey, transcript: Uint8Array<ArrayBuffer>) {
    this.#key = key;
    this.#transcript = transcript;
  }

  /** Shows on the connection `later` that this secret is known; 64 hexadecimal digits. */
  async proofOn(later: ConnectionSecret): Promise<string> {
    return (await this.#codeOf(later)).toHex();
  }

  /** Whether `proof`, in hexadecimal, is that; as long whatever it is. */
  async isProvenBy(proof: string, later: ConnectionSecret): Promise<boolean> {
    return equalBytes(Uint8Array.fromHex(proof), await this.#codeOf(later));
  }

  async #codeOf(later: ConnectionSecret): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign("HMAC", this.#key, later.#transcript));
  }
}
