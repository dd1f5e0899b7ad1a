// What sealing costs: MB/s of bodies of 1 MiB through two channels over memory, both ends on one thread, beside a copy and
// beside the code over the same bytes alone. deno run -A bench/wire.ts [MiB]

import { mostBodyBytes } from "../lib/remote/limits.ts";
import { Channel } from "../lib/remote/wire/channel.ts";
import { memoryPair } from "../lib/remote/wire/memory_pair.ts";
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
const { clientToDaemon } = await sessionKeys(secret, secret, secret);

async function transfer(sealed: boolean, capacity: number): Promise<void> {
  const [near, far] = memoryPair(capacity);
  const client = new Channel(near), daemon = new Channel(far);
  const keys = { send: clientToDaemon, receive: clientToDaemon };
  // Plain messages may not be large: without the code over them there is nothing to compare.
  if (sealed) { for (const channel of [client, daemon]) channel.seal(keys); }
  const sending = (async () => {
    for (let number = 0; number < messages; number++) await client.send({ type: "ping", number }, body);
  })();
  for (let number = 0; number < messages; number++) await daemon.receive();
  await sending;
}

await measure("sealed, 64 KiB on the way", () => transfer(true, 64 * 1024));
await measure("sealed, 1 MiB on the way", () => transfer(true, 1024 * 1024));
const copy = new Uint8Array(body);
await measure("HMAC-SHA-256 alone, one side", async () => {
  for (let number = 0; number < messages; number++) await crypto.subtle.sign("HMAC", clientToDaemon, copy);
});
