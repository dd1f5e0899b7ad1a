// What the other side sent is not the protocol, or was altered on the way. The connection is of no use any more; `message`
// is one clause for a log or a user, and what stood on the wire is shown in it only short and printable.

export class ProtocolError extends Error {
  override name = "ProtocolError";
}
