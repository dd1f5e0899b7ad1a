// Why a connection failed, as one clause for the user: by the system's code where there is one, never with addresses,
// calls and numbers around it.

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ECONNRESET: "the other side broke the connection",
  ECONNABORTED: "the connection was broken",
  EPIPE: "the other side closed the connection",
  ETIMEDOUT: "it did not answer in time",
  EHOSTUNREACH: "there is no way to that host",
  EHOSTDOWN: "that host is down",
  ENETUNREACH: "there is no way to that network",
  ENETDOWN: "the network is down",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "its name cannot be looked up now",
  EADDRINUSE: "the address is in use",
  EADDRNOTAVAIL: "this machine does not have that address",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EMFILE: "this process has too many open files",
  ENFILE: "the system has too many open files",
};

/** A clause such as "nothing listens there (connection refused)". */
export function connectionReason(error: unknown): string {
  // All addresses of a name failed: the last is as good as any.
  if (error instanceof AggregateError && error.errors.length > 0) return connectionReason(error.errors.at(-1));
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const known = reasons[code];
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ \(os error \d+\).*$/s, "").split("\n", 1)[0] ?? message;
}

/** The same of listening, where Deno gives a code of its own for an address that is no address of this machine. */
export function listenReason(error: unknown): string {
  const isForeign = error instanceof Error && "code" in error && error.code === "EINVAL";
  return isForeign ? reasons.EADDRNOTAVAIL! : connectionReason(error);
}

/** Why TLS was not agreed on; `undefined` where the connection just ended. */
export function tlsReason(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  if (/InvalidContentType|corrupt message|wrong version/i.test(message)) return "it does not speak TLS";
  if (/ProtocolVersion|unsupported protocol/i.test(message)) return "it does not speak TLS 1.3";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (error === undefined || code === "ECONNRESET") {
    return "it closed the connection before TLS was agreed on, as a worker does that has too many connections, or no TLS (secure = false)";
  }
  return `TLS was not agreed on: ${connectionReason(error)}`;
}
