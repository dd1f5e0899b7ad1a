// Two-way bytes, as TCP and TLS connections have them, and as tests make them in memory.

export interface ByteStream {
  /** The next bytes, at least one; null once the other side has ended. Throws ConnectionLost. One call at a time. */
  read(): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * Resolves when all of them are handed on, which is what holds a fast sender back; from then on they are the caller's
   * again, to write over. Throws ConnectionLost. One call at a time.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends both directions at once: what was handed on still goes out, calls that wait throw ConnectionLost. May be called
   * again.
   */
  close(): void;
}

/** The connection is gone, for whatever reason; `message` is one clause for the user. */
export class ConnectionLost extends Error {
  override name = "ConnectionLost";
}
