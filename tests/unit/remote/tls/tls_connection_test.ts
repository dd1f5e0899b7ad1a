import assert from "node:assert/strict";
import { createServer as createTcpServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { WorkerEntry } from "../../../../lib/remote/client/worker_entry.ts";
import type { Environment } from "../../../../lib/remote/daemon/password_source.ts";
import { dial, type Dialed, DialFailed } from "../../../../lib/remote/tls/dial.ts";
import { IdentitySource } from "../../../../lib/remote/tls/identity_source.ts";
import { type Accepted, Listener } from "../../../../lib/remote/tls/listener.ts";
import { ConnectionLost } from "../../../../lib/remote/wire/byte_stream.ts";
import {
  chained,
  fingerprint,
  hasOpenssl,
  namedSelfSigned,
  openssl,
  plainSelfSigned,
  text,
} from "../../../support/certificates.ts";
import { WorkFolder } from "../../../support/work_folder.ts";
import { workerAt } from "./worker_at.ts";

const never = new AbortController().signal;

function test(name: string, fn: (folder: WorkFolder) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !hasOpenssl,
    async fn() {
      using folder = new WorkFolder();
      await fn(folder);
    },
  });
}

/** A listener that echoes, with the identity that the environment names. */
class EchoDaemon implements AsyncDisposable {
  readonly accepted: Accepted[] = [];
  readonly notes: string[] = [];
  readonly #listener: Listener;
  readonly #done: Promise<void>;

  static async start(environment: Environment): Promise<EchoDaemon> {
    const notes: string[] = [];
    const clock = { now: Date.now() };
    const identity = await IdentitySource.open(environment, { note: (line) => notes.push(line) }, () => clock.now);
    return new EchoDaemon(await Listener.open({ host: "127.0.0.1", port: 0, identity }), notes, clock);
  }

  private constructor(listener: Listener, notes: string[], readonly clock: { now: number }) {
    this.#listener = listener;
    this.notes = notes;
    this.#done = this.#serve();
  }

  get port(): number {
    return this.#listener.address.port;
  }

  async #serve(): Promise<void> {
    for await (const accepted of this.#listener.accept()) {
      this.accepted.push(accepted);
      this.#echo(accepted);
    }
  }

  async #echo({ stream }: Accepted): Promise<void> {
    try {
      for (let bytes; (bytes = await stream.read()) !== null;) await stream.write(bytes);
    } catch (error) {
      assert(error instanceof ConnectionLost, String(error));
    }
    stream.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const { stream } of this.accepted) stream.close();
    await this.#done;
  }
}

function pem(folder: WorkFolder, name: string, certificates = name): Environment {
  return { TLS_CERT_PATH: folder.file(`${certificates}.pem`), TLS_KEY_PATH: folder.file(`${name}.key`) };
}

async function connected(port: number, entry: Partial<WorkerEntry>): Promise<Dialed> {
  const dialed = await dial(workerAt(port, { secure: true, ...entry }), never);
  const sent = crypto.getRandomValues(new Uint8Array(40_000));
  await dialed.stream.write(sent);
  let got = new Uint8Array(0);
  while (got.length < sent.length) got = Uint8Array.from([...got, ...(await dialed.stream.read())!]);
  assert.deepEqual(got, sent);
  dialed.stream.close();
  return dialed;
}

async function failure(port: number, entry: Partial<WorkerEntry>): Promise<DialFailed> {
  try {
    (await dial(workerAt(port, { secure: true, ...entry }), never)).stream.close();
  } catch (error) {
    assert(error instanceof DialFailed, String(error));
    assert(!error.message.includes("\n"));
    return error;
  }
  assert.fail("It was connected");
}

for (
  const key of ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256", "ec -pkeyopt ec_paramgen_curve:P-384", "ed25519"]
) {
  test(`dial() reaches a worker with a plain openssl req -x509 certificate of ${key}, where that is pinned`, async (folder) => {
    await plainSelfSigned(folder, "box", key);
    await plainSelfSigned(folder, "other", key);
    await using daemon = await EchoDaemon.start(pem(folder, "box"));
    for (const pin of [{ fingerprint: fingerprint(folder, "box.pem") }, { ca: folder.file("box.pem") }]) {
      const { certificate, tls } = await connected(daemon.port, pin);
      assert.deepEqual(certificate, daemon.accepted.at(-1)!.certificates[0]);
      assert.match(tls!, /^TLS 1\.3, /);
    }
    const wrong = await failure(daemon.port, { fingerprint: fingerprint(folder, "other.pem") });
    assert(wrong.isHopeless);
    assert(wrong.message.includes(fingerprint(folder, "box.pem")) && wrong.message.includes("not the pinned one"));
    for (const entry of [{ ca: folder.file("other.pem") }, {}]) {
      const { isHopeless, message } = await failure(daemon.port, entry);
      assert(isHopeless);
      assert(message.includes(`fingerprint = "${fingerprint(folder, "box.pem")}"`), message);
    }
  });
}

test("dial() takes a chain that the ca vouches for, by name and by address, and no other name", async (folder) => {
  await chained(folder, "box");
  await using daemon = await EchoDaemon.start(pem(folder, "box", "chain"));
  const ca = folder.file("root.pem");
  await connected(daemon.port, { ca });
  await connected(daemon.port, { ca, host: "localhost" });
  const { message, isHopeless } = await failure(daemon.port, { ca, host: "127.0.0.2" }).catch((error) => error);
  // It listens at 127.0.0.1 only.
  assert.equal(isHopeless, false, message);
  await using incomplete = await EchoDaemon.start(pem(folder, "box"));
  assert.match((await failure(incomplete.port, { ca })).message, /^nobody who is trusted vouches/);
});

test("dial() takes a certificate that lies in the ca itself, though its issuer does not, and not when it is out of date", async (folder) => {
  await chained(folder, "box");
  const ca = folder.file("box.pem");
  await using daemon = await EchoDaemon.start(pem(folder, "box", "chain"));
  await connected(daemon.port, { ca });
  await connected(daemon.port, { ca, host: "localhost" });
  const sign = "x509 -req -in box.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile box.ext";
  await openssl(folder, `${sign} -days -1 -out expired.pem`);
  const server = createTlsServer({ key: text(folder, "box.key"), cert: text(folder, "expired.pem") });
  assert.match((await failureAt(server, { ca: folder.file("expired.pem") })).message, /^its certificate expired on /);
});

test("dial() refuses a certificate for another name and one that has expired", async (folder) => {
  await chained(folder, "box");
  folder.write("box.ext", "subjectAltName=DNS:elsewhere.example\n");
  const sign = "x509 -req -in box.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile box.ext";
  await openssl(folder, `${sign} -days 365 -out elsewhere.pem`);
  await using elsewhere = await EchoDaemon.start(pem(folder, "box", "elsewhere"));
  const ca = folder.file("root.pem");
  assert.match((await failure(elsewhere.port, { ca })).message, /^its certificate is not for 127\.0\.0\.1; pin it/);
  // Our own daemon would not start with it.
  folder.write("box.ext", "subjectAltName=IP:127.0.0.1\n");
  await openssl(folder, `${sign} -days -1 -out expired.pem`);
  const server = createTlsServer({ key: text(folder, "box.key"), cert: text(folder, "expired.pem") });
  const expired = await failureAt(server, { ca });
  assert.match(expired.message, /^its certificate expired on \d{4}-\d\d-\d\d; the clock here says \d{4}-\d\d-\d\d$/);
  assert(expired.isHopeless);
  // Unpinned and nobody's, but that is not what is wrong with it first.
  const own = createTlsServer({ key: text(folder, "box.key"), cert: text(folder, "expired.pem") });
  assert.match((await failureAt(own, {})).message, /^its certificate expired on /);
});

async function failureAt(server: Server, entry: Partial<WorkerEntry>): Promise<DialFailed> {
  server.on("tlsClientError", () => {});
  server.on("connection", (socket) => socket.on("error", () => {}));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", () => ready()));
  const address = server.address();
  assert(address !== null && typeof address === "object");
  try {
    return await failure(address.port, entry);
  } finally {
    server.close();
  }
}

test("dial() refuses TLS 1.2, and says what does not speak TLS", async (folder) => {
  await namedSelfSigned(folder, "box");
  const trusted = { ca: folder.file("box.pem") };
  const old = createTlsServer({
    key: text(folder, "box.key"),
    cert: text(folder, "box.pem"),
    maxVersion: "TLSv1.2",
  });
  assert.equal((await failureAt(old, trusted)).message, "it does not speak TLS 1.3");
  const http = createTcpServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  assert.equal((await failureAt(http, trusted)).message, "it does not speak TLS");
  const closing = createTcpServer((socket) => socket.destroy());
  assert.equal(
    (await failureAt(closing, trusted)).message,
    "it closed the connection before TLS was agreed on, as a worker does that has too many connections, or no TLS (secure = false)",
  );
});

test("dial() says that a ca cannot be used, and that no other try helps", async (folder) => {
  folder.write("text.pem", "hello");
  const missing = await failure(1, { ca: folder.file("none.pem") });
  assert.match(missing.message, /^its ca, '.*none\.pem', cannot be read: no such file or directory$/);
  assert(missing.isHopeless);
  assert.match((await failure(1, { ca: folder.file("text.pem") })).message, /holds no PEM certificate$/);
});

test("dial() ends while TLS is not agreed on, when it is told to", async () => {
  const silent = createTcpServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((ready) => silent.listen(0, "127.0.0.1", () => ready()));
  const address = silent.address();
  assert(address !== null && typeof address === "object");
  const controller = new AbortController();
  silent.on("connection", () => controller.abort(new Error("not wanted")));
  await assert.rejects(dial(workerAt(address.port, { secure: true }), controller.signal), /not wanted/);
  silent.close();
});

test("Listener serves .p12 identities, and openssl's client agrees on TLS 1.3 alone", async (folder) => {
  await chained(folder, "box");
  await openssl(folder, "pkcs12 -export -legacy -inkey box.key -in chain.pem -out box.p12 -passout pass:secret");
  folder.write("password", "secret\n");
  await using daemon = await EchoDaemon.start({
    IDENTITY_FILE: folder.file("box.p12"),
    IDENTITY_PASSWORD_FILE: folder.file("password"),
  });
  const client = (version: string) =>
    openssl(
      folder,
      `s_client -connect 127.0.0.1:${daemon.port} ${version} -CAfile root.pem -verify_return_error -verify_ip 127.0.0.1`,
    );
  await client("-tls1_3");
  await assert.rejects(client("-tls1_2"), /alert protocol version/);
});

test("Listener serves others while a connection does not get on with TLS, and survives what is no TLS", async (folder) => {
  await namedSelfSigned(folder, "box");
  await using daemon = await EchoDaemon.start(pem(folder, "box"));
  const silent = await dial(workerAt(daemon.port), never);
  const wrong = await dial(workerAt(daemon.port), never);
  await wrong.stream.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  const answer = await wrong.stream.read().catch((error) => error);
  // TLS answers with an alert, or the connection is just closed.
  assert(answer === null || answer instanceof ConnectionLost || answer[0] === 0x15, String(answer));
  await connected(daemon.port, { ca: folder.file("box.pem") });
  silent.stream.close(), wrong.stream.close();
});

test("Listener begins with TLS when a connection is first read, and closes one that never was", async (folder) => {
  await namedSelfSigned(folder, "box");
  const identity = await IdentitySource.open(pem(folder, "box"), { note: () => {} });
  const listener = await Listener.open({ host: "127.0.0.1", port: 0, identity });
  const connections = listener.accept();
  const entry = workerAt(listener.address.port, { secure: true, ca: folder.file("box.pem") });
  let isConnected = false;
  const dialing = dial(entry, never).finally(() => isConnected = true);
  const { stream } = (await connections.next()).value!;
  // Another connection comes and goes meanwhile: the first one got its time.
  const other = dial(entry, never);
  const otherFails = assert.rejects(other, DialFailed);
  const unread = (await connections.next()).value!.stream;
  unread.close();
  await otherFails;
  await assert.rejects(unread.read(), ConnectionLost);
  assert.equal(isConnected, false);
  const reading = stream.read();
  const dialed = await dialing;
  await dialed.stream.write(new Uint8Array([7]));
  assert.deepEqual(await reading, new Uint8Array([7]));
  dialed.stream.close(), stream.close(), listener.close();
});

test("Listener shows a renewed certificate to the next connection, and keeps the old one where the new is broken", async (folder) => {
  await namedSelfSigned(folder, "box");
  await namedSelfSigned(folder, "new");
  await using daemon = await EchoDaemon.start(pem(folder, "box"));
  const old = fingerprint(folder, "box.pem"), renewed = fingerprint(folder, "new.pem");
  const open = await dial(workerAt(daemon.port, { secure: true, fingerprint: old }), never);
  const replace = (certificate: string, key: string) => {
    for (const [from, to] of [[certificate, "box.pem"], [key, "box.key"]] as const) {
      folder.write("replacing", folder.read(from));
      Deno.renameSync(folder.file("replacing"), folder.file(to));
    }
    daemon.clock.now += 5_000;
  };
  const oldKey = folder.read("box.key");
  folder.write("old.key", oldKey);

  replace("new.pem", "old.key");
  await connected(daemon.port, { fingerprint: old });
  assert.match(
    daemon.notes.at(-1)!,
    /the private key does not belong to the certificate; the certificate from before stays/,
  );
  await connected(daemon.port, { fingerprint: old });
  assert.equal(daemon.notes.filter((note) => /from before stays/.test(note)).length, 1, "said once");

  replace("new.pem", "new.key");
  const { certificate } = await connected(daemon.port, { fingerprint: renewed });
  assert.deepEqual(daemon.accepted.at(-1)!.certificates, [certificate]);
  assert.match(daemon.notes.at(-1)!, new RegExp(`renewed; its fingerprint is ${renewed}`));
  assert.match((await failure(daemon.port, { fingerprint: old })).message, /not the pinned one/);

  // What was connected before goes on.
  await open.stream.write(new Uint8Array([1, 2]));
  assert.deepEqual(await open.stream.read(), new Uint8Array([1, 2]));
  open.stream.close();
});
