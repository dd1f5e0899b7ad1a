import assert from "node:assert/strict";
import fc from "fast-check";
import { ScramVerifier } from "../../../lib/remote/auth/scram.ts";
import { ScramClient, UntrustedServer } from "../../../lib/remote/auth/scram_client.ts";
import { mostScramIterations, scramIterations } from "../../../lib/remote/limits.ts";
import { ProtocolError } from "../../../lib/remote/wire/channel.ts";

const password = "right horse";
const binding = Uint8Array.of(1, 2, 3);
const exchanged = Uint8Array.of(7, 8);
/** As few as a test can do with; what a client accepts is tested by itself. */
const few = { leastIterations: 1 };
const verifier = await ScramVerifier.create(password, 2);

/** Both sides' messages with that many iterations, as far as they get. */
async function exchange(clientPassword: string, bindings: readonly Uint8Array[] = [binding]) {
  const client = new ScramClient(clientPassword, few);
  const server = verifier.begin(client.first);
  const final = await client.finish(server.first, binding, exchanged);
  return { client, server, final, verdict: await server.finish(final, bindings, exchanged) };
}

/** A tag by which two keys can be compared. */
async function tag(key: CryptoKey): Promise<string> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, Uint8Array.of(1))).toHex();
}

Deno.test("SCRAM says, on both sides, what the example of RFC 7677 says", async () => {
  const header = "n,,";
  const client = new ScramClient("pencil", {
    user: "user",
    nonce: "rOprNGfwEbeRWgbNEkqO",
    header,
    leastIterations: 4096,
  });
  const salt = Uint8Array.fromBase64("W22ZaJ0SNY7soEsUEjb6gQ==");
  const server = (await ScramVerifier.create("pencil", 4096, salt))
    .begin(client.first, { nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", header });
  assert.equal(client.first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  assert.equal(
    server.first,
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  );
  const final = await client.finish(server.first, new Uint8Array(0), exchanged);
  assert.equal(
    final,
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  );
  const verdict = await server.finish(final, [new Uint8Array(0)], exchanged);
  assert.ok(verdict.kind === "proven");
  assert.equal(verdict.serverFinal, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  client.verify(verdict.serverFinal);
});

Deno.test("SCRAM gives both sides the same keys, another each way and each time", async () => {
  const seen = new Set<string>();
  for (let time = 0; time < 3; time++) {
    const { client, verdict } = await exchange(password);
    assert.ok(verdict.kind === "proven");
    const keys = client.verify(verdict.serverFinal);
    assert.equal(await tag(keys.clientToDaemon), await tag(verdict.keys.clientToDaemon));
    assert.equal(await tag(keys.daemonToClient), await tag(verdict.keys.daemonToClient));
    seen.add(await tag(keys.clientToDaemon)).add(await tag(keys.daemonToClient));
  }
  assert.equal(seen.size, 6);
});

Deno.test("SCRAM tells a wrong password, and a right one over another connection", async () => {
  for (const wrong of ["", "right horsE", "right horse ", "\u0000"]) {
    assert.equal((await exchange(wrong)).verdict.kind, "wrong-password", wrong);
    assert.equal((await exchange(wrong, [])).verdict.kind, "wrong-password", wrong);
  }
  assert.equal((await exchange(password, [Uint8Array.of(1, 2), binding])).verdict.kind, "proven");
  assert.equal((await exchange(password, [Uint8Array.of(1, 2)])).verdict.kind, "wrong-binding");
});

Deno.test("SCRAM takes one password for what two keyboards make of it", async () => {
  const composed = await ScramVerifier.create("caf\u00e9 au lait", 2);
  const client = new ScramClient("cafe\u0301\u00a0au\u00ad lait", few);
  const server = composed.begin(client.first);
  assert.equal(
    (await server.finish(await client.finish(server.first, binding, exchanged), [binding], exchanged)).kind,
    "proven",
  );
});

Deno.test("SCRAM's client computes nothing for iterations out of range", async () => {
  for (const iterations of [1, 4096, scramIterations - 1, mostScramIterations + 1, 999_999_999_999_999]) {
    const client = new ScramClient(password);
    const nonce = /r=(.*)$/.exec(client.first)![1];
    const asked = `r=${nonce}abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${iterations}`;
    await assert.rejects(client.finish(asked, binding, exchanged), UntrustedServer, `${iterations}`);
  }
});

Deno.test("SCRAM's client refuses a server that does not know the password", async () => {
  const { client } = await exchange(password);
  assert.throws(() => client.verify(`v=${new Uint8Array(32).toBase64()}`), UntrustedServer);
  const { verdict: another } = await exchange(password);
  assert.ok(another.kind === "proven");
  assert.throws(() => client.verify(another.serverFinal), UntrustedServer);
});

Deno.test("SCRAM refuses nonces that are not this conversation's", async () => {
  const client = new ScramClient(password, few);
  const rest = "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2";
  const nonce = /r=(.*)$/.exec(client.first)![1]!;
  for (const wrong of [nonce, "x" + nonce, nonce.slice(1) + "abc", ""]) {
    await assert.rejects(client.finish(`r=${wrong},${rest}`, binding, exchanged), ProtocolError, wrong);
  }
  const { final } = await exchange(password);
  await assert.rejects(
    verifier.begin(new ScramClient(password).first).finish(final, [binding], exchanged),
    ProtocolError,
  );
});

Deno.test("SCRAM refuses texts that are no such message", async () => {
  const { client, server, final } = await exchange(password);
  const [channel, nonce] = final.split(",");
  for (
    const text of [
      "",
      "n,,n=,r=abc",
      "y,,n=,r=abc",
      "p=tls-unique,,n=,r=abc",
      "p=rav1e-by-gop,a=x,n=,r=abc",
      "p=rav1e-by-gop,,m=x,n=,r=abc",
      "p=rav1e-by-gop,,r=abc",
      "p=rav1e-by-gop,,n=,r=",
      "p=rav1e-by-gop,,n=,r=a b",
      `p=rav1e-by-gop,,n=,r=${"a".repeat(600)}`,
    ]
  ) {
    assert.throws(() => verifier.begin(text), ProtocolError, text);
  }
  const key = new Uint8Array(32).toBase64();
  for (
    const text of [
      "",
      channel!,
      `${channel},${nonce}`,
      `${nonce},${channel},p=${key}`,
      `${channel},${nonce},p=`,
      `${channel},${nonce},p=${key}A`,
      `${channel},${nonce},p=${key.slice(0, -4)}`,
      `c=!,${nonce},p=${key}`,
      `${channel},${nonce},p= ${key}`,
    ]
  ) {
    await assert.rejects(server.finish(text, [binding], exchanged), ProtocolError, text);
  }
  for (
    const text of [
      "",
      "r=",
      `${nonce},s=,i=2`,
      `${nonce},s=AAAA,i=2`,
      `${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==`,
      ...["0", "-1", "1e6", "0x9", "2 ", "1".repeat(20)].map((i) => `${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${i}`),
    ]
  ) {
    await assert.rejects(client.finish(text, binding, exchanged), ProtocolError, text);
  }
  for (const text of ["", "e=other-error", "v=", "v=AAAA"]) {
    assert.throws(() => client.verify(text), ProtocolError, text);
  }
});

Deno.test("SCRAM meets any text with a verdict or a refusal", async () => {
  const { server, final } = await exchange(password);
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.tuple(fc.nat(final.length), fc.nat(20), fc.string({ maxLength: 5 }))
      .map(([at, length, put]) => final.slice(0, at) + put + final.slice(at + length)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (text) => {
      try {
        const { kind } = await server.finish(text, [binding], exchanged);
        assert.equal(kind, text === final ? "proven" : "wrong-password");
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
      try {
        verifier.begin(text);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("SCRAM's server takes the same steps for a wrong password as for a right one", async () => {
  const steps: string[] = [];
  const subtle = crypto.subtle as unknown as Record<string, (...rest: unknown[]) => unknown>;
  const names = ["sign", "digest", "importKey", "deriveKey", "deriveBits"];
  const finished = async (clientPassword: string) => {
    const client = new ScramClient(clientPassword, few);
    const server = verifier.begin(client.first);
    const final = await client.finish(server.first, binding, exchanged);
    steps.length = 0;
    return [(await server.finish(final, [binding], exchanged)).kind, ...steps];
  };
  for (const name of names) {
    subtle[name] = (...rest) => {
      steps.push(name);
      return Reflect.apply(Object.getPrototypeOf(subtle)[name], subtle, rest);
    };
  }
  try {
    const [right, ...stepsOfRight] = await finished(password);
    const [wrong, ...stepsOfWrong] = await finished(password + "!");
    assert.deepEqual([right, wrong], ["proven", "wrong-password"]);
    assert.ok(stepsOfRight.length > 0);
    assert.deepEqual(stepsOfWrong, stepsOfRight);
  } finally {
    for (const name of names) delete subtle[name];
  }
});

Deno.test("SCRAM's keys are nothing to who knows the password and what was said, but not what the key exchange gave", async () => {
  const client = new ScramClient(password, few), server = verifier.begin(client.first);
  const final = await client.finish(server.first, binding, exchanged);
  const verdict = await server.finish(final, [binding], Uint8Array.of(7, 9));
  assert.ok(verdict.kind === "proven");
  const own = client.verify(verdict.serverFinal), { keys } = verdict;
  assert.notEqual(await tag(own.clientToDaemon), await tag(keys.clientToDaemon));
  assert.notEqual(await tag(own.daemonToClient), await tag(keys.daemonToClient));
  assert.notEqual(await own.secret.proofOn(own.secret), await keys.secret.proofOn(own.secret));
});
