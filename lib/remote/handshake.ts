// The beginning of a conversation: the version, the proof of the password by both sides, the keys. After it the channel is
// sealed and the client knows whom it speaks to; before it neither side has told the other anything worth having. Times are
// the caller's: who waits too long closes the channel.
//
//   client  hello     versions, client-first-message, a public key
//   daemon  challenge the version, server-first-message, a public key
//   client  proof     client-final-message, bound to both headers and the certificate (auth/channel_binding.ts)
//   daemon  welcome   server-final-message           (sealed from here)
//           ready

import { channelBinding } from "./auth/channel_binding.ts";
import { KeyExchange } from "./auth/key_exchange.ts";
import type { ScramServer, ScramVerifier } from "./auth/scram.ts";
import { ScramClient, UntrustedServer } from "./auth/scram_client.ts";
import { protocolVersions } from "./limits.ts";
import { parseClientMessage, parseDaemonMessage } from "./message_parser.ts";
import type { ClientMessage, DaemonMessage, Ready, Refuse } from "./messages.ts";
import { Refused } from "./refused.ts";
import { ConnectionLost } from "./wire/byte_stream.ts";
import { type Channel, ProtocolError } from "./wire/channel.ts";
import { encodeHeader } from "./wire/frame.ts";

export { Refused } from "./refused.ts";

export interface ClientSide {
  readonly password: string;
  /** The daemon's, DER; undefined without TLS. */
  readonly certificate?: Uint8Array;
}

export interface DaemonSide {
  /** DER, any of which the client may have seen: the present one and the one before a renewal. None without TLS. */
  readonly certificates: readonly Uint8Array[];
  /** Asked once the password is proven. */
  readonly ready: () => Ready;
  /** Asked before the client gets anything to prove the password with: what to refuse it with. */
  readonly mayTry: () => Refuse | undefined;
}

/** Any but "proven": the client was told, and the channel is closed. */
export type HandshakeResult = "proven" | "wrong-password" | "refused";

/** Throws Refused, ProtocolError and ConnectionLost, having closed the channel. */
export async function clientHandshake(channel: Channel, { password, certificate }: ClientSide): Promise<Ready> {
  try {
    const scram = new ScramClient(password), exchange = await KeyExchange.begin();
    const hello = { type: "hello", ...protocolVersions, scram: scram.first, key: exchange.publicKey } as const;
    await channel.send(hello);
    const { message: challenge, headerBytes } = await fromDaemon(channel, "challenge");
    const { protocol } = challenge;
    if (protocol < protocolVersions.least || protocol > protocolVersions.most) {
      throw new Refused("protocol", `it goes on with version ${protocol} of the protocol, unasked`, null);
    }
    const binding = await channelBinding(encodeHeader(hello), headerBytes, certificate);
    const exchanged = await exchange.secretWith(challenge.key);
    await channel.send({ type: "proof", scram: await scram.finish(challenge.scram, binding, exchanged) });
    const { message: welcome } = await fromDaemon(channel, "welcome");
    const keys = scram.verify(welcome.scram);
    channel.seal({ send: keys.clientToDaemon, receive: keys.daemonToClient, secret: keys.secret });
    return (await fromDaemon(channel, "ready")).message;
  } catch (error) {
    channel.close();
    throw error instanceof UntrustedServer ? new Refused("password", error.message, null) : error;
  }
}

/**
 * Throws ProtocolError and ConnectionLost, having closed the channel; a client that speaks the protocol in other versions,
 * or through somebody who alters it, is told so first.
 */
export async function daemonHandshake(
  channel: Channel,
  verifier: ScramVerifier,
  side: DaemonSide,
): Promise<HandshakeResult> {
  let result: HandshakeResult | undefined;
  try {
    return result = await answered(channel, verifier, side);
  } finally {
    if (result !== "proven") channel.close();
  }
}

async function answered(channel: Channel, verifier: ScramVerifier, side: DaemonSide): Promise<HandshakeResult> {
  const { message: hello, headerBytes } = await fromClient(channel, "hello");
  const protocol = Math.min(hello.most, protocolVersions.most);
  if (protocol < Math.max(hello.least, protocolVersions.least)) {
    const ours = versions(protocolVersions), theirs = versions(hello);
    await refuse(channel, "protocol", `this worker speaks version ${ours} of the protocol, the client ${theirs}`);
    throw new ProtocolError(`the client speaks version ${theirs} of the protocol, this worker ${ours}`);
  }
  const refusal = side.mayTry();
  if (refusal !== undefined) {
    await channel.send(refusal);
    return "refused";
  }
  const scram: ScramServer = verifier.begin(hello.scram);
  const exchange = await KeyExchange.begin();
  const challenge = { type: "challenge", protocol, scram: scram.first, key: exchange.publicKey } as const;
  await channel.send(challenge);
  const certificates = side.certificates.length === 0 ? [undefined] : side.certificates;
  const bindings = await Promise.all(
    certificates.map((certificate) => channelBinding(headerBytes, encodeHeader(challenge), certificate)),
  );
  const { message: proof } = await fromClient(channel, "proof");
  const verdict = await scram.finish(proof.scram, bindings, await exchange.secretWith(hello.key));
  switch (verdict.kind) {
    case "wrong-password":
      await refuse(channel, "password", "the password is wrong");
      return "wrong-password";
    case "wrong-binding":
      await refuse(channel, "protocol", "the greeting or the certificate was altered on the way");
      throw new ProtocolError("the client saw another greeting or certificate than was sent: somebody is between");
    case "proven":
      await channel.send({ type: "welcome", scram: verdict.serverFinal });
      channel.seal({
        send: verdict.keys.daemonToClient,
        receive: verdict.keys.clientToDaemon,
        secret: verdict.keys.secret,
      });
      await channel.send(side.ready());
      return "proven";
  }
}

function refuse(channel: Channel, code: "protocol" | "password", reason: string): Promise<void> {
  return channel.send({ type: "refuse", code, reason, retryAfter: null });
}

function versions({ least, most }: { least: number; most: number }): string {
  return least === most ? `${least}` : `${least} to ${most}`;
}

/** The next message, which must be of that type. Throws Refused too. */
async function fromDaemon<T extends DaemonMessage["type"]>(channel: Channel, type: T) {
  const { message, headerBytes } = await next(channel, parseDaemonMessage);
  if (message.type === "refuse") throw new Refused(message.code, message.reason, message.retryAfter);
  if (message.type !== type) throw new ProtocolError(`${message.type} came where ${type} was due`);
  return { message: message as Extract<DaemonMessage, { readonly type: T }>, headerBytes };
}

async function fromClient<T extends ClientMessage["type"]>(channel: Channel, type: T) {
  const { message, headerBytes } = await next(channel, parseClientMessage);
  if (message.type !== type) throw new ProtocolError(`${message.type} came where ${type} was due`);
  return { message: message as Extract<ClientMessage, { readonly type: T }>, headerBytes };
}

async function next<Message>(channel: Channel, parse: (header: unknown, bodyBytes: number) => Message) {
  const received = await channel.receive();
  if (received === null) throw new ConnectionLost("the other side ended the connection before the password was proven");
  return { message: parse(received.header, received.body.length), headerBytes: received.headerBytes };
}
