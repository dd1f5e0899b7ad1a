// Who the daemon proves to be: a private key, the certificate that it fits, and those that lead from there to one that
// clients know. What is loaded was checked: it can be used as it is.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";
import { readAtMost } from "../../cli/read_at_most.ts";
import { systemReason } from "../../cli/system_reason.ts";
import { InputError } from "../../errors.ts";
import { quotedPath } from "../../media/printable.ts";
import type { IdentityFiles } from "./identity_files.ts";
import { pemCertificates, pemPrivateKey } from "./pem.ts";
import { readPkcs12, UnreadableIdentity } from "./pkcs12.ts";

export interface Identity {
  /** PKCS #8, PEM. */
  readonly key: string;
  /** PEM, the key's certificate first. */
  readonly chain: string;
  /** The key's. */
  readonly certificate: X509Certificate;
}

const mostFileBytes = 1024 * 1024;

/** Loads and checks the files. Throws InputError. */
export function loadIdentity(files: IdentityFiles, now = new Date()): Identity {
  const named = files.kind === "p12" ? files.path : files.certificates;
  try {
    const { keys, certificates } = files.kind === "p12" ? fromPkcs12(files) : fromPem(files);
    return arranged(keys, certificates, now);
  } catch (error) {
    if (!(error instanceof UnreadableIdentity)) throw error;
    throw new InputError(`Cannot use ${quotedPath(named)} for TLS: ${error.message}`, { cause: error });
  }
}

interface Parts {
  readonly keys: readonly KeyObject[];
  readonly certificates: readonly X509Certificate[];
}

function fromPkcs12({ path, password }: IdentityFiles & { kind: "p12" }): Parts {
  const bytes = read(path);
  if (new TextDecoder().decode(bytes.subarray(0, 11)) === "-----BEGIN ") {
    throw new UnreadableIdentity("it is PEM; name it by TLS_CERT_PATH, and its key by TLS_KEY_PATH");
  }
  const { keys, certificates } = readPkcs12(bytes, password);
  return { keys: keys.map((der) => keyOf({ key: Buffer.from(der), format: "der", type: "pkcs8" })), certificates };
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
  return { keys: [keyOf(block)], certificates: pemCertificates(textOf(certificates)) };
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

function keyOf(key: Parameters<typeof createPrivateKey>[0]): KeyObject {
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
