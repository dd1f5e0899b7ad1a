// The daemon's side of SCRAM-SHA-256 (RFC 5802, RFC 7677). The password is turned into keys once and forgotten; what is
// kept cannot log in anywhere. A wrong proof takes the same steps as a right one and is found out only at their end.

import { nonceBytes, saltBytes, scramIterations } from "../limits.ts";
import { equalBytes } from "../wire/equal_bytes.ts";
import { ProtocolError } from "../wire/protocol_error.ts";
import {
  maskedByClientSignature,
  saltPassword,
  type ServerKeys,
  serverKeysOf,
  serverSignature,
  sha256,
  utf8,
} from "./scram_keys.ts";
import { bindingHeader, type ClientFirst, readClientFinal, readClientFirst } from "./scram_messages.ts";
import { type SessionKeys, sessionKeys } from "./session_keys.ts";

/** What a client's proof comes to. */
export type ScramVerdict =
  | { readonly kind: "proven"; readonly serverFinal: string; readonly keys: SessionKeys }
  | { readonly kind: "wrong-password" }
  /** The password is right, and what the client saw of the connection is not what was sent. */
  | { readonly kind: "wrong-binding" };

/** What differs in the examples of the RFC. */
export interface ScramTerms {
  readonly nonce: string;
  readonly header: string;
}

/** A password as the daemon keeps it. */
export class ScramVerifier {
  private constructor(
    readonly salt: Uint8Array<ArrayBuffer>,
    readonly iterations: number,
    readonly keys: ServerKeys,
  ) {}

  /** With a salt of its own; a fraction of a second at the iterations that clients accept. */
  static async create(
    password: string,
    iterations: number = scramIterations,
    salt: Uint8Array<ArrayBuffer> = crypto.getRandomValues(new Uint8Array(saltBytes)),
  ): Promise<ScramVerifier> {
    return new ScramVerifier(salt, iterations, await serverKeysOf(await saltPassword(password, salt, iterations)));
  }

  /** Begins one try. Throws ProtocolError. */
  begin(clientFirst: string, terms: Partial<ScramTerms> = {}): ScramServer {
    const { nonce = randomNonce(), header = bindingHeader } = terms;
    return new ScramServer(this, readClientFirst(clientFirst, header), { nonce, header });
  }
}

/** One try of one client. */
export class ScramServer {
  /** server-first-message. */
  readonly first: string;
  readonly #verifier: ScramVerifier;
  readonly #clientFirst: ClientFirst;
  readonly #nonce: string;
  readonly #header: string;

  constructor(verifier: ScramVerifier, clientFirst: ClientFirst, { nonce, header }: ScramTerms) {
    this.#verifier = verifier;
    this.#clientFirst = clientFirst;
    this.#nonce = clientFirst.nonce + nonce;
    this.#header = header;
    this.first = `r=${this.#nonce},s=${verifier.salt.toBase64()},i=${verifier.iterations}`;
  }

  /**
   * `bindings`: channel binding data, any of which is right; `exchanged`: of the key exchange that these bind too. Throws
   * ProtocolError.
   */
  async finish(clientFinal: string, bindings: readonly Uint8Array[], exchanged: Uint8Array): Promise<ScramVerdict> {
    const { withoutProof, binding, nonce, proof } = readClientFinal(clientFinal);
    if (nonce !== this.#nonce) throw new ProtocolError("client-final-message has another nonce");
    const { storedKey, serverKey } = this.#verifier.keys;
    const authMessage = utf8(`${this.#clientFirst.bare},${this.first},${withoutProof}`);
    const clientKey = await maskedByClientSignature(proof, storedKey, authMessage);
    const isProven = equalBytes(await sha256(clientKey), storedKey);
    const isBound = bindings.some((data) => equalBytes(bound(this.#header, data), binding));
    const serverFinal = `v=${(await serverSignature(serverKey, authMessage)).toBase64()}`;
    const keys = await sessionKeys(clientKey, serverKey, exchanged, authMessage);
    if (!isProven) return { kind: "wrong-password" };
    return isBound ? { kind: "proven", serverFinal, keys } : { kind: "wrong-binding" };
  }
}

/** cbind-input: the header, then the data. */
export function bound(header: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...utf8(header), ...data]);
}

export function randomNonce(): string {
  return crypto.getRandomValues(new Uint8Array(nonceBytes)).toBase64();
}
