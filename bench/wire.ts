// What sealing costs: MB/s of bodies of 1 MiB through two channels, both ends on one thread, over memory and over TCP,
// beside the code over the same bytes alone. deno run -A bench/wire.ts [MiB]

import { mostBodyBytes } from "../lib/remote/limits.ts";
import type { ByteStream } from "../lib/remote/wire/byte_stream.ts";
import { Channel } from "../lib/remote/wire/channel.ts";
import { memoryPair } from "../tests/support/memory_pair.ts";
import { sessionKeys } from "../lib/remote/auth/session_keys.ts";

const messages = Number(Deno.args[0] ?? 400);
const body = new Uint8Array(new SharedArrayBuffer(mostBodyBytes)).fill(5);

async function measure(name: string, run: () => Promise<void>): Promise<void> {
  await run();
  const seconds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    await run();
    seconds.push((performance.now() - started) / 1000);
  }
  seconds.sort((a, b) => a - b);
  const rate = (time: number) => Math.round(messages * mostBodyBytes / 1e6 / time);
  console.log(`${name.padEnd(34)} ${rate(seconds[2]!)} MB/s (best ${rate(seconds[0]!)})`);
}

const secret = new Uint8Array(32);
const { clientToDaemon, secret: ofConnection } = await sessionKeys(secret, secret, secret, secret);

const keys = { send: clientToDaemon, receive: clientToDaemon, secret: ofConnection };

async function transfer([near, far]: readonly [ByteStream, ByteStream]): Promise<void> {
  const client = new Channel(near), daemon = new Channel(far);
  for (const channel of [client, daemon]) channel.seal(keys);
  const sending = (async () => {
    for (let number = 0; number < messages; number++) await client.send({ type: "ping", number }, body);
  })();
  for (let number = 0; number < messages; number++) await daemon.receive();
  await sending;
  client.close();
  daemon.close();
}

async function tcpPair(): Promise<[ByteStream, ByteStream]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dialled = Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const accepted = await listener.accept();
  return [streamOf(await dialled), streamOf(accepted)];
}

function streamOf(connection: Deno.TcpConn): ByteStream {
  return {
    async read() {
      const bytes = new Uint8Array(64 * 1024);
      const read = await connection.read(bytes);
      return read === null ? null : bytes.subarray(0, read);
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    },
    close: () => connection.close(),
  };
}

await measure("sealed, memory, 64 KiB on the way", () => transfer(memoryPair()));
await measure("sealed, memory, 1 MiB on the way", () => transfer(memoryPair(1024 * 1024)));
await measure("sealed, TCP on loopback", async () => await transfer(await tcpPair()));
const copy = new Uint8Array(body);
await measure("HMAC-SHA-256 alone, of one side", async () => {
  for (let number = 0; number < messages; number++) await crypto.subtle.sign("HMAC", clientToDaemon, copy);
});
