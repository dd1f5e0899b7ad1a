// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677). The password shows only in a proof that is good for this
// conversation alone; a server that asks for so few iterations that a recorded proof could be guessed at quickly gets none,
// and one that cannot show that it knows the password too gets nothing more.

import { mostScramIterations, scramIterations } from "../limits.ts";
import { equalBytes } from "../wire/equal_bytes.ts";
import { ProtocolError } from "../wire/protocol_error.ts";
import { bound, randomNonce, type ScramTerms } from "./scram.ts";
import {
  clientKeyOf,
  maskedByClientSignature,
  type SaltedPassword,
  saltPassword,
  serverKeyOf,
  serverSignature,
  sha256,
  utf8,
} from "./scram_keys.ts";
import { bindingHeader, readServerFinal, readServerFirst } from "./scram_messages.ts";
import { type SessionKeys, sessionKeys } from "./session_keys.ts";

/** The server is none that a password should be proven to; `message` is one clause for the user. */
export class UntrustedServer extends Error {
  override name = "UntrustedServer";
}

export interface ClientTerms extends ScramTerms {
  readonly user: string;
  readonly leastIterations: number;
}

interface Expected {
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly keys: SessionKeys;
}

export class ScramClient {
  /** client-first-message. */
  readonly first: string;
  readonly #password: string;
  readonly #bare: string;
  readonly #terms: ClientTerms;
  #expected: Expected | undefined;

  constructor(password: string, terms: Partial<ClientTerms> = {}) {
    const {
      user = "",
      nonce = randomNonce(),
      header = bindingHeader,
      leastIterations = scramIterations,
    } = terms;
    this.#password = password;
    this.#terms = { user, nonce, header, leastIterations };
    this.#bare = `n=${user},r=${nonce}`;
    this.first = header + this.#bare;
  }

  /**
   * client-final-message. `binding`: channel binding data; `exchanged`: of the key exchange that it binds too. Throws
   * ProtocolError and UntrustedServer.
   */
  async finish(serverFirst: string, binding: Uint8Array, exchanged: Uint8Array): Promise<string> {
    const { nonce, header, leastIterations } = this.#terms;
    const { nonce: bothNonces, salt, iterations } = readServerFirst(serverFirst);
    if (!bothNonces.startsWith(nonce) || bothNonces.length === nonce.length) {
      throw new ProtocolError("server-first-message has a nonce that does not continue ours");
    }
    if (iterations < leastIterations || iterations > mostScramIterations) {
      throw new UntrustedServer(
        `it asks for ${iterations} iterations of SCRAM, where ${leastIterations} to ${mostScramIterations} are safe`,
      );
    }
    const salted = await rememberedSalting(this.#password, salt, iterations);
    const clientKey = await clientKeyOf(salted), serverKey = await serverKeyOf(salted);
    const withoutProof = `c=${bound(header, binding).toBase64()},r=${bothNonces}`;
    const authMessage = utf8(`${this.#bare},${serverFirst},${withoutProof}`);
    const proof = await maskedByClientSignature(clientKey, await sha256(clientKey), authMessage);
    this.#expected = {
      signature: await serverSignature(serverKey, authMessage),
      keys: await sessionKeys(clientKey, serverKey, exchanged, authMessage),
    };
    return `${withoutProof},p=${proof.toBase64()}`;
  }

  /** The keys, now that the server showed that it knows the password. Throws ProtocolError and UntrustedServer. */
  verify(serverFinal: string): SessionKeys {
    const signature = readServerFinal(serverFinal);
    if (this.#expected === undefined) throw new Error("Cannot verify a server before it has our proof");
    if (!equalBytes(signature, this.#expected.signature)) {
      throw new UntrustedServer("it does not know the password itself");
    }
    return this.#expected.keys;
  }
}

/** More than workers that anybody has; the one used longest ago makes room. */
const mostRemembered = 1_000;
const remembered = new Map<string, Promise<SaltedPassword>>();

/** Computed once for a worker's password, salt and iterations: a daemon keeps its salt, and connections are lost often. */
function rememberedSalting(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<SaltedPassword> {
  const name = `${iterations} ${salt.toBase64()} ${password}`;
  const known = remembered.get(name) ?? saltPassword(password, salt, iterations);
  remembered.delete(name);
  remembered.set(name, known);
  for (const oldest of remembered.keys()) {
    if (remembered.size <= mostRemembered) break;
    remembered.delete(oldest);
  }
  return known;
}
