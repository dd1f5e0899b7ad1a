// One table of workers.toml, from whatever TOML may hold to a WorkerEntry.

import { dirname, resolve } from "node:path";
import { InputError } from "../../errors.ts";
import { TomlTable } from "../../toml/toml_table.ts";
import { defaultPort, mostSlotsUsed } from "../limits.ts";
import { hostIs, isHost, withoutBrackets } from "../host_name.ts";
import type { WorkerEntry } from "./worker_entry.ts";

const keys = ["host", "port", "password", "secure", "slots", "ca", "fingerprint"] as const;

const mostPasswordLength = 1024;

/** `place` names the table for messages, `path` is the file that it stands in. Throws InputError. */
export function entryOf(table: unknown, place: string, path: string): WorkerEntry {
  const fields = new TomlTable(table, place, keys);
  const secure = fields.flag("secure") ?? false;
  const host = fields.text("host", hostIs, isHost);
  if (host === undefined) throw new InputError(`${place}: host is missing; it is the worker's name or address`);
  const password = fields.text(
    "password",
    `the worker's password, 1 to ${mostPasswordLength} characters`,
    (value) => value.length > 0 && value.length <= mostPasswordLength,
    true,
  );
  if (password === undefined) throw new InputError(`${place}: password is missing; it is the worker's SERVER_PASSWORD`);
  const ca = fields.text("ca", "the path of a PEM file", (value) => value !== "" && !value.includes("\0"));
  const fingerprint = fields.text("fingerprint", "the SHA-256 of a certificate, 64 hexadecimal digits", isFingerprint);
  if (ca !== undefined && fingerprint !== undefined) {
    throw new InputError(`${place}: ca and fingerprint exclude each other; drop one`);
  }
  const pin = ca === undefined ? fingerprint === undefined ? undefined : "fingerprint" : "ca";
  if (pin !== undefined && !secure) throw new InputError(`${place}: ${pin} is about TLS; add secure = true`);
  return {
    host: withoutBrackets(host),
    port: fields.wholeNumber("port", 1, 65535) ?? defaultPort,
    password,
    secure,
    slots: fields.wholeNumber("slots", 1, mostSlotsUsed),
    ca: ca === undefined ? undefined : resolve(dirname(path), ca),
    fingerprint: fingerprint?.replaceAll(":", "").toLowerCase(),
    place,
  };
}

/** With or without the colons that openssl writes. */
function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text) || /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(text);
}
