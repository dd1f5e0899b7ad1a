import assert from "node:assert/strict";
import fc from "fast-check";
import { clientHandshake, daemonHandshake, Refused } from "../../../lib/remote/handshake.ts";
import { type ByteStream, ConnectionLost } from "../../../lib/remote/wire/byte_stream.ts";
import { Channel, ProtocolError } from "../../../lib/remote/wire/channel.ts";
import { memoryPair } from "../../support/memory_pair.ts";
import { altered, bitFlipped, framed, givenStream, recorded, wireFrames } from "../../support/wire.ts";
import { busy, openSide, password, ready, reasonOf, shakeHands, valueOf, verifier } from "./handshake_ends.ts";

Deno.test("no greeting that was altered on the way leads to a session", async () => {
  for (
    const [from, to] of [[`"most":1`, `"most":7`], [`"least":1`, `"least":0`], [
      `"type":"hello",`,
      `"type": "hello",`,
    ]] as const
  ) {
    const alter = replaced(from, to.padEnd(from.length).slice(0, from.length));
    const ends = await shakeHands({ far: (stream) => altered(stream, alter) });
    assert.ok(reasonOf(ends.result) instanceof ProtocolError, from);
    assert.equal(ends.ready.status, "rejected");
  }
  const ends = await shakeHands({ near: (stream) => altered(stream, replaced(`"protocol":1`, `"protocol":2`)) });
  assert.ok(reasonOf(ends.ready) instanceof Refused);
});

/** Overwrites the first place where `from` stands in a chunk. */
function replaced(from: string, to: string): (chunk: Uint8Array) => void {
  return (chunk) => {
    const at = new TextDecoder("latin1").decode(chunk).indexOf(from);
    if (at >= 0) chunk.set(new TextEncoder().encode(to), at);
  };
}

Deno.test("no flipped bit anywhere in a handshake leads to a session that both sides believe in", async () => {
  const { client: { bytesSent: clientBytes }, daemon: { bytesSent: daemonBytes } } = await shakeHands();
  const place = fc.tuple(fc.boolean(), fc.nat(Math.max(clientBytes, daemonBytes) - 1), fc.nat(7));
  await fc.assert(
    fc.asyncProperty(place, async ([atDaemon, at, bit]) => {
      const flip = (stream: ByteStream) => bitFlipped(stream, at % (atDaemon ? clientBytes : daemonBytes), bit);
      const ends = await shakeHands(atDaemon ? { far: flip } : { near: flip });
      assert.ok(
        ends.ready.status === "rejected" || ends.result.status === "rejected" || valueOf(ends.result) !== "proven",
      );
      for (const end of [ends.ready, ends.result]) {
        if (end.status === "fulfilled") continue;
        assert.ok(
          [Refused, ProtocolError, ConnectionLost].some((kind) => end.reason instanceof kind),
          String(end.reason),
        );
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("a recorded session, played to the daemon again, proves nothing and says nothing", async () => {
  let spoken: ReturnType<typeof recorded> | undefined;
  const ends = await shakeHands({ near: (stream) => spoken = recorded(stream) });
  await Promise.all([ends.client.send({ type: "ping", number: 4 }), ends.daemon.receive()]);
  const frames = wireFrames(spoken!.wasWritten());
  assert.equal(frames.length, 3);
  const daemon = new Channel(givenStream(...frames));
  await assert.rejects(daemonHandshake(daemon, verifier, openSide), ProtocolError);
  const answers = wireFrames(spoken!.wasRead());
  assert.equal(answers.length, 3);
  const client = new Channel(givenStream(...answers));
  await assert.rejects(clientHandshake(client, { password }), ProtocolError);
});

Deno.test("neither the password nor what it is turned into is in the bytes of a session", async () => {
  let spoken: ReturnType<typeof recorded> | undefined;
  await shakeHands({ near: (stream) => spoken = recorded(stream) });
  const bytes = new TextDecoder("latin1").decode(spoken!.wasWritten()) +
    new TextDecoder("latin1").decode(spoken!.wasRead());
  const { storedKey, serverKey } = verifier.keys;
  const secrets = [new TextEncoder().encode(password), storedKey, serverKey].flatMap((secret) => [
    new TextDecoder("latin1").decode(secret),
    // Without its last characters, which depend on what follows.
    secret.toBase64().slice(0, -4),
    secret.toHex(),
  ]);
  for (const secret of [...secrets, ...password.split("-").filter((word) => word.length > 4)]) {
    assert.equal(bytes.includes(secret), false);
  }
  assert.ok(bytes.includes(verifier.salt.toBase64()));
});

Deno.test("whatever a stranger says, the daemon ends with one error and says nothing", async () => {
  const text = fc.constantFrom("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-x\r\n", "\u0016\u0003\u0001\u0002", "");
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), text.map((text) => new TextEncoder().encode(text)));
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 4 }), async (chunks) => {
      const stream = recorded(givenStream(...chunks));
      const error = await daemonHandshake(new Channel(stream), verifier, openSide).catch((error) => error);
      assert.ok(error instanceof ProtocolError || error instanceof ConnectionLost);
      assert.ok(!error.message.includes("\n") && error.message.length < 200);
      assert.equal(stream.wasWritten().length, 0);
    }),
    { numRuns: 300 },
  );
});

Deno.test("messages of a later part of the conversation are refused before the password is proven", async () => {
  for (
    const message of [{ type: "ping", number: 1 }, { type: "cancel", task: 1 }, { type: "proof", scram: "c=" }] as const
  ) {
    const [near, far] = memoryPair();
    const client = new Channel(near);
    const daemon = daemonHandshake(new Channel(far), verifier, openSide);
    daemon.catch(() => {});
    await client.send(message);
    await assert.rejects(daemon, ProtocolError);
  }
});

Deno.test("whatever a stranger answers, the client ends with one error and says no more than its hello", async () => {
  const scram = fc.oneof(fc.string(), fc.constant("r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=600000"), fc.constant("v=AAAA"));
  const message = fc.oneof(
    fc.record({ type: fc.constant("challenge"), protocol: fc.nat(2), scram }),
    fc.record({ type: fc.constant("welcome"), scram }),
    fc.constant(ready),
    fc.constant(busy),
    fc.jsonValue(),
  ).map((header) => framed(JSON.stringify(header)));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(message, fc.uint8Array()), { maxLength: 4 }), async (chunks) => {
      const stream = recorded(givenStream(...chunks));
      const error = await clientHandshake(new Channel(stream), { password }).catch((error) => error);
      assert.ok([Refused, ProtocolError, ConnectionLost].some((kind) => error instanceof kind), String(error));
      const said = wireFrames(stream.wasWritten()).map((frame) =>
        JSON.parse(new TextDecoder().decode(frame.subarray(6)))
      );
      assert.deepEqual(said.map(({ type }) => type), ["hello"]);
    }),
    { numRuns: 300 },
  );
});
