// The arithmetic of SCRAM (RFC 5802 section 3) with SHA-256 (RFC 7677), names as there. Nothing here decides anything.

/** What a password comes to; whoever has it can log in as a client, so it never leaves the process. */
export type SaltedPassword = Uint8Array<ArrayBuffer>;

/** What a server compares with and answers with. */
export interface ServerKeys {
  readonly storedKey: Uint8Array<ArrayBuffer>;
  readonly serverKey: Uint8Array<ArrayBuffer>;
}

/** Of SHA-256, and so of every key, proof and signature. */
export const keyBytes = 32;

/** Hi(): a fraction of a second at the iterations that are asked for, on another thread. */
export async function saltPassword(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<SaltedPassword> {
  const key = await crypto.subtle.importKey("raw", utf8(prepared(password)), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 8 * keyBytes);
  return new Uint8Array(bits);
}

export function clientKeyOf(saltedPassword: SaltedPassword): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(saltedPassword, utf8("Client Key"));
}

export function serverKeyOf(saltedPassword: SaltedPassword): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(saltedPassword, utf8("Server Key"));
}

export async function serverKeysOf(saltedPassword: SaltedPassword): Promise<ServerKeys> {
  return {
    storedKey: await sha256(await clientKeyOf(saltedPassword)),
    serverKey: await serverKeyOf(saltedPassword),
  };
}

/** ClientProof out of ClientKey, and ClientKey out of ClientProof. */
export async function maskedByClientSignature(
  keyOrProof: Uint8Array,
  storedKey: Uint8Array<ArrayBuffer>,
  authMessage: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const signature = await hmac(storedKey, authMessage);
  return signature.map((byte, at) => byte ^ keyOrProof[at]!);
}

export function serverSignature(
  serverKey: Uint8Array<ArrayBuffer>,
  authMessage: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(serverKey, authMessage);
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function hmac(secret: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
}

/** As SASLprep maps and normalises (RFC 4013, sections 2.1 and 2.2): one password typed on two keyboards stays one. */
function prepared(password: string): string {
  const mapped = password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, " ")
    .replace(/[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g, "");
  return mapped.normalize("NFKC");
}
