// Where the environment says that the daemon's key and certificate are: one .p12 file, two PEM files, or nowhere, which is
// plain TCP. Anything between is a mistake and is said.

import { UsageError } from "../../errors.ts";
import { type Environment, secretFrom } from "../daemon/password_source.ts";

export type IdentityFiles =
  | { readonly kind: "p12"; readonly path: string; readonly password: string }
  /** `certificates`: that of the key, and those that lead on from it. */
  | { readonly kind: "pem"; readonly certificates: string; readonly key: string };

/** undefined: no TLS. Throws UsageError. */
export function identityFiles(environment: Environment): IdentityFiles | undefined {
  // systemd and containers set variables to nothing.
  const path = environment.IDENTITY_FILE || undefined;
  const certificates = environment.TLS_CERT_PATH || undefined, key = environment.TLS_KEY_PATH || undefined;
  if (path !== undefined && (certificates ?? key) !== undefined) {
    throw new UsageError("IDENTITY_FILE excludes TLS_CERT_PATH and TLS_KEY_PATH; drop one of them");
  }
  const password = secretFrom(environment, "IDENTITY_PASSWORD");
  if (path !== undefined) return { kind: "p12", path, password: password ?? "" };
  if (password !== undefined) {
    throw new UsageError("IDENTITY_PASSWORD needs IDENTITY_FILE, the .p12 file that it opens");
  }
  if (certificates === undefined && key === undefined) return undefined;
  if (certificates === undefined) throw new UsageError("TLS_KEY_PATH needs TLS_CERT_PATH, the certificate of that key");
  if (key === undefined) throw new UsageError("TLS_CERT_PATH needs TLS_KEY_PATH, the key of that certificate");
  return { kind: "pem", certificates, key };
}

/** The files themselves. */
export function pathsOf(files: IdentityFiles): string[] {
  return files.kind === "p12" ? [files.path] : [files.certificates, files.key];
}
