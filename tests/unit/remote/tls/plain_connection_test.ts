import assert from "node:assert/strict";
import type { WorkerEntry } from "../../../../lib/remote/client/worker_entry.ts";
import { dial, DialFailed } from "../../../../lib/remote/tls/dial.ts";
import { type Accepted, Listener } from "../../../../lib/remote/tls/listener.ts";
import { type ByteStream, ConnectionLost } from "../../../../lib/remote/wire/byte_stream.ts";
import { workerAt } from "./worker_at.ts";

const never = new AbortController().signal;

async function pair(host = "127.0.0.1", dialed = host): Promise<[ByteStream, Accepted]> {
  const listener = await Listener.open({ host, port: 0 });
  const { stream } = await dial(workerAt(listener.address.port, { host: dialed }), never);
  const { value } = await listener.accept().next();
  listener.close();
  return [stream, value!];
}

async function readAll(stream: ByteStream): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let part; (part = await stream.read()) !== null;) parts.push(part);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

for (const [host, dialed] of [["127.0.0.1", "127.0.0.1"], ["::1", "::1"], ["127.0.0.1", "localhost"]] as const) {
  Deno.test(`dial() and Listener carry bytes both ways at ${host}, called ${dialed}`, async () => {
    const [client, { stream: daemon, address, peer, certificates }] = await pair(host, dialed);
    assert.equal(address, host);
    assert(peer.startsWith(host.includes(":") ? `[${host}]:` : `${host}:`), peer);
    assert.deepEqual(certificates, []);
    const sent = crypto.getRandomValues(new Uint8Array(50_000));
    await client.write(sent);
    await daemon.write(new TextEncoder().encode("hello"));
    assert.equal(new TextDecoder().decode((await client.read())!), "hello");
    client.close();
    assert.deepEqual(await readAll(daemon), sent);
    daemon.close();
  });
}

Deno.test("write() sends what lies in shared memory", async () => {
  const [client, { stream: daemon }] = await pair();
  const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(7);
  await client.write(shared);
  assert.deepEqual(await daemon.read(), new Uint8Array(8).fill(7));
  client.close(), daemon.close();
});

Deno.test("write() keeps to the pace of who reads", async () => {
  const [client, { stream: daemon }] = await pair();
  // The system's buffers take some; half of this they do not.
  const pieces = 64, piece = new Uint8Array(1024 * 1024);
  let got = 0, gotWhenWritten = 0;
  const writing = (async () => {
    for (let written = 0; written < pieces; written++) await client.write(piece);
    gotWhenWritten = got;
    client.close();
  })();
  for (let part; (part = await daemon.read()) !== null;) got += part.length;
  await writing;
  assert.equal(got, pieces * piece.length);
  assert(gotWhenWritten > got / 2, `all was written when ${gotWhenWritten} bytes were read`);
  daemon.close();
});

Deno.test("write() that waits ends when the stream is closed", async () => {
  for (const closer of ["here", "there"] as const) {
    const [client, { stream: daemon }] = await pair();
    const failed = assert.rejects(client.write(new Uint8Array(64 * 1024 * 1024)), ConnectionLost);
    (closer === "here" ? client : daemon).close();
    await failed;
    client.close(), daemon.close();
  }
});

Deno.test("read() that waits ends when the stream is closed here, and stays ended", async () => {
  const [client, { stream: daemon }] = await pair();
  const reading = assert.rejects(client.read(), ConnectionLost);
  client.close();
  await reading;
  await assert.rejects(client.read(), ConnectionLost);
  await assert.rejects(client.write(new Uint8Array(1)), ConnectionLost);
  client.close();
  assert.equal(await daemon.read(), null);
  daemon.close();
});

Deno.test("what was written before close() arrives", async () => {
  const [client, { stream: daemon }] = await pair();
  await daemon.write(new TextEncoder().encode("no room"));
  daemon.close();
  assert.equal(new TextDecoder().decode(await readAll(client)), "no room");
  client.close();
});

async function failure(entry: WorkerEntry, signal = never): Promise<DialFailed> {
  try {
    (await dial(entry, signal)).stream.close();
  } catch (error) {
    assert(error instanceof DialFailed, String(error));
    assert(!error.message.includes("\n"));
    return error;
  }
  assert.fail("It was connected");
}

Deno.test("dial() says why there is no connection, and that another try may help", async () => {
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  listener.close();
  const refused = await failure(workerAt(port));
  assert.equal(refused.message, "nothing listens there (connection refused)");
  assert.equal(refused.isHopeless, false);
  const unknown = await failure(workerAt(port, { host: "no-such-host.invalid" }));
  assert.match(unknown.message, /no host of that name|cannot be looked up/);
  assert.equal(unknown.isHopeless, false);
});

Deno.test("dial() is ended by its signal", async () => {
  const controller = new AbortController();
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 });
  const dialing = dial(workerAt(listener.address.port), controller.signal);
  controller.abort(new Error("not wanted"));
  await assert.rejects(dialing, /not wanted/);
  await assert.rejects(dial(workerAt(listener.address.port), controller.signal), /not wanted/);
  listener.close();
});

Deno.test("Listener.open() says which address is in use, or is not this machine's", async () => {
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  await assert.rejects(
    Listener.open({ host: "127.0.0.1", port }),
    { message: `Cannot listen at 127.0.0.1, port ${port}: the address is in use` },
  );
  await assert.rejects(
    // For documentation (RFC 5737): nobody's.
    Listener.open({ host: "192.0.2.1", port: 0 }),
    { message: "Cannot listen at 192.0.2.1, port 0: this machine does not have that address" },
  );
  listener.close();
});

Deno.test("accept() ends when the listener is closed, and connections that are there go on", async () => {
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 });
  const { stream: client } = await dial(workerAt(listener.address.port), never);
  const connections = listener.accept();
  const { value } = await connections.next();
  const waiting = connections.next();
  listener.close();
  assert.equal((await waiting).done, true);
  await client.write(new Uint8Array([1]));
  assert.deepEqual(await value!.stream.read(), new Uint8Array([1]));
  client.close(), value!.stream.close();
});
