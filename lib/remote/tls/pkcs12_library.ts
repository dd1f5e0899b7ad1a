// node-forge, as far as it is used here, with two things that it does not do, where it derives keys: a file cannot have it
// count for hours; and PBKDF2 takes the password as UTF-8 (node-forge hands one string to both derivations, as UTF-16 to the
// file format's own, and to PBKDF2 as bytes, which only ASCII survives), and is computed natively. Loading this file loads
// node-forge, some 100 ms: import what imports it when there is a .p12.

import { Buffer } from "node:buffer";
import { pbkdf2Sync } from "node:crypto";
import untyped from "node-forge";
import { UnreadableIdentity } from "./unreadable_identity.ts";

declare const isAsn1: unique symbol;
declare const isBuffer: unique symbol;
/** A value of ASN.1, parsed. */
export interface Asn1 {
  readonly [isAsn1]: true;
}
/** Bytes that are taken off at the front. Elsewhere bytes are strings of characters below 256. */
interface ByteBuffer {
  readonly [isBuffer]: true;
  getBytes(): string;
}

/** What a .p12 holds one of. Keys and certificates of RSA are objects of the library's; others stay ASN.1. */
export type Bag =
  & { readonly type: string }
  & (
    | { readonly key: object; readonly cert: object; readonly asn1?: undefined }
    | { readonly key?: null; readonly cert?: null; readonly asn1: Asn1 }
  );

interface Forge {
  readonly util: { createBuffer(bytes: Uint8Array): ByteBuffer };
  readonly asn1: {
    fromDer(bytes: ByteBuffer): Asn1;
    toDer(value: Asn1): ByteBuffer;
  };
  readonly pem: { encode(block: { readonly type: string; readonly body: string }): string };
  readonly pkcs12: {
    /** `null` is no password, which is not the empty one. */
    pkcs12FromAsn1(
      file: Asn1,
      isStrict: boolean,
      password: string | null,
    ): { readonly safeContents: readonly { readonly safeBags: readonly Bag[] }[] };
    generateKey: Pkcs12Derivation;
  };
  readonly pki: {
    readonly oids: Readonly<Record<"keyBag" | "pkcs8ShroudedKeyBag" | "certBag", string>>;
    readonly pbe: { generatePkcs12Key: Pkcs12Derivation };
    certificateToAsn1(certificate: object): Asn1;
    privateKeyToPem(key: object): string;
    privateKeyInfoToPem(key: Asn1): string;
  };
  readonly pkcs5: { pbkdf2: Pbkdf2 };
}
/** RFC 7292, appendix B.2. */
type Pkcs12Derivation = (
  password: string | null,
  salt: ByteBuffer,
  purpose: number,
  iterations: number,
  bytes: number,
  digest?: object,
) => ByteBuffer;
/** RFC 8018, section 5.2. */
type Pbkdf2 = (
  password: string | null,
  salt: string,
  iterations: number,
  bytes: number,
  digest: { readonly algorithm: string },
) => string;

export const forge: Forge = untyped;

/** Of one file, together: about ten seconds. OpenSSL's default is 2048 for each of five derivations at most. */
const mostIterations = 4_000_000;
let iterationsLeft = 0;

/** Before each file. */
export function restartCount(): void {
  iterationsLeft = mostIterations;
}

function counted(iterations: number): number {
  if (!(iterations >= 1 && iterations <= iterationsLeft)) {
    throw new UnreadableIdentity(`it asks for ${iterations} iterations, or it is damaged`);
  }
  iterationsLeft -= iterations;
  return iterations;
}

const derive = forge.pki.pbe.generatePkcs12Key;
forge.pkcs12.generateKey = forge.pki.pbe.generatePkcs12Key = (password, salt, purpose, iterations, bytes, digest) =>
  derive(password, salt, purpose, counted(iterations), bytes, digest);
forge.pkcs5.pbkdf2 = (password, salt, iterations, bytes, { algorithm }) =>
  pbkdf2Sync(password ?? "", Buffer.from(salt, "latin1"), counted(iterations), bytes, algorithm).toString("latin1");
