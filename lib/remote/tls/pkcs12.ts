// Key and certificates of a .p12 file (PKCS #12, RFC 7292), as `openssl pkcs12 -export` makes them. The password is proven
// by the file's own authentication code before anything is decrypted; where a file has none, decryption proves it.

import { createHmac, timingSafeEqual, X509Certificate } from "node:crypto";
import { context, Der, DerError, tags } from "./der.ts";
import { decryptPkcs12, derivePkcs12, iterationsOf, type PasswordBytes, UnreadableIdentity } from "./pkcs12_ciphers.ts";

export { UnreadableIdentity };

export interface KeyAndCertificates {
  /** PKCS #8, DER; there may be several, or none. */
  readonly keys: readonly Uint8Array<ArrayBuffer>[];
  readonly certificates: readonly X509Certificate[];
}

const oids = {
  data: "1.2.840.113549.1.7.1",
  encryptedData: "1.2.840.113549.1.7.6",
  keyBag: "1.2.840.113549.1.12.10.1.1",
  shroudedKeyBag: "1.2.840.113549.1.12.10.1.2",
  certBag: "1.2.840.113549.1.12.10.1.3",
  x509Certificate: "1.2.840.113549.1.9.22.1",
} as const;

const digests: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** Reads the file. Throws UnreadableIdentity. */
export function readPkcs12(bytes: Uint8Array<ArrayBuffer>, password: string): KeyAndCertificates {
  try {
    const [version, authSafe, mac] = Der.parse(bytes).children();
    if (version?.integer() !== 3 || authSafe === undefined) throw new DerError("its version is not 3");
    const safes = contentOf(authSafe);
    const proven = provenPassword(safes, mac, password);
    return collect(safes, proven);
  } catch (error) {
    if (error instanceof UnreadableIdentity) throw error;
    // What else is thrown comes of bytes that are something else than they should be.
    const why = error instanceof DerError ? error.message : "a part of it is not what it should be";
    throw new UnreadableIdentity(`it is no .p12 file, or it is damaged (${why})`, { cause: error });
  }
}

/** The bytes in a ContentInfo of type data. */
function contentOf(info: Der): Uint8Array<ArrayBuffer> {
  const [type, content] = info.children();
  if (type?.oid() !== oids.data) {
    throw new UnreadableIdentity("it is signed with a certificate, which is not read here");
  }
  return content!.child(context(0)).expect(tags.octetString);
}

/** The form of the password that the file was made with: no password at all is written in two ways. */
function provenPassword(safes: Uint8Array, mac: Der | undefined, text: string): PasswordBytes {
  const utf8 = new TextEncoder().encode(text);
  const forms: PasswordBytes[] = [{ utf8, bmp: bmpOf(text) }];
  if (text === "") forms.push({ utf8, bmp: new Uint8Array(0) });
  if (mac === undefined) return forms[0]!;
  const [digestInfo, salt, iterations] = mac.children();
  const [algorithm, expected] = digestInfo!.children();
  const oid = algorithm!.children()[0]!.oid(), hash = digests[oid];
  if (hash === undefined) throw new UnreadableIdentity(`its authentication code is not known here (${oid})`);
  const settings = {
    purpose: 3,
    hash,
    salt: salt!.expect(tags.octetString),
    iterations: iterations === undefined ? 1 : iterationsOf(iterations),
    bytes: createHmac(hash, "").digest().length,
  } as const;
  const code = expected!.expect(tags.octetString);
  const found = forms.find(({ bmp }) => {
    const made = createHmac(hash, derivePkcs12({ ...settings, password: bmp })).update(safes).digest();
    return made.length === code.length && timingSafeEqual(made, code);
  });
  if (found !== undefined) return found;
  throw new UnreadableIdentity(text === "" ? "it needs a password" : "the password is wrong, or it is damaged");
}

function bmpOf(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length + 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at));
  return bytes;
}

function collect(safes: Uint8Array<ArrayBuffer>, password: PasswordBytes): KeyAndCertificates {
  const keys: Uint8Array<ArrayBuffer>[] = [], certificates: X509Certificate[] = [];
  for (const info of Der.parse(safes).children()) {
    for (const bag of Der.parse(safeContents(info, password)).children()) {
      const [type, wrapped] = bag.children();
      const value = Der.parse(wrapped!.expect(context(0)));
      switch (type!.oid()) {
        case oids.keyBag:
          keys.push(value.encode());
          break;
        case oids.shroudedKeyBag: {
          const [algorithm, data] = value.children();
          keys.push(decrypted(algorithm!, password, data!.expect(tags.octetString)));
          break;
        }
        case oids.certBag: {
          const [kind, content] = value.children();
          if (kind!.oid() !== oids.x509Certificate) break;
          certificates.push(new X509Certificate(content!.child(context(0)).expect(tags.octetString)));
        }
      }
    }
  }
  return { keys, certificates };
}

function safeContents(info: Der, password: PasswordBytes): Uint8Array<ArrayBuffer> {
  const [type, content] = info.children();
  if (type!.oid() !== oids.encryptedData) return contentOf(info);
  const [, encrypted] = content!.child(context(0)).children();
  const [, algorithm, data] = encrypted!.children();
  return decrypted(algorithm!, password, data!.expect(context(0, false)));
}

function decrypted(algorithm: Der, password: PasswordBytes, data: Uint8Array): Uint8Array<ArrayBuffer> {
  try {
    return decryptPkcs12(algorithm, password, data);
  } catch (error) {
    if (error instanceof UnreadableIdentity || error instanceof DerError) throw error;
    throw new UnreadableIdentity("the password is wrong, or it is damaged", { cause: error });
  }
}
