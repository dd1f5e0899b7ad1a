// What the tests of the handshake share: a daemon's secrets and answers, and both sides run to their ends.

import assert from "node:assert/strict";
import { ScramVerifier } from "../../../lib/remote/auth/scram.ts";
import {
  clientHandshake,
  type ClientSide,
  daemonHandshake,
  type DaemonSide,
  type HandshakeResult,
} from "../../../lib/remote/handshake.ts";
import type { Ready, Refuse } from "../../../lib/remote/messages.ts";
import type { ByteStream } from "../../../lib/remote/wire/byte_stream.ts";
import { Channel } from "../../../lib/remote/wire/channel.ts";
import { memoryPair } from "../../support/memory_pair.ts";

export const password = "kestrel-umbra-42-violet-anvil";
export const verifier = await ScramVerifier.create(password);
export const ready: Ready = {
  type: "ready",
  version: "0.1.0",
  identity: { rav1e: "0.8.1", avSceneChange: "0.14.1", abi: 5, probe: "00".repeat(32) },
  instance: "ab".repeat(16),
  slots: 4,
  freeSlots: 3,
  crashed: [],
};
/** A daemon's side that takes everybody who knows the password. */
export const openSide: DaemonSide = { certificates: [], ready: () => ready, mayTry: () => undefined };
export const busy: Refuse = { type: "refuse", code: "busy", reason: "wait", retryAfter: 7 };

export interface Ends {
  readonly client: Channel;
  readonly daemon: Channel;
  readonly ready: PromiseSettledResult<Ready>;
  readonly result: PromiseSettledResult<HandshakeResult>;
}

const same = (stream: ByteStream): ByteStream => stream;

/** Runs both sides to their ends; where both would wait for ever, as after a length that was made larger, both are cut off. */
export async function shakeHands(
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
      ...openSide,
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

export function reasonOf(settled: PromiseSettledResult<unknown>): unknown {
  assert.equal(settled.status, "rejected");
  return (settled as PromiseRejectedResult).reason;
}

export function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
