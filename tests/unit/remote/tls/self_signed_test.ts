import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { makeSelfSigned } from "../../../../lib/remote/tls/self_signed.ts";
import { hasOpenssl, openssl } from "../../../support/certificates.ts";
import { WorkFolder } from "../../../support/work_folder.ts";

const names = ["box.example.org", "192.0.2.7", "2001:db8::a:1", "::ffff:192.0.2.7", "fe80::", "under_score"];

Deno.test("makeSelfSigned() makes a certificate for all names, ten years long, that fits its key", async () => {
  const { certificate, key } = await makeSelfSigned(names, new Date("2026-11-21T12:34:56Z"));
  const read = new X509Certificate(certificate);
  assert.equal(read.subject, "CN=box.example.org");
  assert(read.checkPrivateKey(createPrivateKey(key)));
  assert.equal(read.ca, false);
  assert.deepEqual([read.validFromDate, read.validToDate].map((date) => date.toISOString()), [
    "2026-11-20T12:34:56.000Z",
    "2036-11-21T12:34:56.000Z",
  ]);
});

Deno.test("makeSelfSigned() writes dates from 2050 on with all digits of the year", async () => {
  const { certificate } = await makeSelfSigned(["box"], new Date("2045-01-02T03:04:05Z"));
  assert.equal(new X509Certificate(certificate).validToDate.toISOString(), "2055-01-02T03:04:05.000Z");
});

Deno.test({
  name: "makeSelfSigned() makes what openssl verifies for each of the names and no other",
  ignore: !hasOpenssl,
  async fn() {
    using folder = new WorkFolder();
    for (let round = 0; round < 20; round++) {
      const { certificate, key } = await makeSelfSigned(names);
      folder.write("box.pem", certificate);
      folder.write("box.key", key);
      await openssl(folder, "verify -x509_strict -check_ss_sig -purpose sslserver -CAfile box.pem box.pem");
    }
    for (const name of names) {
      const option = /^[\d.]+$|:/.test(name) ? "-verify_ip" : "-verify_hostname";
      await openssl(folder, `verify ${option} ${name} -CAfile box.pem box.pem`);
    }
    await assert.rejects(openssl(folder, "verify -verify_hostname other.example.org -CAfile box.pem box.pem"));
    await openssl(folder, "pkey -in box.key -check -noout");
  },
});

Deno.test("makeSelfSigned() shortens a subject that is too long, and keeps the whole name beside it", async () => {
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.example.org`;
  const read = new X509Certificate((await makeSelfSigned([long])).certificate);
  assert.equal(read.subject, `CN=${long.slice(0, 64)}`);
  assert.equal(read.checkHost(long), long);
});
