import assert from "node:assert/strict";
import fc from "fast-check";
import { ScramVerifier } from "../../../lib/remote/auth/scram.ts";
import {
  clientHandshake,
  type ClientSide,
  daemonHandshake,
  type DaemonSide,
  type HandshakeResult,
  Refused,
} from "../../../lib/remote/handshake.ts";
import { scramIterations } from "../../../lib/remote/limits.ts";
import type { Ready, Refuse } from "../../../lib/remote/messages.ts";
import { type ByteStream, ConnectionLost } from "../../../lib/remote/wire/byte_stream.ts";
import { Channel, ProtocolError } from "../../../lib/remote/wire/channel.ts";
import { memoryPair } from "../../../lib/remote/wire/memory_pair.ts";
import { altered, bitFlipped, framed, givenStream, inPieces, recorded, wireFrames } from "../../support/wire.ts";

const password = "kestrel-umbra-42-violet-anvil";
const certificate = Uint8Array.of(48, 130, 1);
const verifier = await ScramVerifier.create(password);
const ready: Ready = {
  type: "ready",
  version: "0.1.0",
  identity: { rav1e: "0.8.1", avSceneChange: "0.14.1", abi: 5, probe: "00".repeat(32) },
  instance: "ab".repeat(16),
  slots: 4,
  freeSlots: 3,
  crashed: [],
};
const busy: Refuse = { type: "refuse", code: "busy", reason: "wait", retryAfter: 7 };

interface Ends {
  readonly client: Channel;
  readonly daemon: Channel;
  readonly ready: PromiseSettledResult<Ready>;
  readonly result: PromiseSettledResult<HandshakeResult>;
}

const same = (stream: ByteStream): ByteStream => stream;

/** Runs both sides to their ends; where both would wait for ever, as after a length that was made larger, both are cut off. */
async function shakeHands(
  { client: clientSide, daemon: daemonSide, near = same, far = same }: {
    client?: Partial<ClientSide>;
    daemon?: Partial<DaemonSide>;
    near?: (stream: ByteStream) => ByteStream;
    far?: (stream: ByteStream) => ByteStream;
  } = {},
): Promise<Ends> {
  const pair = new WatchedPair();
  const [nearEnd, farEnd] = pair.streams();
  const client = new Channel(near(nearEnd)), daemon = new Channel(far(farEnd));
  const [readySettled, resultSettled] = await Promise.allSettled([
    clientHandshake(client, { password, ...clientSide }).finally(() => pair.ended()),
    daemonHandshake(daemon, verifier, {
      certificates: [],
      ready: () => ready,
      mayTry: () => undefined,
      ...daemonSide,
    }).finally(() => pair.ended()),
  ]);
  return { client, daemon, ready: readySettled, result: resultSettled };
}

/** Once both ends wait, or have ended, and nothing comes, nothing will: what is on its way is read within the same turn. */
class WatchedPair {
  readonly #ends = memoryPair();
  #idle = 0;
  #ended = 0;
  #turn = 0;

  /** The two ends, of which the reads are counted. */
  streams(): [ByteStream, ByteStream] {
    const [near, far] = this.#ends;
    return [this.#watched(near), this.#watched(far)];
  }

  /** One side's handshake is over. */
  ended(): void {
    this.#ended++;
    this.#becomesIdle();
  }

  #becomesIdle(): void {
    if (++this.#idle < 2) return;
    const turn = this.#turn;
    setTimeout(() => {
      if (turn === this.#turn && this.#idle >= 2 && this.#ended < 2) this.#ends[0].cut();
    }, 0);
  }

  #watched(stream: ByteStream): ByteStream {
    return {
      read: async () => {
        this.#becomesIdle();
        try {
          return await stream.read();
        } finally {
          this.#idle--;
          this.#turn++;
        }
      },
      write: (bytes) => stream.write(bytes),
      close: () => stream.close(),
    };
  }
}

function reasonOf(settled: PromiseSettledResult<unknown>): unknown {
  assert.equal(settled.status, "rejected");
  return (settled as PromiseRejectedResult).reason;
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

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
  const side = { certificates: [], ready: () => ready, mayTry: () => undefined };
  await assert.rejects(daemonHandshake(daemon, verifier, side), ProtocolError);
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

Deno.test("a worker that offers few iterations, or does not know the password, is given up", async () => {
  const quick = await ScramVerifier.create(password, scramIterations - 1);
  const [near, far] = memoryPair();
  const side = { certificates: [], ready: () => ready, mayTry: () => undefined };
  const [client, daemon] = await Promise.allSettled([
    clientHandshake(new Channel(near), { password }),
    daemonHandshake(new Channel(far), quick, side),
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
  await daemon.send({ type: "challenge", protocol: 1, scram: server.first });
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
    const side = { certificates: [], ready: () => ready, mayTry: () => undefined };
    const daemon = daemonHandshake(new Channel(far), verifier, side);
    daemon.catch(() => {});
    await client.send({ type: "hello", least, most, scram: "of a later kind" });
    const { type, code, reason } = (await client.receive())!.header;
    assert.deepEqual([type, code], ["refuse", "protocol"]);
    assert.match(String(reason), /version 1 .* client (0|2 to 9)$/);
    await assert.rejects(daemon, ProtocolError);
  }
});

Deno.test("whatever a stranger says, the daemon ends with one error and sends no more than a challenge", async () => {
  const text = fc.constantFrom("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-x\r\n", "\u0016\u0003\u0001\u0002", "");
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), text.map((text) => new TextEncoder().encode(text)));
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 4 }), async (chunks) => {
      const stream = recorded(givenStream(...chunks));
      const side = { certificates: [], ready: () => ready, mayTry: () => undefined };
      const error = await daemonHandshake(new Channel(stream), verifier, side).catch((error) => error);
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
    const side = { certificates: [], ready: () => ready, mayTry: () => undefined };
    const daemon = daemonHandshake(new Channel(far), verifier, side);
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
