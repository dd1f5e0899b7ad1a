// What another machine may be called in a file or on a command line. It is part of every start of the program, and so does
// without node:net.

const label = String.raw`[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}_])?`;
const name = new RegExp(`^${label}(\\.${label})*\\.?$`, "u");

/** What a host must be, for messages. */
export const hostIs = "a name or an address, without a port or an IPv6 zone";

/** A name, an IPv4 address, or an IPv6 address with or without brackets; no port, and no zone: Deno's sockets take none. */
export function isHost(text: string): boolean {
  if (/^\d+(\.\d+)*$/.test(text)) return isIpv4(text);
  return text.includes(":") ? isIpv6(withoutBrackets(text)) : text.length <= 253 && name.test(text);
}

/** "::1" of "[::1]"; anything else as it is. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*:.*)\]$/, "$1");
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => part.length <= 3 && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`);
}

/** What a host is compared by: one spelling of an IPv6 address, small letters, no dot behind a name. */
export function hostKey(host: string): string {
  const bare = withoutBrackets(host).toLowerCase();
  return isIpv6(bare) ? new URL(`http://[${bare}]/`).hostname : bare.replace(/\.$/, "");
}
