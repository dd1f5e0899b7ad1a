import assert from "node:assert/strict";
import fc from "fast-check";
import { ResultParts } from "../../../../lib/remote/client/result_parts.ts";
import { ProtocolError } from "../../../../lib/remote/wire/channel.ts";
import { madePackets, resultContent, resultHeader } from "../../../support/fake_daemon.ts";

const frameBytes = 64;
const packets = madePackets(7);
const content = resultContent(packets);
const header = resultHeader(0, packets.length, content.length);

/** The content cut at these places. */
function parts(content: Uint8Array<ArrayBuffer>, cuts: readonly number[]) {
  const bounds = [0, ...cuts.toSorted((a, b) => a - b), content.length];
  return bounds.slice(1).flatMap((end, at) => {
    const offset = bounds[at]!;
    return end > offset ? [{ offset, body: content.slice(offset, end) }] : [];
  });
}

function gather(of: Uint8Array<ArrayBuffer>, cuts: readonly number[] = [], frames = packets.length) {
  const result = new ResultParts(frames, frameBytes);
  const head = resultHeader(0, frames, of.length);
  let finished;
  for (const { offset, body } of parts(of, cuts)) {
    assert.equal(finished, undefined, "it is finished with the last part and not before");
    finished = result.add({ ...head, offset }, body);
  }
  return finished;
}

Deno.test("ResultParts gives the packets, however the result was cut", () => {
  fc.assert(fc.property(fc.array(fc.nat(content.length)), (cuts) => {
    const finished = gather(content, cuts)!;
    assert.deepEqual([...finished.sizes], packets.map(({ length }) => length));
    assert.deepEqual([...finished.data], packets.flatMap((packet) => [...packet]));
    assert.deepEqual([finished.frames, finished.seconds], [7, 1.5]);
    assert.deepEqual([...finished.inputDigest], Array(32).fill(0xcd));
  }));
});

Deno.test("ResultParts takes no result that is longer, shorter or other than it was said to be", () => {
  const refused: [string, Parameters<ResultParts["add"]>[0], number?][] = [
    ["other frames", { ...header, frames: 8 }],
    ["too long for so many frames", { ...header, bytes: 2 ** 31 }],
    ["too short for the sizes", { ...header, bytes: 27 }],
    ["not from its beginning", { ...header, offset: 1 }],
    ["more than there is", { ...header, bytes: content.length - 1 }],
    ["nothing", header, 0],
  ];
  for (const [what, part, bytes = content.length] of refused) {
    assert.throws(() => new ResultParts(7, frameBytes).add(part, content.slice(0, bytes)), ProtocolError, what);
  }
});

Deno.test("ResultParts takes no part that disagrees with the first, comes twice or leaves a gap", () => {
  const changes = [{ bytes: content.length + 1 }, { seconds: 2 }, { inputDigest: "00".repeat(32) }, { frames: 6 }];
  for (const change of [...changes, { offset: 0 }, { offset: 9 }, { offset: 11 }]) {
    const result = new ResultParts(7, frameBytes);
    result.add(header, content.slice(0, 10));
    assert.throws(() => result.add({ ...header, offset: 10, ...change }, content.slice(10)), ProtocolError);
  }
});

Deno.test("ResultParts takes no packets that rav1e cannot have written", () => {
  const swapped = [packets[1]!, packets[0]!, ...packets.slice(2)];
  const longer = [...packets.slice(0, 6), new Uint8Array([...packets[6]!, 0x32])];
  for (const made of [swapped, longer, packets.slice(0, 6).concat(new Uint8Array())]) {
    assert.throws(() => gather(resultContent(made)), ProtocolError);
  }
  const behind = new Uint8Array([...content, 1]);
  assert.throws(() => gather(behind), /1 bytes behind its packets/);
  const beyond = content.slice();
  new DataView(beyond.buffer).setUint32(4, 2 ** 32 - 1, true);
  assert.throws(() => gather(beyond), /packet 1 reaches beyond/);
});

Deno.test("ResultParts gives packets or a ProtocolError for any content", () => {
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 60 }).map((bytes) => new Uint8Array(bytes));
  fc.assert(fc.property(bytes, (bytes) => {
    try {
      gather(bytes, [], 2);
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
    }
  }));
});

Deno.test("ResultParts keeps none of the messages that small parts came in", () => {
  const big = resultContent(madePackets(40, 100)), result = new ResultParts(40, 4096);
  const head = resultHeader(0, 40, big.length);
  for (let offset = 0; offset < big.length - 1; offset++) {
    const message = new Uint8Array(64 * 1024);
    message[100] = big[offset]!;
    result.add({ ...head, offset }, message.subarray(100, 101));
    // Whoever keeps the part's memory sees that it is written over.
    message.fill(0);
  }
  const last = big.length - 1;
  const finished = result.add({ ...head, offset: last }, big.slice(last))!;
  assert.deepEqual([...finished.data], [...big.subarray(160)]);
});
