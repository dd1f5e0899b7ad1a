// PEM (RFC 7468): certificates and keys between lines of dashes. Other blocks, and text around them, are passed over.

import { X509Certificate } from "node:crypto";

/** A block with its lines of dashes. */
interface Block {
  readonly label: string;
  readonly text: string;
}

function blocks(text: string): Block[] {
  const found = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\r?\n[\s\S]*?-----END \1-----/g);
  return Array.from(found, ([text, label = ""]) => ({ label, text: `${text}\n` }));
}

/** The certificates, in the file's order. Throws an Error whose message is a clause. */
export function pemCertificates(text: string): X509Certificate[] {
  const labels = ["CERTIFICATE", "X509 CERTIFICATE"];
  return blocks(text).filter(({ label }) => labels.includes(label)).map(({ text }, at) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      throw new Error(`its certificate ${at + 1} is damaged`, { cause: error });
    }
  });
}

/** The first private key's block; undefined without one. */
export function pemPrivateKey(text: string): string | undefined {
  return blocks(text).find(({ label }) => label.endsWith("PRIVATE KEY"))?.text;
}
