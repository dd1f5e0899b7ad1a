// The keys of a session's messages, one a direction, and the connection's secret, that only those two can know who just proved
// the password to each other: HKDF-SHA-256 (RFC 5869) over ClientKey and ServerKey of SCRAM and over what the key exchange
// gave, salted with all that both said (so that no two sessions share a key), for HMAC-SHA-256.

import { ConnectionSecret } from "./connection_secret.ts";

export interface SessionKeys {
  readonly clientToDaemon: CryptoKey;
  readonly daemonToClient: CryptoKey;
  readonly secret: ConnectionSecret;
}

/** `clientKey`, `serverKey`, `authMessage` as RFC 5802 section 3 names them; `exchanged`: of KeyExchange. */
export async function sessionKeys(
  clientKey: Uint8Array,
  serverKey: Uint8Array,
  exchanged: Uint8Array,
  authMessage: Uint8Array<ArrayBuffer>,
): Promise<SessionKeys> {
  const secret = new Uint8Array([...clientKey, ...serverKey, ...exchanged]);
  const salt = await crypto.subtle.digest("SHA-256", authMessage);
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const derive = (info: string) =>
    crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode(info) },
      base,
      { name: "HMAC", hash: "SHA-256", length: 256 },
      false,
      ["sign"],
    );
  return {
    clientToDaemon: await derive("rav1e-by-gop client to daemon"),
    daemonToClient: await derive("rav1e-by-gop daemon to client"),
    secret: new ConnectionSecret(await derive("rav1e-by-gop resumption"), new Uint8Array(salt)),
  };
}
