// The daemon's identity as its files have it now. They are looked at when a connection comes, once a second at most:
// what was renewed serves the next connection; what cannot be used, half of a renewal for instance, is said once, and
// what was there before goes on serving.

import { createSecureContext, type SecureContext } from "node:tls";
import { type Environment } from "../daemon/password_source.ts";
import { type Identity, type IdentityLoader, identityLoader } from "./identity.ts";
import { type IdentityFiles, identityFiles, pathsOf } from "./identity_files.ts";
import { fingerprintOf } from "./trust.ts";

export interface ServedIdentity {
  readonly context: SecureContext;
  /** DER. */
  readonly certificate: Uint8Array<ArrayBuffer>;
  /** As workers.toml has it. */
  readonly fingerprint: string;
  readonly expires: Date;
}

export interface IdentityEvents {
  /** A line for the log. */
  note(text: string, isWarning: boolean): void;
}

const lookEveryMs = 1_000;
const warnBeforeDays = 14;
const dayMs = 24 * 60 * 60 * 1000;

export class IdentitySource {
  readonly #files: IdentityFiles;
  readonly #loadFiles: IdentityLoader;
  readonly #events: IdentityEvents;
  readonly #now: () => number;
  #served: ServedIdentity;
  #seen: string;
  #lookedAt: number;

  /** What the environment names; undefined where that is no TLS. Throws UsageError and InputError. */
  static async open(
    environment: Environment,
    events: IdentityEvents,
    now: () => number = Date.now,
  ): Promise<IdentitySource | undefined> {
    const files = identityFiles(environment);
    return files && new IdentitySource(files, await identityLoader(files), events, now);
  }

  private constructor(files: IdentityFiles, loadFiles: IdentityLoader, events: IdentityEvents, now: () => number) {
    this.#files = files;
    this.#loadFiles = loadFiles;
    this.#events = events;
    this.#now = now;
    // Before the files are read: a change in between is then seen.
    this.#seen = stampOf(files);
    this.#lookedAt = now();
    this.#served = this.#load();
    for (const path of readableByOthers(files)) {
      events.note(`${path} holds the private key and can be read by others; chmod 600 it`, true);
    }
  }

  /** What the next connection is served with. */
  current(): ServedIdentity {
    const now = this.#now();
    if (Math.abs(now - this.#lookedAt) >= lookEveryMs) {
      this.#lookedAt = now;
      this.#look();
    }
    return this.#served;
  }

  #look(): void {
    const stamp = stampOf(this.#files);
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    const before = this.#served;
    try {
      this.#served = this.#load();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#events.note(`${why}; the certificate from before stays in use`, true);
      return;
    }
    if (this.#served.fingerprint !== before.fingerprint) {
      this.#events.note(`the certificate was renewed; its fingerprint is ${this.#served.fingerprint}`, false);
    }
  }

  #load(): ServedIdentity {
    const identity = this.#loadFiles(new Date(this.#now()));
    const { certificate, key, chain } = identity;
    const served = {
      context: createSecureContext({ key, cert: chain, minVersion: "TLSv1.3" }),
      certificate: Uint8Array.from(certificate.raw),
      fingerprint: fingerprintOf(certificate),
      expires: new Date(certificate.validTo),
    };
    this.#warnOfDates(identity);
    return served;
  }

  #warnOfDates({ certificate }: Identity): void {
    const now = this.#now(), from = Date.parse(certificate.validFrom), until = Date.parse(certificate.validTo);
    const day = (time: number) => new Date(time).toISOString().slice(0, 10);
    if (from > now) {
      this.#events.note(`the certificate is not valid before ${day(from)}; the clock here says ${day(now)}`, true);
    }
    if (until - now < warnBeforeDays * dayMs) this.#events.note(`the certificate expires on ${day(until)}`, true);
  }
}

/** Changes when a file is written or replaced; a file that is not there is one state of it. */
function stampOf(files: IdentityFiles): string {
  return pathsOf(files).map((path) => {
    try {
      const { mtime, size, ino } = Deno.statSync(path);
      return `${mtime?.valueOf()} ${size} ${ino}`;
    } catch {
      return "none";
    }
  }).join(", ");
}

function readableByOthers(files: IdentityFiles): string[] {
  const secret = files.kind === "p12" ? files.path : files.key;
  try {
    const { mode } = Deno.statSync(secret);
    return mode !== null && (mode & 0o077) !== 0 ? [secret] : [];
  } catch {
    return [];
  }
}
