// Who the daemon proves to be: a private key, the certificate that it fits, and those that lead from there to one that
// clients know. What is loaded was checked: it can be used as it is.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readAtMost } from "../../cli/read_at_most.ts";
import { systemReason } from "../../cli/system_reason.ts";
import { InputError } from "../../errors.ts";
import { quotedPath } from "../../media/printable.ts";
import type { IdentityFiles } from "./identity_files.ts";
import { pemCertificates, pemPrivateKey } from "./pem.ts";
import type { readPkcs12 } from "./pkcs12.ts";
import { UnreadableIdentity } from "./unreadable_identity.ts";

export interface Identity {
  /** PKCS #8, PEM. */
  readonly key: string;
  /** PEM, the key's certificate first. */
  readonly chain: string;
  /** The key's. */
  readonly certificate: X509Certificate;
}

const mostFileBytes = 1024 * 1024;

/** Loads and checks the files; without `now`, by the clock. Throws InputError. */
export type IdentityLoader = (now?: Date) => Identity;

/** What loads these files, as often as it is asked. What reads a .p12 takes a while to start, and is started only for one. */
export async function identityLoader(files: IdentityFiles): Promise<IdentityLoader> {
  if (files.kind === "pem") return (now) => checked(files.certificates, () => fromPem(files), now);
  const { readPkcs12 } = await import("./pkcs12.ts");
  return (now) => checked(files.path, () => fromPkcs12(files, readPkcs12), now);
}

function checked(named: string, parts: () => Parts, now = new Date()): Identity {
  try {
    const { keys, certificates } = parts();
    return arranged(keys, certificates, now);
  } catch (error) {
    if (error instanceof InputError) throw error;
    // X509Certificate looks at some parts of a certificate only when it is asked for them, and throws then.
    const why = error instanceof UnreadableIdentity ? error.message : "a certificate is damaged, or of an unknown kind";
    throw new InputError(`Cannot use ${quotedPath(named)} for TLS: ${why}`, { cause: error });
  }
}

interface Parts {
  readonly keys: readonly KeyObject[];
  readonly certificates: readonly X509Certificate[];
}

function fromPkcs12({ path, password }: IdentityFiles & { kind: "p12" }, read12: typeof readPkcs12): Parts {
  const bytes = read(path);
  if (new TextDecoder().decode(bytes.subarray(0, 11)) === "-----BEGIN ") {
    throw new UnreadableIdentity("it is PEM; name it by TLS_CERT_PATH, and its key by TLS_KEY_PATH");
  }
  const { keys, certificates } = read12(bytes, password);
  return { keys: keys.map(keyOf), certificates };
}

function fromPem({ certificates, key }: IdentityFiles & { kind: "pem" }): Parts {
  const block = pemPrivateKey(textOf(key));
  if (block === undefined) throw new UnreadableIdentity(`its key, ${quotedPath(key)}, holds no PEM private key`);
  if (/ENCRYPTED/.test(block)) {
    throw new UnreadableIdentity(
      `its key, ${
        quotedPath(key)
      }, needs a password; take that off with openssl pkey, or make a .p12 for IDENTITY_FILE`,
    );
  }
  return { keys: [keyOf(block)], certificates: certificatesOf(textOf(certificates)) };
}

function certificatesOf(text: string): X509Certificate[] {
  try {
    return pemCertificates(text);
  } catch (error) {
    throw new UnreadableIdentity(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function textOf(path: string): string {
  return new TextDecoder().decode(read(path));
}

function read(path: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array;
  try {
    bytes = readAtMost(path, mostFileBytes + 1);
  } catch (error) {
    throw new InputError(`Cannot read ${quotedPath(path)}, which TLS needs: ${systemReason(error)}`, { cause: error });
  }
  if (bytes.length > mostFileBytes) throw new InputError(`Cannot use ${quotedPath(path)} for TLS: it is above 1 MiB`);
  return Uint8Array.from(bytes);
}

/** `key` is PEM. */
function keyOf(key: string): KeyObject {
  try {
    return createPrivateKey(key);
  } catch (error) {
    throw new UnreadableIdentity("its private key is damaged, or of an unknown kind", { cause: error });
  }
}

function arranged(keys: readonly KeyObject[], certificates: readonly X509Certificate[], now: Date): Identity {
  if (certificates.length === 0) throw new UnreadableIdentity("it holds no certificate");
  if (keys.length === 0) throw new UnreadableIdentity("it holds no private key");
  for (const key of keys) {
    const certificate = certificates.find((certificate) => certificate.checkPrivateKey(key));
    if (certificate === undefined) continue;
    refuseKind(key);
    const expired = new Date(certificate.validTo);
    if (expired < now) {
      throw new UnreadableIdentity(`its certificate expired on ${expired.toISOString().slice(0, 10)}; renew it`);
    }
    const chain = [certificate, ...issuersOf(certificate, certificates)];
    return {
      key: String(key.export({ type: "pkcs8", format: "pem" })),
      chain: chain.map(String).join(""),
      certificate,
    };
  }
  throw new UnreadableIdentity("the private key does not belong to the certificate");
}

/** Kinds of keys that TLS is spoken with here. */
function refuseKind(key: KeyObject): void {
  const kind = key.asymmetricKeyType, { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  if (kind === "ed25519") return;
  if (kind === "rsa" && modulusLength >= 2048) return;
  if (kind === "ec" && ["prime256v1", "secp384r1"].includes(namedCurve)) return;
  const what = kind === "rsa" ? `RSA with ${modulusLength} bits` : `${kind} ${namedCurve}`.trim();
  throw new UnreadableIdentity(
    `its key is ${what}; needed is RSA of 2048 bits or more, or EC P-256 or P-384, or Ed25519`,
  );
}

/** The issuer, its issuer, and so on; without the last, which nobody issued and clients must know anyway. */
function issuersOf(certificate: X509Certificate, certificates: readonly X509Certificate[]): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let last = certificate; last.issuer !== last.subject;) {
    const issuer = certificates.find((other) => other.subject === last.issuer && !chain.includes(other));
    if (issuer === undefined || issuer.issuer === issuer.subject) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}
