// A certificate for a worker that nobody else vouches for: an EC key (P-256) and a certificate (X.509 version 3, RFC 5280)
// that it signs itself, for a server and for nothing else, so that whoever trusts it trusts no other certificate by it.

import { isIP } from "node:net";
import { concat } from "../bytes.ts";
import { context, encode, encodeInteger, encodeOid, tags } from "./der.ts";

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
}

const oids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  subjectAlternativeName: "2.5.29.17",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
} as const;

/** A clock that is behind must not make a new certificate invalid. */
const backdatedMs = 24 * 60 * 60 * 1000;
const years = 10;
/** X.520: the upper bound of a common name. */
const mostCommonName = 64;

/** `names` are host names and addresses; the first is the subject. */
export async function makeSelfSigned(names: readonly string[], now = new Date()): Promise<SelfSigned> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + years);
  const algorithm = sequence(encodeOid(oids.ecdsaWithSha256));
  const subject = distinguishedName(names[0] ?? "worker");
  const content = sequence(
    encode(context(0), encodeInteger(Uint8Array.of(2))),
    encodeInteger(crypto.getRandomValues(new Uint8Array(16))),
    algorithm,
    subject,
    sequence(time(new Date(now.valueOf() - backdatedMs)), time(until)),
    subject,
    spki,
    encode(context(3), extensions(names)),
  );
  const signature = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, content));
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return {
    certificate: pem("CERTIFICATE", sequence(content, algorithm, bits(signatureValue(signature)))),
    key: pem("PRIVATE KEY", pkcs8),
  };
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return encode(tags.sequence, ...parts);
}

function bits(bytes: Uint8Array): Uint8Array {
  return encode(tags.bitString, Uint8Array.of(0), bytes);
}

/** WebCrypto gives both numbers side by side, certificates have a sequence of them (RFC 3279, section 2.2.3). */
function signatureValue(both: Uint8Array): Uint8Array {
  const half = both.length / 2;
  return sequence(encodeInteger(both.subarray(0, half)), encodeInteger(both.subarray(half)));
}

function distinguishedName(name: string): Uint8Array {
  const text = new TextEncoder().encode([...name].slice(0, mostCommonName).join(""));
  return sequence(encode(tags.set, sequence(encodeOid(oids.commonName), encode(tags.utf8String, text))));
}

/** RFC 5280, section 4.1.2.5: two digits of the year until 2049. */
function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, "");
  const text = (value: string) => new TextEncoder().encode(value);
  return date.getUTCFullYear() < 2050
    ? encode(tags.utcTime, text(digits.slice(2)))
    : encode(tags.generalizedTime, text(digits));
}

function extensions(names: readonly string[]): Uint8Array {
  const extension = (oid: string, isCritical: boolean, value: Uint8Array) =>
    sequence(
      encodeOid(oid),
      isCritical ? encode(tags.boolean, Uint8Array.of(0xff)) : new Uint8Array(0),
      encode(tags.octetString, value),
    );
  return sequence(
    // No authority: an empty sequence says so.
    extension(oids.basicConstraints, true, sequence()),
    // digitalSignature, the first of the bits; seven are unused.
    extension(oids.keyUsage, true, encode(tags.bitString, Uint8Array.of(7, 0x80))),
    extension(oids.extendedKeyUsage, false, sequence(encodeOid(oids.serverAuthentication))),
    extension(oids.subjectAlternativeName, false, sequence(...names.map(generalName))),
  );
}

/** RFC 5280, section 4.2.1.6. */
function generalName(name: string): Uint8Array {
  if (isIP(name) === 0) return encode(context(2, false), new TextEncoder().encode(new URL(`http://${name}`).hostname));
  return encode(context(7, false), isIP(name) === 4 ? Uint8Array.from(name.split("."), Number) : ipv6Bytes(name));
}

function ipv6Bytes(address: string): Uint8Array {
  // The URL parser writes out embedded IPv4 addresses and shortens one run of zeros.
  const text = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head = "", tail] = text.split("::");
  const groups = (part: string | undefined) => part ? part.split(":").map((group) => parseInt(group, 16)) : [];
  const first = groups(head), last = groups(tail);
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  return concat(all.map((group) => Uint8Array.of(group >> 8, group & 0xff)));
}

function pem(label: string, bytes: Uint8Array<ArrayBuffer>): string {
  const lines = bytes.toBase64().match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
