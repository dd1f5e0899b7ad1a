// A certificate for a worker that nobody else vouches for: an EC key (P-256) and a certificate (X.509 version 3, RFC 5280)
// that it signs itself, for a server and for nothing else, so that whoever trusts it trusts no other certificate by it.
// Loading this file loads the library that writes certificates: import it when one is wanted.

// First: the next one needs it to be there.
import "@abraham/reflection";
import * as x509 from "@peculiar/x509";
import { isIP } from "node:net";

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
}

/** A clock that is behind must not make a new certificate invalid. */
const backdatedMs = 24 * 60 * 60 * 1000;
const years = 10;
/** X.520: the upper bound of a common name. */
const mostCommonName = 64;

/** `names` are host names and addresses; the first is the subject. */
export async function makeSelfSigned(names: readonly string[], now = new Date()): Promise<SelfSigned> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + years);
  const subject = [...names[0] ?? "worker"].slice(0, mostCommonName).join("");
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [subject] }],
    serialNumber: crypto.getRandomValues(new Uint8Array(16)).toHex(),
    notBefore: new Date(now.valueOf() - backdatedMs),
    notAfter: until,
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(generalName)),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(key, x509.PemConverter.PrivateKeyTag)}\n`,
  };
}

/** RFC 5280, section 4.2.1.6. The URL parser has names in ASCII, and IPv6 addresses in their shortest form. */
function generalName(name: string): x509.JsonGeneralName {
  switch (isIP(name)) {
    case 0:
      return { type: "dns", value: new URL(`http://${name}`).hostname };
    case 4:
      return { type: "ip", value: name };
    default:
      return { type: "ip", value: new URL(`http://[${name.replace(/%.*$/, "")}]`).hostname.slice(1, -1) };
  }
}
