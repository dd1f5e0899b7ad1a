// A worker as workers.toml describes it, checked.

export interface WorkerEntry {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** TLS. */
  readonly secure: boolean;
  /** Slots to use there at most; undefined is all. */
  readonly slots: number | undefined;
  /** Path of a PEM file with the certificates that are trusted instead of the system's; resolved against the file's folder. */
  readonly ca: string | undefined;
  /** SHA-256 of the worker's certificate, 64 hexadecimal digits; it alone is trusted then. */
  readonly fingerprint: string | undefined;
  /** For messages: "workers.toml, [[workers]] 2". */
  readonly place: string;
}

/** What messages and displays call it: "box.local:13415", "[::1]:13415". */
export function workerName({ host, port }: Pick<WorkerEntry, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
