// What another machine may be called in a file or on a command line.

import { isIP } from "node:net";

const label = String.raw`[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}_])?`;
const name = new RegExp(`^${label}(\\.${label})*\\.?$`, "u");

/** A name, an IPv4 address, or an IPv6 address with or without brackets; no port. */
export function isHost(text: string): boolean {
  if (isIP(text.replace(/^\[(.*:.*)\]$/, "$1")) !== 0) return true;
  return text.length <= 253 && name.test(text);
}
