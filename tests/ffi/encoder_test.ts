import assert from "node:assert/strict";
import { Encoder } from "../../ffi/encoder.ts";
import { LibraryError, openLibrary } from "../../ffi/library.ts";
import { Code } from "../../ffi/symbols.ts";
import type { EncodeTask } from "./encode_worker.ts";
import { encode, frameBytes, frameOf, libraryPath, settingsOf } from "./support.ts";

const library = openLibrary(libraryPath);

/** Whether `call` fails in the library with this code; gives its message. */
function fails(call: () => unknown, code: number): string {
  let message = "";
  assert.throws(call, (error) => {
    assert.ok(error instanceof LibraryError, `${error}`);
    assert.equal(error.code, code, error.message);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("Encoder gives as many packets as frames, in order, the first a keyframe and no other", () => {
  for (const frames of [1, 2, 7, 30]) {
    using encoder = new Encoder(library, settingsOf(), 100);
    const seen: [number, boolean][] = [];
    for (let sent = 0;;) {
      const received = encoder.receive();
      if (received === "end") break;
      if (received === "again") continue;
      if (received !== "need-frame") {
        assert.ok(received.data.length > 0);
        seen.push([received.frame, received.key]);
      } else if (sent < frames) encoder.send(frameOf(sent++, sent > 10 ? 1 : 0));
      else encoder.flush();
    }
    assert.deepEqual(seen, Array.from({ length: frames }, (_, frame) => [frame, frame === 0]));
  }
});

Deno.test("Encoder without a frame ends without a packet", () => {
  assert.deepEqual(encode(library, settingsOf(), 0), []);
});

Deno.test("Encoder copies a frame: the caller may write over it at once", () => {
  using encoder = new Encoder(library, settingsOf(), 0);
  const frame = new Uint8Array(frameBytes);
  const packets: Uint8Array[] = [];
  for (let sent = 0;;) {
    const received = encoder.receive();
    if (received === "end") break;
    if (received === "again") continue;
    if (received !== "need-frame") packets.push(received.data);
    else if (sent < 9) {
      frame.set(frameOf(sent++));
      encoder.send(frame);
      frame.fill(255);
    } else encoder.flush();
  }
  assert.deepEqual(packets, encode(library, settingsOf(), 9));
});

Deno.test("Encoder may be closed twice, and used afterwards throws", () => {
  const encoder = new Encoder(library, settingsOf(), 0);
  encoder.send(frameOf(0));
  encoder.close();
  encoder.close();
  encoder[Symbol.dispose]();
  for (const use of [() => encoder.send(frameOf(1)), () => encoder.flush(), () => encoder.receive()]) {
    assert.throws(use, { name: "TypeError", message: "Cannot use an encoder that was closed" });
  }
});

Deno.test("An encoder that was closed is gone from the library, and a new one in its place is not it", () => {
  const freed: bigint[] = [];
  const watched = watching((id) => freed.push(id));
  new Encoder(watched, settingsOf(), 0).close();
  using _next = new Encoder(library, settingsOf(), 0);
  assert.equal(freed.length, 1);
  assert.match(fails(() => library.unwrap(library.symbols.rbg_encoder_flush(freed[0]!)), Code.invalidHandle), /freed/);
  fails(() => library.unwrap(library.symbols.rbg_encoder_free(freed[0]!)), Code.invalidHandle);
});

/** The library, with a look at the encoders that are freed. */
function watching(onFree: (id: bigint) => void): typeof library {
  const rbg_encoder_free = (id: bigint) => {
    onFree(id);
    return library.symbols.rbg_encoder_free(id);
  };
  return Object.create(library, { symbols: { value: { ...library.symbols, rbg_encoder_free } } });
}

Deno.test("send() refuses a frame of another size and goes on with the right ones", () => {
  using encoder = new Encoder(library, settingsOf(), 0);
  for (const size of [0, frameBytes - 1, frameBytes + 1, 2 * frameBytes]) {
    const message = fails(() => encoder.send(new Uint8Array(size)), Code.invalidArgument);
    assert.match(message, new RegExp(`${frameBytes}`), "the size that was due is named");
  }
  encoder.send(frameOf(0));
  encoder.flush();
  const received = encoder.receive();
  assert.ok(typeof received === "object" && received.frame === 0);
});

Deno.test("send() refuses samples beyond the bit depth", () => {
  using encoder = new Encoder(library, settingsOf({ bitDepth: 10 }), 0);
  const frame = new Uint8Array(2 * frameBytes);
  encoder.send(frame);
  frame[2 * 1000 + 1] = 4;
  fails(() => encoder.send(frame), Code.invalidArgument);
});

Deno.test("send() after flush() is refused, and a second flush() is not", () => {
  using encoder = new Encoder(library, settingsOf(), 0);
  encoder.send(frameOf(0));
  encoder.flush();
  encoder.flush();
  fails(() => encoder.send(frameOf(1)), Code.wrongState);
});

Deno.test("Encoder refuses settings with the reason", () => {
  const message = fails(() => new Encoder(library, settingsOf({ tileCols: 3 }), 0), Code.invalidSettings);
  assert.match(message, /tile|power/i);
});

Deno.test("A segment encodes to the same packets again and again", () => {
  const once = encode(library, settingsOf(), 20);
  assert.deepEqual(encode(library, settingsOf(), 20), once);
  assert.notDeepEqual(encode(library, settingsOf(), 20, 1), once);
});

Deno.test("Encoders that take turns on one thread do not disturb each other", () => {
  using a = new Encoder(library, settingsOf(), 0);
  using b = new Encoder(library, settingsOf(), 0);
  const both = [a, b].map((encoder) => ({ encoder, sent: 0, ended: false, packets: [] as Uint8Array[] }));
  while (both.some(({ ended }) => !ended)) {
    for (const [scene, one] of both.entries()) {
      if (one.ended) continue;
      const received = one.encoder.receive();
      if (received === "end") one.ended = true;
      else if (received === "need-frame") {
        if (one.sent < 12) one.encoder.send(frameOf(one.sent++, scene));
        else one.encoder.flush();
      } else if (received !== "again") one.packets.push(received.data);
    }
  }
  for (const scene of [0, 1]) assert.deepEqual(both[scene]!.packets, encode(library, settingsOf(), 12, scene));
});

Deno.test("Encoders on two threads at once give what one gives alone", async () => {
  const threads = [0, 1].map(() => new Worker(new URL("encode_worker.ts", import.meta.url), { type: "module" }));
  const answer = (thread: Worker) =>
    new Promise<unknown>((resolve, reject) => {
      thread.onmessage = ({ data }) => resolve(data);
      thread.onerror = (event) => reject(new Error(event.message));
    });
  try {
    await Promise.all(threads.map(answer));
    // Twice on each, the scenes changing places.
    for (const swap of [0, 1]) {
      const answers = threads.map(answer);
      for (const [number, thread] of threads.entries()) {
        thread.postMessage({ frames: 40, scene: number ^ swap } satisfies EncodeTask);
      }
      const packets = await Promise.all(answers);
      for (const number of [0, 1]) assert.deepEqual(packets[number], encode(library, settingsOf(), 40, number ^ swap));
    }
  } finally {
    for (const thread of threads) thread.terminate();
  }
});

Deno.test("A forgotten encoder is freed when it is collected, one that was closed only once", async () => {
  const source = `
    import { Encoder } from "ffi/encoder.ts";
    import { openLibrary } from "ffi/library.ts";
    const library = openLibrary(${JSON.stringify(libraryPath)});
    const results = [];
    const rbg_encoder_free = (id) => {
      const result = library.symbols.rbg_encoder_free(id);
      results.push(Number(result));
      return result;
    };
    const watched = Object.create(library, { symbols: { value: { ...library.symbols, rbg_encoder_free } } });
    const settings = ${JSON.stringify(settingsOf())};
    (() => {
      new Encoder(watched, settings, 0);
      new Encoder(watched, settings, 0);
      new Encoder(watched, settings, 0).close();
    })();
    for (let turn = 0; turn < 200 && results.length < 3; turn++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    gc();
    await new Promise((resolve) => setTimeout(resolve, 0));
    console.log(JSON.stringify(results));
  `;
  const root = new URL("../../", import.meta.url);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, source.replaceAll('"ffi/', `"${root}ffi/`));
  const args = ["run", "--quiet", "--allow-all", "--no-check", "--v8-flags=--expose-gc", file];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  await Deno.remove(file);
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [0, 0, 0]);
});
