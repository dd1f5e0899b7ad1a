import assert from "node:assert/strict";
import { ScramVerifier } from "../../../lib/remote/auth/scram.ts";
import { ScramClient } from "../../../lib/remote/auth/scram_client.ts";
import { clientHandshake, daemonHandshake, Refused } from "../../../lib/remote/handshake.ts";
import { scramIterations } from "../../../lib/remote/limits.ts";
import { type ByteStream, ConnectionLost } from "../../../lib/remote/wire/byte_stream.ts";
import { Channel, ProtocolError } from "../../../lib/remote/wire/channel.ts";
import { memoryPair } from "../../support/memory_pair.ts";
import { inPieces } from "../../support/wire.ts";
import { busy, openSide, password, ready, reasonOf, shakeHands, valueOf, verifier } from "./handshake_ends.ts";

const certificate = Uint8Array.of(48, 130, 1);

/** Hexadecimal; X25519's base point. */
const publicKey = "09" + "00".repeat(31);

Deno.test("a handshake ends with both sides sealed and the client knowing the daemon, however the bytes are cut", async () => {
  const cut = (stream: ByteStream) => inPieces(stream, () => 1);
  for (const far of [cut, (stream: ByteStream) => stream]) {
    const ends = await shakeHands({ near: far, far });
    assert.deepEqual(valueOf(ends.ready), ready);
    assert.equal(valueOf(ends.result), "proven");
    assert.deepEqual([ends.client.isSealed, ends.daemon.isSealed], [true, true]);
    await Promise.all([ends.client.send({ type: "ping", number: 9 }), ends.daemon.send({ type: "pong", number: 9 })]);
    assert.equal((await ends.daemon.receive())?.header.number, 9);
    assert.equal((await ends.client.receive())?.header.type, "pong");
  }
});

Deno.test("a wrong password is told at once, and the connection closed", async () => {
  const ends = await shakeHands({ client: { password: password + "." } });
  assert.equal(valueOf(ends.result), "wrong-password");
  const refused = reasonOf(ends.ready);
  assert.ok(refused instanceof Refused);
  assert.deepEqual([refused.code, refused.retryAfter], ["password", null]);
  await assert.rejects(ends.client.send({ type: "ping", number: 1 }), ConnectionLost);
  await assert.rejects(ends.daemon.send({ type: "ping", number: 1 }), ConnectionLost);
});

Deno.test("a client that may not try is told why and gets nothing to prove the password with", async () => {
  const ends = await shakeHands({ daemon: { mayTry: () => busy } });
  assert.equal(valueOf(ends.result), "refused");
  const refused = reasonOf(ends.ready);
  assert.ok(refused instanceof Refused);
  assert.deepEqual([refused.code, refused.reason, refused.retryAfter], ["busy", "wait", 7]);
});

Deno.test("a certificate other than the one that the client saw ends the handshake, a renewed one does not", async () => {
  const other = Uint8Array.of(48, 130, 2);
  const [client, wrong] = [{ certificate }, { certificate: other }];
  assert.equal(
    valueOf((await shakeHands({ client, daemon: { certificates: [other, certificate] } })).result),
    "proven",
  );
  for (const [clientSide, certificates] of [[wrong, [certificate]], [client, []], [{}, [certificate]]] as const) {
    const ends = await shakeHands({ client: clientSide, daemon: { certificates } });
    assert.ok(reasonOf(ends.result) instanceof ProtocolError);
    const refused = reasonOf(ends.ready);
    assert.ok(refused instanceof Refused);
    assert.deepEqual([refused.code, refused.retryAfter], ["protocol", null]);
  }
});

Deno.test("a worker that offers few iterations is given up", async () => {
  const quick = await ScramVerifier.create(password, scramIterations - 1);
  const [near, far] = memoryPair();
  const [client, daemon] = await Promise.allSettled([
    clientHandshake(new Channel(near), { password }),
    daemonHandshake(new Channel(far), quick, openSide),
  ]);
  const refused = reasonOf(client);
  assert.ok(refused instanceof Refused);
  assert.deepEqual([refused.code, refused.retryAfter], ["password", null]);
  assert.ok(reasonOf(daemon) instanceof ConnectionLost);
});

Deno.test("a worker that takes any password is given up before it gets anything", async () => {
  const [near, far] = memoryPair();
  const client = new Channel(near), daemon = new Channel(far);
  const shaken = clientHandshake(client, { password });
  shaken.catch(() => {});
  const hello = await daemon.receive();
  const server = verifier.begin(hello!.header.scram as string);
  await daemon.send({ type: "challenge", protocol: 1, scram: server.first, key: publicKey });
  await daemon.receive();
  await daemon.send({ type: "welcome", scram: `v=${new Uint8Array(32).toBase64()}` });
  const refused = await shaken.catch((error) => error);
  assert.ok(refused instanceof Refused);
  assert.equal(refused.code, "password");
  assert.equal(await daemon.receive(), null);
});

Deno.test("other versions of the protocol are refused with both named", async () => {
  for (const [least, most] of [[0, 0], [2, 9]] as const) {
    const [near, far] = memoryPair();
    const client = new Channel(near);
    const daemon = daemonHandshake(new Channel(far), verifier, openSide);
    daemon.catch(() => {});
    await client.send({ type: "hello", least, most, scram: "of a later kind", key: publicKey });
    const { type, code, reason } = (await client.receive())!.header;
    assert.deepEqual([type, code], ["refuse", "protocol"]);
    assert.match(String(reason), /version 1 .* client (0|2 to 9)$/);
    await assert.rejects(daemon, ProtocolError);
  }
});

Deno.test("a public key that gives everybody the same secret ends the handshake on either side", async () => {
  const nothing = "00".repeat(32);
  {
    const [near, far] = memoryPair();
    const daemon = new Channel(far), shaken = clientHandshake(new Channel(near), { password });
    shaken.catch(() => {});
    const hello = await daemon.receive();
    const scram = verifier.begin(hello!.header.scram as string).first;
    await daemon.send({ type: "challenge", protocol: 1, scram, key: nothing });
    await assert.rejects(shaken, /small order/);
  }
  const [near, far] = memoryPair();
  const client = new Channel(near), daemon = daemonHandshake(new Channel(far), verifier, openSide);
  daemon.catch(() => {});
  const scram = new ScramClient(password);
  await client.send({ type: "hello", least: 1, most: 1, scram: scram.first, key: nothing });
  const challenge = await client.receive();
  const { scram: first } = challenge!.header as { scram: string };
  const proof = await scram.finish(first, new Uint8Array(32), new Uint8Array(32));
  await client.send({ type: "proof", scram: proof });
  await assert.rejects(daemon, /small order/);
});

Deno.test("a proof of one connection's secret is good on the connection it was made for, and by nobody else", async () => {
  const shaken = await Promise.all(Array.from({ length: 3 }, () => shakeHands()));
  const [first, later, other] = shaken.map(({ client, daemon }) => ({ client: client.secret, daemon: daemon.secret }));
  const proof = await first!.client.proofOn(later!.client);
  assert.equal(await first!.daemon.isProvenBy(proof, later!.daemon), true);
  assert.equal(await first!.daemon.isProvenBy(proof, other!.daemon), false);
  assert.equal(await other!.daemon.isProvenBy(proof, later!.daemon), false);
  for (const wrong of ["", "00", "00".repeat(32), proof.slice(2), `${proof}00`]) {
    assert.equal(await first!.daemon.isProvenBy(wrong, later!.daemon), false, wrong);
  }
});
