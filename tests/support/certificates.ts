// Keys and certificates as users make them: with the openssl command, into a folder of the test's own.

import { X509Certificate } from "node:crypto";
import { WorkFolder } from "./work_folder.ts";

export const hasOpenssl = await new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);

/** Runs openssl in the folder. Throws with what it said. */
export async function openssl(folder: WorkFolder, args: string): Promise<void> {
  const words = args.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
  const { success, stderr } = await new Deno.Command("openssl", { args: words, cwd: folder.path, stdout: "null" })
    .output();
  if (!success) throw new Error(`openssl ${args}: ${new TextDecoder().decode(stderr)}`);
}

const ec = "ec -pkeyopt ec_paramgen_curve:P-256";
const named = '-addext "subjectAltName=DNS:localhost,IP:127.0.0.1"';

/** NAME.key and NAME.pem, self-signed, just as the manuals say: CA:TRUE, and no name but the subject. */
export async function plainSelfSigned(folder: WorkFolder, name: string, key = "rsa:2048"): Promise<void> {
  await openssl(
    folder,
    `req -x509 -newkey ${key} -nodes -keyout ${name}.key -out ${name}.pem -days 365 -subj /CN=${name}`,
  );
}

/** As that, for localhost and 127.0.0.1, with an EC key and CA:FALSE. */
export async function namedSelfSigned(folder: WorkFolder, name: string, dates = "-days 365"): Promise<void> {
  const constraint = '-addext "basicConstraints=critical,CA:FALSE"';
  await openssl(
    folder,
    `req -x509 -newkey ${ec} -nodes -keyout ${name}.key -out ${name}.pem ${dates} -subj /CN=${name} ${named} ${constraint}`,
  );
}

/** root.pem, middle.pem, and NAME.key and NAME.pem for localhost that middle vouches for; chain.pem is both of the last. */
export async function chained(folder: WorkFolder, name: string): Promise<void> {
  await openssl(folder, `req -x509 -newkey ${ec} -nodes -keyout root.key -out root.pem -days 365 -subj /CN=root`);
  await issue(folder, "middle", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n");
  await issue(folder, name, "middle", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  folder.write("chain.pem", text(folder, `${name}.pem`) + text(folder, "middle.pem"));
}

async function issue(folder: WorkFolder, name: string, issuer: string, extensions: string): Promise<void> {
  folder.write(`${name}.ext`, extensions);
  await openssl(folder, `req -newkey ${ec} -nodes -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`);
  const signer = `-CA ${issuer}.pem -CAkey ${issuer}.key -CAcreateserial`;
  await openssl(folder, `x509 -req -in ${name}.csr ${signer} -days 365 -extfile ${name}.ext -out ${name}.pem`);
}

export function text(folder: WorkFolder, name: string): string {
  return new TextDecoder().decode(folder.read(name));
}

/** As workers.toml has it. */
export function fingerprint(folder: WorkFolder, name: string): string {
  return new X509Certificate(text(folder, name)).fingerprint256.replaceAll(":", "").toLowerCase();
}
