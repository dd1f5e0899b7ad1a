import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { InputError } from "../../../../lib/errors.ts";
import { loadIdentity } from "../../../../lib/remote/tls/identity.ts";
import { readPkcs12, UnreadableIdentity } from "../../../../lib/remote/tls/pkcs12.ts";
import { chained, hasOpenssl, namedSelfSigned, openssl, plainSelfSigned, text } from "../../../support/certificates.ts";
import { WorkFolder } from "../../../support/work_folder.ts";

const ignore = !hasOpenssl;

function subjects(chain: string): string[] {
  const blocks = chain.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).subject);
}

function refusal(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    assert(error instanceof InputError, String(error));
    assert(!error.message.includes("\n"));
    return error.message;
  }
  assert.fail("It was taken");
}

/** What openssl reads of a key, so that two forms of it can be compared. */
async function publicKey(folder: WorkFolder, key: string): Promise<string> {
  folder.write("compared.key", key);
  await openssl(folder, "pkey -in compared.key -pubout -out compared.pub");
  return text(folder, "compared.pub");
}

const passwords = ["secret", "", "pässwörd €", "x".repeat(100)];
for (const key of ["rsa:2048", "rsa:4096", "ec -pkeyopt ec_paramgen_curve:P-384", "ed25519"]) {
  Deno.test({
    name: `loadIdentity() reads what openssl pkcs12 -export makes of ${key}, by default and with -legacy`,
    ignore,
    async fn() {
      using folder = new WorkFolder();
      await plainSelfSigned(folder, "box", key);
      const wanted = await publicKey(folder, text(folder, "box.key"));
      for (const form of ["", "-legacy", "-nomac", "-keypbe NONE -certpbe NONE", "-macalg sha512 -iter 5000"]) {
        for (const password of passwords) {
          folder.write("password", `${password}\n`);
          await openssl(
            folder,
            `pkcs12 -export ${form} -inkey box.key -in box.pem -out box.p12 -passout file:password`,
          );
          const identity = loadIdentity({ kind: "p12", path: folder.file("box.p12"), password });
          assert.deepEqual(subjects(identity.chain), ["CN=box"], `${form} ${password}`);
          assert.equal(await publicKey(folder, identity.key), wanted);
        }
      }
    },
  });
}

Deno.test({
  name: "loadIdentity() takes a chain from a .p12 or PEM in the order of its issuers, without the root",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await chained(folder, "box");
    folder.write("all.pem", text(folder, "root.pem") + text(folder, "box.pem") + text(folder, "middle.pem"));
    await openssl(folder, "pkcs12 -export -inkey box.key -in all.pem -out box.p12 -passout pass:");
    const paths = { certificates: folder.file("all.pem"), key: folder.file("box.key") };
    for (
      const files of [{ kind: "p12", path: folder.file("box.p12"), password: "" }, { kind: "pem", ...paths }] as const
    ) {
      assert.deepEqual(subjects(loadIdentity(files).chain), ["CN=box", "CN=middle"]);
    }
  },
});

Deno.test({
  name: "loadIdentity() says what is wrong with a .p12 file",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await plainSelfSigned(folder, "box");
    await openssl(folder, "pkcs12 -export -inkey box.key -in box.pem -out box.p12 -passout pass:secret");
    await openssl(folder, "pkcs12 -export -nokeys -in box.pem -out nokey.p12 -passout pass:secret");
    const path = folder.file("box.p12");
    const of = (name: string, password = "secret") =>
      refusal(() => loadIdentity({ kind: "p12", path: folder.file(name), password }));
    assert.equal(of("box.p12", "wrong"), `Cannot use '${path}' for TLS: the password is wrong, or it is damaged`);
    assert.match(of("box.p12", ""), /it needs a password$/);
    assert.match(of("nokey.p12"), /it holds no private key$/);
    assert.match(of("box.pem"), /it is PEM; name it by TLS_CERT_PATH/);
    assert.match(of("none.p12"), /^Cannot read .*no such file/);
    folder.write("text.p12", "hello");
    assert.match(of("text.p12"), /it is no \.p12 file/);
  },
});

Deno.test({
  name: "loadIdentity() says what is wrong with PEM files",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await plainSelfSigned(folder, "box");
    await plainSelfSigned(folder, "other");
    await plainSelfSigned(folder, "small", "rsa:1024");
    await plainSelfSigned(folder, "odd", "ec -pkeyopt ec_paramgen_curve:secp256k1");
    await openssl(folder, "pkey -in box.key -aes256 -passout pass:x -out locked.key");
    const of = (certificates: string, key: string, now?: Date) =>
      refusal(() => loadIdentity({ kind: "pem", certificates: folder.file(certificates), key: folder.file(key) }, now));
    assert.match(of("box.pem", "other.key"), /the private key does not belong to the certificate$/);
    assert.match(of("box.pem", "locked.key"), /needs a password/);
    assert.match(of("box.key", "box.key"), /it holds no certificate$/);
    assert.match(of("box.pem", "box.pem"), /holds no PEM private key$/);
    assert.match(of("small.pem", "small.key"), /its key is RSA with 1024 bits/);
    assert.match(of("odd.pem", "odd.key"), /its key is ec/);
    assert.match(
      of("box.pem", "box.key", new Date(Date.now() + 400 * 86_400_000)),
      /its certificate expired on \d{4}-/,
    );
  },
});

Deno.test({
  name: "loadIdentity() reads keys in the older forms of PEM",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await plainSelfSigned(folder, "box");
    await namedSelfSigned(folder, "curve");
    await openssl(folder, "rsa -in box.key -traditional -out box-1.key");
    await openssl(folder, "ec -in curve.key -out curve-1.key");
    await openssl(folder, "ecparam -name prime256v1 -out parameters.pem");
    folder.write("curve-2.key", text(folder, "parameters.pem") + text(folder, "curve-1.key").replaceAll("\n", "\r\n"));
    for (const [certificate, key] of [["box", "box-1"], ["curve", "curve-1"], ["curve", "curve-2"]]) {
      const files = { certificates: folder.file(`${certificate}.pem`), key: folder.file(`${key}.key`) };
      assert.deepEqual(subjects(loadIdentity({ kind: "pem", ...files }).chain), [`CN=${certificate}`]);
    }
  },
});

Deno.test({
  name: "readPkcs12() refuses files that are cut off or altered, and nothing else is thrown",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await namedSelfSigned(folder, "box");
    // Few iterations: it is read some thousand times.
    await openssl(folder, "pkcs12 -export -iter 1 -inkey box.key -in box.pem -out box.p12 -passout pass:secret");
    const whole = Uint8Array.from(folder.read("box.p12"));
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => readPkcs12(whole.slice(0, length), "secret"), UnreadableIdentity);
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = whole.slice();
        altered[at]! ^= change;
        try {
          readPkcs12(altered, "secret");
        } catch (error) {
          assert(error instanceof UnreadableIdentity, String(error));
        }
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.throws(() => readPkcs12(Uint8Array.from(bytes), "secret"), UnreadableIdentity);
    }));
  },
});
