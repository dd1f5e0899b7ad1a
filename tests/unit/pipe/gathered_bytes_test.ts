import assert from "node:assert/strict";
import fc from "fast-check";
import { GatheredBytes } from "../../../lib/pipe/gathered_bytes.ts";

/** Gives pieces out of one buffer, as a reader does; each only when it is let. */
class Source {
  readonly #buffer = new Uint8Array(8);
  readonly #waiting: (() => void)[] = [];
  #let = 0;
  asked = 0;

  constructor(readonly pieces: number) {}

  async next(): Promise<Uint8Array | null> {
    const number = this.asked++;
    while (number >= this.#let) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return number < this.pieces ? this.#buffer.fill(number + 1) : null;
  }

  allow(pieces: number): void {
    this.#let += pieces;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

async function settled(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve();
}

Deno.test("what is gathered before it is wanted and what comes after is all there, in order, once", async () => {
  await fc.assert(fc.asyncProperty(fc.nat(9), fc.nat(12), fc.nat(80), async (pieces, before, mostBytes) => {
    const source = new Source(pieces), bytes = new GatheredBytes(source);
    const wanted = Promise.withResolvers<void>();
    const gathering = bytes.gather(wanted.promise, mostBytes);
    source.allow(before);
    await settled();
    assert.ok(source.asked <= Math.ceil(mostBytes / 8) + 1, "no more is read than it was told");
    wanted.resolve();
    await gathering;
    source.allow(Infinity);
    const seen: number[] = [];
    for (let piece; (piece = await bytes.next()) !== null;) seen.push(piece[0]!);
    assert.deepEqual(seen, Array.from({ length: pieces }, (_, at) => at + 1));
  }));
});

Deno.test("what reading throws while it is gathered is thrown when it is asked for", async () => {
  const bytes = new GatheredBytes({ next: () => Promise.reject(new Error("unreadable")) });
  await bytes.gather(new Promise(() => {}), 100);
  await assert.rejects(bytes.next(), { message: "unreadable" });
});
