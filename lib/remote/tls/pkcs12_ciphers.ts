// The ciphers of PKCS #12 files as OpenSSL makes them: PBES2 with AES (OpenSSL 3), and those of PKCS #12 itself with 3DES
// and RC2 (OpenSSL 1.1, and 3 with -legacy). Iterations are bounded, so that a file cannot keep the daemon from starting.

import { createDecipheriv, createHash, pbkdf2Sync } from "node:crypto";
import { concat } from "../bytes.ts";
import { type Der, tags } from "./der.ts";
import { decryptRc2Cbc } from "./rc2.ts";

/** A kind of file that is not read. `message` is a clause for the user. */
export class UnreadableIdentity extends Error {
  override name = "UnreadableIdentity";
}

const mostIterations = 10_000_000;
const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";

/** RFC 7292, appendix C: ciphers keyed by the file format's own derivation, with SHA-1. */
const ownCiphers: Readonly<Record<string, { readonly keyBytes: number; readonly cipher: "3des" | "rc2" }>> = {
  "1.2.840.113549.1.12.1.3": { keyBytes: 24, cipher: "3des" },
  "1.2.840.113549.1.12.1.5": { keyBytes: 16, cipher: "rc2" },
  "1.2.840.113549.1.12.1.6": { keyBytes: 5, cipher: "rc2" },
};
const aes: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyBytes: 16 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyBytes: 32 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyBytes: 24 },
};
const pseudoRandom: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};

/** A password in the two forms that the ciphers take. */
export interface PasswordBytes {
  readonly utf8: Uint8Array;
  /** UTF-16, big-endian, and a zero character behind it (RFC 7292, appendix B.1). */
  readonly bmp: Uint8Array;
}

/** Decrypts what `algorithm` (an AlgorithmIdentifier) encrypted. Throws, whatever a wrong password or a broken file leads to. */
export function decryptPkcs12(algorithm: Der, password: PasswordBytes, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const [name, parameters] = algorithm.children();
  if (name === undefined || parameters === undefined) throw new UnreadableIdentity("its encryption is not described");
  const oid = name.oid();
  if (oid === pbes2) return decryptPbes2(parameters, password.utf8, data);
  const own = ownCiphers[oid];
  if (own === undefined) throw new UnreadableIdentity(`it is encrypted in a way that is not read here (${oid})`);
  const [salt, iterations] = parameters.children();
  const settings = { salt: salt!.expect(tags.octetString), iterations: iterationsOf(iterations!), hash: "sha1" };
  const key = derivePkcs12({ ...settings, purpose: 1, password: password.bmp, bytes: own.keyBytes });
  const iv = derivePkcs12({ ...settings, purpose: 2, password: password.bmp, bytes: 8 });
  if (own.cipher === "3des") return decipher("des-ede3-cbc", key, iv, data);
  return withoutPadding(decryptRc2Cbc(key, iv, data));
}

/** RFC 8018, section 6.2 and appendix A.2 and A.4. */
function decryptPbes2(parameters: Der, password: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const [derivation, encryption] = parameters.children();
  const [kdf, kdfParameters] = derivation!.children();
  if (kdf!.oid() !== pbkdf2) {
    throw new UnreadableIdentity(`its key is derived in a way that is not read (${kdf!.oid()})`);
  }
  const [salt, iterations, ...others] = kdfParameters!.children();
  const prf = others.find(({ tag }) => tag === tags.sequence);
  const prfOid = prf?.children()[0]?.oid() ?? "1.2.840.113549.2.7";
  const [cipher, iv] = encryption!.children();
  const known = aes[cipher!.oid()], hash = pseudoRandom[prfOid];
  if (known === undefined || hash === undefined) {
    throw new UnreadableIdentity(`it is encrypted in a way that is not read here (${cipher!.oid()}, ${prfOid})`);
  }
  const saltBytes = salt!.expect(tags.octetString);
  const key = pbkdf2Sync(password, saltBytes, iterationsOf(iterations!), known.keyBytes, hash);
  return decipher(known.name, key, iv!.expect(tags.octetString), data);
}

/** A count of iterations that may be computed. */
export function iterationsOf(value: Der): number {
  const iterations = value.integer();
  if (iterations < 1 || iterations > mostIterations) {
    throw new UnreadableIdentity(`it asks for ${iterations} iterations`);
  }
  return iterations;
}

export interface Derivation {
  /** 1: a key, 2: an initial value, 3: a key for a code of authentication. */
  readonly purpose: 1 | 2 | 3;
  /** As node:crypto names it. */
  readonly hash: string;
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly bytes: number;
}

/** RFC 7292, appendix B.2. */
export function derivePkcs12(
  { purpose, hash, password, salt, iterations, bytes }: Derivation,
): Uint8Array<ArrayBuffer> {
  const blockBytes = hash === "sha384" || hash === "sha512" ? 128 : 64;
  const mixed = concat([filled(salt, blockBytes), filled(password, blockBytes)]);
  const diversifier = new Uint8Array(blockBytes).fill(purpose);
  const parts: Uint8Array[] = [];
  for (let made = 0; made < bytes;) {
    let digest = createHash(hash).update(diversifier).update(mixed).digest();
    for (let round = 1; round < iterations; round++) digest = createHash(hash).update(digest).digest();
    parts.push(digest);
    made += digest.length;
    // Each block of what is mixed grows by the digest, repeated to a block's length, and 1.
    for (let start = 0; start < mixed.length; start += blockBytes) {
      let carry = 1;
      for (let at = blockBytes - 1; at >= 0; at--) {
        carry += mixed[start + at]! + digest[at % digest.length]!;
        mixed[start + at] = carry & 0xff;
        carry >>= 8;
      }
    }
  }
  return concat(parts).slice(0, bytes);
}

/** `bytes` repeated to whole blocks; nothing where there are none. */
function filled(bytes: Uint8Array, blockBytes: number): Uint8Array {
  const length = blockBytes * Math.ceil(bytes.length / blockBytes);
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length]!);
}

function decipher(name: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const cipher = createDecipheriv(name, key, iv);
  return concat([cipher.update(data), cipher.final()]);
}

/** Without PKCS #7 padding to blocks of 8. */
function withoutPadding(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const padding = bytes.at(-1) ?? 0;
  const isWhole = padding >= 1 && padding <= 8 && bytes.subarray(-padding).every((byte) => byte === padding);
  if (!isWhole) throw new Error("The padding is wrong");
  return bytes.slice(0, bytes.length - padding);
}
