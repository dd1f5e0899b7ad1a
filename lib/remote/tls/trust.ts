// Whether the certificate that a worker shows is the one that workers.toml asks for: the one with that fingerprint, one
// that the authorities of a file vouch for (or that lies in it itself), or one that the system's authorities vouch for.
// The TLS library judges chain, dates and name, and that the worker has the key; here its verdict is read. Nothing but
// an answer of `undefined` lets a connection be used.

import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { quotedPath } from "../../media/printable.ts";
import { systemReason } from "../../cli/system_reason.ts";
import type { WorkerEntry } from "../client/worker_entry.ts";
import { pemCertificates } from "./pem.ts";

/** What the TLS library found out. */
export interface Verdict {
  /** The certificate that was shown. */
  readonly certificate: X509Certificate;
  /** The library's code; null where it has no objection. */
  readonly objection: string | null;
}

export interface Trust {
  readonly options: Pick<ConnectionOptions, "ca" | "servername">;
  /** For the user, behind "TLS 1.3, ": "pinned". */
  readonly how: string;
  /** What is wrong with it, a clause for the user; undefined where it is trusted. */
  refusal(verdict: Verdict): string | undefined;
}

/** Throws an Error whose message is a clause, where the file of authorities cannot be used. */
export function trustFor({ host, ca, fingerprint }: WorkerEntry): Trust {
  const servername = isIP(host) === 0 ? host : "";
  if (fingerprint !== undefined) return { options: { servername }, how: "pinned", refusal: pinned(fingerprint) };
  if (ca === undefined) {
    return { options: { servername, ca: systemRoots() }, how: "trusted", refusal: vouchedFor(host) };
  }
  const known = authorities(ca);
  const refusal = vouchedFor(host);
  return {
    options: { servername, ca: known.map((certificate) => certificate.toString()) },
    how: "trusted by ca",
    refusal(verdict) {
      const isNamed = known.some(({ raw }) => raw.equals(verdict.certificate.raw));
      const { certificate, objection } = verdict;
      // Whoever names the certificate itself has said whose it is: one without a name works, and one whose issuer is not there.
      if (isNamed && (isUnvouched(objection) || objection === "ERR_TLS_CERT_ALTNAME_INVALID")) {
        return outOfDate(certificate, Date.now());
      }
      return refusal(verdict);
    },
  };
}

/** SHA-256 of a certificate, as workers.toml has it: 64 hexadecimal digits. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(":", "").toLowerCase();
}

function pinned(fingerprint: string) {
  return ({ certificate }: Verdict) => {
    const shown = fingerprintOf(certificate);
    if (shown === fingerprint) return undefined;
    return `its certificate is not the pinned one: its fingerprint is ${shown}, not ${fingerprint}`;
  };
}

function vouchedFor(host: string) {
  return ({ certificate, objection }: Verdict) => {
    if (objection === null) return undefined;
    // Before the library's verdict, which may be about its chain then: a certificate out of date is not to be pinned.
    const outdated = outOfDate(certificate, Date.now());
    if (outdated !== undefined) return outdated;
    const pin = `pin it with fingerprint = "${
      fingerprintOf(certificate)
    }" once you have compared that with the worker's`;
    if (isUnvouched(objection)) return `nobody who is trusted vouches for its certificate; ${pin}`;
    switch (objection) {
      case "ERR_TLS_CERT_ALTNAME_INVALID":
        return `its certificate is not for ${host}; ${pin}`;
      case "CERT_HAS_EXPIRED":
      case "CERT_NOT_YET_VALID":
        return "a certificate above its own is out of date";
      default:
        return `its certificate was refused (${objection})`;
    }
  };
}

const unvouched: readonly (string | null)[] = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];

/** Nobody who is known has issued it. */
function isUnvouched(objection: string | null): boolean {
  return unvouched.includes(objection);
}

/** A clause; undefined where `now` is within the certificate's dates. The clock may be what is wrong. */
function outOfDate({ validFrom, validTo }: X509Certificate, now: number): string | undefined {
  const clock = `; the clock here says ${new Date(now).toISOString().slice(0, 10)}`;
  if (Date.parse(validTo) < now) return `its certificate expired on ${day(validTo)}${clock}`;
  if (Date.parse(validFrom) > now) return `its certificate is not valid before ${day(validFrom)}${clock}`;
  return undefined;
}

/** "2027-11-21", of the notation of X509Certificate's dates. */
function day(date: string): string {
  const parsed = new Date(date);
  return Number.isNaN(parsed.valueOf()) ? date : parsed.toISOString().slice(0, 10);
}

function authorities(path: string): X509Certificate[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`its ca, ${quotedPath(path)}, cannot be read: ${systemReason(error)}`, { cause: error });
  }
  const found = pemCertificates(text);
  if (found.length === 0) throw new Error(`its ca, ${quotedPath(path)}, holds no PEM certificate`);
  return found;
}

let roots: string[] | undefined;

/** The system's authorities and those that Deno brings along (Mozilla's), PEM. */
function systemRoots(): string[] {
  return roots ??= [...new Set([...getCACertificates("system"), ...getCACertificates("default")])];
}
