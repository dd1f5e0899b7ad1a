// Key and certificates of a .p12 file (PKCS #12, RFC 7292), as `openssl pkcs12 -export` makes them. node-forge reads it,
// old ciphers included; here its answers become keys, certificates, and clauses for the user.

import { X509Certificate } from "node:crypto";
import { type Asn1, type Bag, forge, restartCount } from "./pkcs12_library.ts";
import { UnreadableIdentity } from "./unreadable_identity.ts";

export interface KeyAndCertificates {
  /** PEM; there may be several, or none. */
  readonly keys: readonly string[];
  readonly certificates: readonly X509Certificate[];
}

/** Reads the file. Throws UnreadableIdentity. */
export function readPkcs12(bytes: Uint8Array, password: string): KeyAndCertificates {
  let failure: unknown;
  const file = parsed(bytes);
  // No password at all is written in two ways.
  for (const form of password === "" ? ["", null] : [password]) {
    try {
      restartCount();
      return collect(forge.pkcs12.pkcs12FromAsn1(file, true, form).safeContents.flatMap(({ safeBags }) => safeBags));
    } catch (error) {
      failure = error;
    }
  }
  throw failure instanceof UnreadableIdentity
    ? failure
    : new UnreadableIdentity(reason(failure, password), { cause: failure });
}

const notOne = "it is no .p12 file, or it is damaged";

function parsed(bytes: Uint8Array): Asn1 {
  try {
    return forge.asn1.fromDer(forge.util.createBuffer(bytes));
  } catch (error) {
    throw new UnreadableIdentity(notOne, { cause: error });
  }
}

const { oids } = forge.pki;

function collect(bags: readonly Bag[]): KeyAndCertificates {
  const isKey = ({ type }: Bag) => type === oids.keyBag || type === oids.pkcs8ShroudedKeyBag;
  return {
    keys: bags.filter(isKey).map(keyPem),
    certificates: bags.filter(({ type }) => type === oids.certBag).map((bag) =>
      new X509Certificate(certificatePem(bag))
    ),
  };
}

/** Keys and certificates of other kinds than RSA are left as ASN.1. */
function keyPem({ key, asn1 }: Bag): string {
  return key ? forge.pki.privateKeyToPem(key) : forge.pki.privateKeyInfoToPem(asn1);
}

function certificatePem({ cert, asn1 }: Bag): string {
  const whole = cert ? forge.pki.certificateToAsn1(cert) : asn1;
  return forge.pem.encode({ type: "CERTIFICATE", body: forge.asn1.toDer(whole).getBytes() });
}

/** A clause for the user, of what node-forge said. */
function reason(error: unknown, password: string): string {
  const said = error instanceof Error ? error.message : "";
  if (/ASN\.1 object is not an PKCS#12 PFX|PFX of version/.test(said)) return notOne;
  if (/unsupported/i.test(said)) {
    // Some of its errors have the identifier beside what they say, some at the end of it, some as bytes.
    const { oid = "" } = error as { oid?: unknown };
    const [identifier] = /\d+(\.\d+)+$/.exec(`${said} ${oid}`.trim()) ?? [];
    const which = identifier === undefined ? "" : ` (${identifier})`;
    return `it is protected in a way that is not read here${which}, or it is damaged`;
  }
  // Without a code of authentication, what a wrong password leads to looks like any damage.
  if (password !== "") return "the password is wrong, or it is damaged";
  return said.includes("MAC could not be verified") ? "it needs a password" : "it is damaged, or needs a password";
}
