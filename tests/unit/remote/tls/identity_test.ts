import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { InputError } from "../../../../lib/errors.ts";
import { type Identity, identityLoader } from "../../../../lib/remote/tls/identity.ts";
import type { IdentityFiles } from "../../../../lib/remote/tls/identity_files.ts";
import { readPkcs12 } from "../../../../lib/remote/tls/pkcs12.ts";
import { UnreadableIdentity } from "../../../../lib/remote/tls/unreadable_identity.ts";
import { chained, hasOpenssl, namedSelfSigned, openssl, plainSelfSigned, text } from "../../../support/certificates.ts";
import { WorkFolder } from "../../../support/work_folder.ts";

const ignore = !hasOpenssl;

function subjects(chain: string): string[] {
  const blocks = chain.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).subject);
}

async function loadIdentity(files: IdentityFiles, now?: Date): Promise<Identity> {
  return (await identityLoader(files))(now);
}

async function refusal(files: IdentityFiles, now?: Date): Promise<string> {
  try {
    await loadIdentity(files, now);
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
    name: `identityLoader() reads what openssl pkcs12 -export makes of ${key}, by default and with -legacy`,
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
          const identity = await loadIdentity({ kind: "p12", path: folder.file("box.p12"), password });
          assert.deepEqual(subjects(identity.chain), ["CN=box"], `${form} ${password}`);
          assert.equal(await publicKey(folder, identity.key), wanted);
          // To the bit: it is signed, and pinned by its sum.
          assert.deepEqual(identity.certificate.raw, new X509Certificate(text(folder, "box.pem")).raw);
        }
      }
    },
  });
}

Deno.test({
  name: "identityLoader() takes a chain from a .p12 or PEM in the order of its issuers, without the root",
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
      assert.deepEqual(subjects((await loadIdentity(files)).chain), ["CN=box", "CN=middle"]);
    }
  },
});

Deno.test({
  name: "identityLoader() says what is wrong with a .p12 file",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await plainSelfSigned(folder, "box");
    await openssl(folder, "pkcs12 -export -inkey box.key -in box.pem -out box.p12 -passout pass:secret");
    await openssl(folder, "pkcs12 -export -nokeys -in box.pem -out nokey.p12 -passout pass:secret");
    const path = folder.file("box.p12");
    const of = (name: string, password = "secret") => refusal({ kind: "p12", path: folder.file(name), password });
    assert.equal(await of("box.p12", "wrong"), `Cannot use '${path}' for TLS: the password is wrong, or it is damaged`);
    assert.match(await of("box.p12", ""), /it needs a password$/);
    assert.match(await of("nokey.p12"), /it holds no private key$/);
    assert.match(await of("box.pem"), /it is PEM; name it by TLS_CERT_PATH/);
    assert.match(await of("none.p12"), /^Cannot read .*no such file/);
    folder.write("text.p12", "hello");
    assert.match(await of("text.p12"), /it is no \.p12 file/);
    await openssl(folder, "x509 -in box.pem -outform DER -out der.p12");
    assert.match(await of("der.p12"), /it is no \.p12 file/);
    for (const form of ["", "-legacy"]) {
      await openssl(
        folder,
        `pkcs12 -export ${form} -nomac -inkey box.key -in box.pem -out open.p12 -passout pass:secret`,
      );
      assert.match(await of("open.p12", "wrong"), /the password is wrong, or it is damaged$/);
      assert.match(await of("open.p12", ""), /needs a password$/);
    }
    await openssl(
      folder,
      "pkcs12 -export -keypbe CAMELLIA-256-CBC -inkey box.key -in box.pem -out odd.p12 -passout pass:secret",
    );
    assert.match(
      await of("odd.p12"),
      /it is protected in a way that is not read here \(1\.2\.392\.200011\.61\.1\.1\.1\.4\)/,
    );
    await openssl(folder, "pkcs12 -export -macalg sha224 -inkey box.key -in box.pem -out odd.p12 -passout pass:secret");
    assert.match(
      await of("odd.p12"),
      /it is protected in a way that is not read here \(2\.16\.840\.1\.101\.3\.4\.2\.4\)/,
    );
  },
});

Deno.test({
  name: "identityLoader() says what is wrong with PEM files",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await plainSelfSigned(folder, "box");
    await plainSelfSigned(folder, "other");
    await plainSelfSigned(folder, "small", "rsa:1024");
    await plainSelfSigned(folder, "odd", "ec -pkeyopt ec_paramgen_curve:secp256k1");
    await openssl(folder, "pkey -in box.key -aes256 -passout pass:x -out locked.key");
    const of = (certificates: string, key: string, now?: Date) =>
      refusal({ kind: "pem", certificates: folder.file(certificates), key: folder.file(key) }, now);
    assert.match(await of("box.pem", "other.key"), /the private key does not belong to the certificate$/);
    assert.match(await of("box.pem", "locked.key"), /needs a password/);
    folder.write("cut.pem", text(folder, "box.pem").replace(/\n.{64}\n/, "\n"));
    assert.match(await of("cut.pem", "box.key"), /its certificate 1 is damaged$/);
    folder.write("cut.key", text(folder, "box.key").replace(/\n.{64}\n/, "\n"));
    assert.match(await of("box.pem", "cut.key"), /its private key is damaged/);
    assert.match(await of("box.key", "box.key"), /it holds no certificate$/);
    assert.match(await of("box.pem", "box.pem"), /holds no PEM private key$/);
    assert.match(await of("small.pem", "small.key"), /its key is RSA with 1024 bits/);
    assert.match(await of("odd.pem", "odd.key"), /its key is ec/);
    assert.match(
      await of("box.pem", "box.key", new Date(Date.now() + 400 * 86_400_000)),
      /its certificate expired on \d{4}-/,
    );
  },
});

Deno.test({
  name: "identityLoader() reads keys in the older forms of PEM",
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
      assert.deepEqual(subjects((await loadIdentity({ kind: "pem", ...files })).chain), [`CN=${certificate}`]);
    }
  },
});

Deno.test({
  name: "readPkcs12() keeps certificates as they are, whatever they are signed with and called",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    const pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32";
    for (
      const how of [`rsa:2048 ${pss}`, `rsa:2048 ${pss} -sha512`, "rsa:2048 -sha1", "rsa:2048 -sha512 -set_serial 0"]
    ) {
      await openssl(
        folder,
        `req -x509 -newkey ${how} -nodes -keyout box.key -out box.pem -days 9 -utf8 -subj "/C=DE/O=Kästchen €/CN=box" ` +
          '-addext "subjectAltName=DNS:localhost,URI:https://localhost/,email:a@localhost,IP:::1" ' +
          "-addext keyUsage=critical,digitalSignature -addext 1.2.3.4=ASN1:UTF8String:ä",
      );
      await openssl(
        folder,
        "pkcs12 -export -name Kästchen -inkey box.key -in box.pem -out box.p12 -passout pass:secret",
      );
      const { certificates } = readPkcs12(folder.read("box.p12"), "secret");
      assert.deepEqual(certificates.map(({ raw }) => raw), [new X509Certificate(text(folder, "box.pem")).raw], how);
    }
  },
});

Deno.test({
  name: "readPkcs12() does not count for hours because a file says so",
  ignore,
  async fn() {
    using folder = new WorkFolder();
    await namedSelfSigned(folder, "box");
    await openssl(folder, "pkcs12 -export -iter 100000 -inkey box.key -in box.pem -out box.p12 -passout pass:secret");
    const bytes = folder.read("box.p12");
    // The file ends with the iterations of its authentication code.
    assert.deepEqual([...bytes.subarray(-5)], [2, 3, 0x01, 0x86, 0xa0]);
    bytes.set([0x7f, 0xff, 0xff], bytes.length - 3);
    assert.throws(() => readPkcs12(bytes, "secret"), /UnreadableIdentity: it asks for 8388607 iterations/);
    bytes.set([0, 0, 0], bytes.length - 3);
    assert.throws(() => readPkcs12(bytes, "secret"), UnreadableIdentity);
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

for (const key of ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256"]) {
  Deno.test({
    name: `identityLoader() says in one line that an unprotected .p12 of ${key} is altered, where it cannot be used`,
    ignore,
    async fn() {
      using folder = new WorkFolder();
      await plainSelfSigned(folder, "box", key);
      // Nothing but the parsers themselves finds out.
      await openssl(
        folder,
        "pkcs12 -export -nomac -keypbe NONE -certpbe NONE -inkey box.key -in box.pem -out box.p12 -passout pass:secret",
      );
      const whole = folder.read("box.p12"), path = folder.file("box.p12");
      const load = await identityLoader({ kind: "p12", path, password: "secret" });
      assert.deepEqual(subjects(load().chain), ["CN=box"]);
      const alteration = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
      fc.assert(
        fc.property(fc.array(alteration, { minLength: 1, maxLength: 4 }), (alterations) => {
          const altered = whole.slice();
          for (const [at, byte] of alterations) altered[at] = byte;
          Deno.writeFileSync(path, altered);
          try {
            load();
          } catch (error) {
            assert(error instanceof InputError, String(error));
            assert.match(error.message, /^Cannot use '[^']+' for TLS: [\x20-\x7e]+$/);
          }
        }),
        { numRuns: 500 },
      );
    },
  });
}
