import assert from "node:assert/strict";
import fc from "fast-check";
import { macBytes, mostBodyBytes, mostBytesBeforeAuth } from "../../../lib/remote/limits.ts";
import { ConnectionLost } from "../../../lib/remote/wire/byte_stream.ts";
import { Channel, ProtocolError } from "../../../lib/remote/wire/channel.ts";
import { memoryPair } from "../../support/memory_pair.ts";
import {
  bitFlipped,
  channelPair,
  framed,
  givenStream,
  inPieces,
  joined,
  recorded,
  testKeys,
  wireFrames,
} from "../../support/wire.ts";

const ping = (number: number) => ({ type: "ping", number }) as const;

/** The wire's bytes of pings 0, 1, 2 ... with these bodies, from the client. */
async function sealedBytes(bodies: readonly Uint8Array[], seed = "seed"): Promise<Uint8Array<ArrayBuffer>> {
  const stream = recorded(givenStream());
  const channel = new Channel(stream);
  channel.seal((await testKeys(seed)).client);
  for (const [number, body] of bodies.entries()) await channel.send(ping(number), body);
  return stream.wasWritten();
}

/** The daemon's channel over given bytes. */
async function sealedReader(...chunks: Uint8Array[]): Promise<Channel> {
  const channel = new Channel(givenStream(...chunks));
  channel.seal((await testKeys("seed")).daemon);
  return channel;
}

/** Numbers of the pings that are received, and what ended it: "end" or the error's name. */
async function received(channel: Channel): Promise<{ numbers: unknown[]; end: string }> {
  const numbers: unknown[] = [];
  try {
    for (;;) {
      const message = await channel.receive();
      if (message === null) return { numbers, end: "end" };
      numbers.push(message.header.number);
    }
  } catch (error) {
    return { numbers, end: (error as Error).name };
  }
}

const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });

Deno.test("Channel gives what was sent, plain and sealed, however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      bodies,
      fc.boolean(),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      async (bodies, sealed, sizes) => {
        const [near, far] = memoryPair();
        const client = new Channel(near), daemon = new Channel(inPieces(far, () => sizes.next().value!));
        if (sealed) {
          const keys = await testKeys("seed");
          client.seal(keys.client);
          daemon.seal(keys.daemon);
        }
        const sending = Promise.all(bodies.map((body, number) => client.send(ping(number), body)));
        for (const [number, body] of bodies.entries()) {
          const message = await daemon.receive();
          assert.deepEqual(message?.header, ping(number));
          assert.deepEqual(JSON.parse(new TextDecoder().decode(message?.headerBytes)), ping(number));
          assert.deepEqual(message?.body, body);
        }
        await sending;
        client.close();
        assert.equal(await daemon.receive(), null);
        assert.equal(daemon.bytesReceived, client.bytesSent);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("Channel takes a byte at a time, and says that the connection ended wherever that is within a message", async () => {
  const bytes = await sealedBytes([new Uint8Array(5), new Uint8Array(0)]);
  const [first] = wireFrames(bytes);
  for (let end = 0; end <= bytes.length; end++) {
    const channel = await sealedReader(...[...bytes.subarray(0, end)].map((byte) => Uint8Array.of(byte)));
    const whole = end === bytes.length ? 2 : end >= first!.length ? 1 : 0;
    const between = end === 0 || end === first!.length || end === bytes.length;
    assert.deepEqual(await received(channel), {
      numbers: [0, 1].slice(0, whole),
      end: between ? "end" : "ConnectionLost",
    });
  }
});

Deno.test("Channel notices every flipped bit of a sealed message", async () => {
  const bytes = await sealedBytes([Uint8Array.of(1, 2, 3)]);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const channel = new Channel(bitFlipped(givenStream(bytes), bit >> 3, bit & 7));
    channel.seal((await testKeys("seed")).daemon);
    const { numbers, end } = await received(channel);
    assert.deepEqual(numbers, []);
    // A longer message than there are bytes never becomes whole.
    assert.match(end, bit < 32 ? /^(ProtocolError|ConnectionLost)$/ : /^ProtocolError$/);
  }
});

Deno.test("Channel gives no sealed message that is not the next one", async () => {
  const frames = wireFrames(await sealedBytes([1, 2, 3, 4].map((size) => new Uint8Array(size))));
  const order = fc.array(fc.integer({ min: 0, max: frames.length - 1 }), { minLength: 1, maxLength: 8 });
  await fc.assert(fc.asyncProperty(order, async (order) => {
    let right = 0;
    while (right < order.length && order[right] === right) right++;
    const { numbers, end } = await received(await sealedReader(...order.map((at) => frames[at]!)));
    assert.deepEqual(numbers, order.slice(0, right));
    assert.equal(end, right === order.length ? "end" : "ProtocolError");
  }));
});

Deno.test("Channel takes no sealed message of another session, and none of its own sent back", async () => {
  const other = await sealedReader(await sealedBytes([new Uint8Array(1)], "another"));
  assert.deepEqual(await received(other), { numbers: [], end: "ProtocolError" });
  const mirror = new Channel(givenStream(await sealedBytes([new Uint8Array(1)])));
  mirror.seal((await testKeys("seed")).client);
  assert.deepEqual(await received(mirror), { numbers: [], end: "ProtocolError" });
});

Deno.test("Channel takes no plain message once it is sealed", async () => {
  const channel = await sealedReader(framed(`{"type":"ping","number":0}`, "0123456789abcdef"));
  assert.deepEqual(await received(channel), { numbers: [], end: "ProtocolError" });
});

Deno.test("Channel refuses what is too large by its length alone", async () => {
  const lengths = (follow: number, header: number) => framed("", "", { follow, header });
  for (
    const [follow, header] of [[mostBytesBeforeAuth - 3, 2], [2 ** 32 - 1, 2], [1, 0], [0, 0], [2, 1], [
      100,
      99,
    ]] as const
  ) {
    const channel = new Channel(givenStream(lengths(follow, header)));
    await assert.rejects(channel.receive(), ProtocolError, `${follow}, ${header}`);
  }
  for (
    const [follow, header] of [[2 ** 32 - 1, 2], [2 + 2 + mostBodyBytes + 1 + macBytes, 2], [macBytes + 1, 0], [
      0,
      0,
    ]] as const
  ) {
    await assert.rejects(
      (await sealedReader(lengths(follow, header))).receive(),
      ProtocolError,
      `${follow}, ${header}`,
    );
  }
});

Deno.test("Channel carries the largest message there may be, and sends none that is larger", async () => {
  const { client, daemon } = await channelPair("seed");
  const body = new Uint8Array(new SharedArrayBuffer(mostBodyBytes)).fill(7);
  const sending = client.send(ping(1), body);
  assert.deepEqual((await daemon.receive())?.body, new Uint8Array(body));
  await sending;
  await assert.rejects(client.send(ping(2), new Uint8Array(mostBodyBytes + 1)), RangeError);
  const next = client.send(ping(3));
  assert.deepEqual((await daemon.receive())?.header, ping(3));
  await next;
});

Deno.test("Channel sends what was sent before the keys plain, though it leaves after", async () => {
  const [near, far] = memoryPair(16);
  const client = new Channel(near), daemon = new Channel(far);
  const keys = await testKeys("seed");
  const first = client.send(ping(1));
  client.seal(keys.client);
  const second = client.send(ping(2));
  assert.deepEqual((await daemon.receive())?.header, ping(1));
  daemon.seal(keys.daemon);
  assert.deepEqual((await daemon.receive())?.header, ping(2));
  await Promise.all([first, second]);
});

Deno.test("Channel refuses headers that are not an object of JSON in UTF-8", async () => {
  const deep = "[".repeat(2000);
  for (const header of ["", "{", "[]", "null", "1", `"a"`, "{}{}", deep, `{"a":${deep}`]) {
    await assert.rejects(new Channel(givenStream(framed(header))).receive(), ProtocolError, header);
  }
  const broken = framed(`{"type":"_"}`);
  broken[broken.indexOf(0x5f)] = 0xff;
  await assert.rejects(new Channel(givenStream(broken)).receive(), ProtocolError);
});

Deno.test("Channel meets random bytes with a message, an end or a refusal, and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), fc.boolean(), async (chunks, sealed) => {
      const channel = new Channel(givenStream(...chunks));
      if (sealed) channel.seal((await testKeys("seed")).daemon);
      const { numbers, end } = await received(channel);
      assert.match(end, /^(end|ProtocolError|ConnectionLost)$/);
      if (sealed) assert.deepEqual(numbers, []);
      if (end === "end") assert.equal(joined(chunks).length === 0 || numbers.length > 0, true);
    }),
    { numRuns: 300 },
  );
});

Deno.test("Channel closes the connection at the first wrong message and gives none after it", async () => {
  const [near, far] = memoryPair();
  const channel = new Channel(far);
  await near.write(joined([framed("[]"), framed(`{"type":"ping","number":1}`)]));
  await assert.rejects(channel.receive(), ProtocolError);
  await assert.rejects(channel.receive(), ProtocolError);
  await assert.rejects(near.write(Uint8Array.of(1)), ConnectionLost);
});

Deno.test("Channel holds a sender back while nobody receives", async () => {
  const { client, daemon } = await channelPair("seed");
  let handedOn = 0;
  const sends = [1, 2, 3].map((number) =>
    client.send(ping(number), new Uint8Array(mostBodyBytes)).then(() => handedOn++)
  );
  await daemon.receive();
  assert.ok(handedOn <= 1);
  await daemon.receive();
  await daemon.receive();
  await Promise.all(sends);
});

Deno.test("Channel fails every send that waits when the connection is cut", async () => {
  const [near, far] = memoryPair();
  const client = new Channel(near), daemon = new Channel(far);
  client.seal((await testKeys("seed")).client);
  const sends = [1, 2, 3].map((number) => client.send(ping(number), new Uint8Array(mostBodyBytes)));
  const receiving = daemon.receive();
  near.cut();
  await assert.rejects(receiving, ConnectionLost);
  for (const send of sends) await assert.rejects(send, ConnectionLost);
  await assert.rejects(client.send(ping(4)), ConnectionLost);
});
