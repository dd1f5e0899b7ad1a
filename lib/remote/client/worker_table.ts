// One table of workers.toml, from whatever TOML may hold to a WorkerEntry.

import { dirname, resolve } from "node:path";
import { InputError } from "../../errors.ts";
import { printable } from "../../media/printable.ts";
import { defaultPort, mostSlotsUsed } from "../limits.ts";
import { isHost, withoutBrackets } from "../host_name.ts";
import type { WorkerEntry } from "./worker_entry.ts";

const keys = ["host", "port", "password", "secure", "slots", "ca", "fingerprint"] as const;
type Key = typeof keys[number];

const mostPasswordLength = 1024;

/** `place` names the table for messages, `path` is the file that it stands in. Throws InputError. */
export function entryOf(table: unknown, place: string, path: string): WorkerEntry {
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new InputError(`${place}: it is ${kindOf(table)}; expected a table`);
  }
  const values = new Map(Object.entries(table));
  const unknown = [...values.keys()].find((key) => !keys.includes(key as Key));
  if (unknown !== undefined) {
    throw new InputError(`${place}: unknown key ${printable(unknown, 40)}; there are ${keys.join(", ")}`);
  }
  const fault = (key: Key, expected: string) => new InputError(`${place}, ${key}: expected ${expected}`);

  const text = (key: Key, expected: string, isGood: (value: string) => boolean): string | undefined => {
    const value = values.get(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw fault(key, `${expected}, found ${kindOf(value)}`);
    if (isGood(value)) return value;
    // What was meant as a password is not for a terminal.
    throw fault(key, key === "password" ? expected : `${expected}, found "${printable(value, 80)}"`);
  };
  const wholeNumber = (key: Key, most: number): number | undefined => {
    const value = values.get(key);
    if (value === undefined) return undefined;
    const expected = `a whole number, 1 to ${most}`;
    if (typeof value !== "number") throw fault(key, `${expected}, found ${kindOf(value)}`);
    if (!Number.isInteger(value) || value < 1 || value > most) throw fault(key, `${expected}, found ${value}`);
    return value;
  };
  const secure = values.get("secure") ?? false;
  if (typeof secure !== "boolean") throw fault("secure", `true or false, found ${kindOf(secure)}`);

  const host = text("host", "a name or an address, without a port", isHost);
  if (host === undefined) throw new InputError(`${place}: host is missing; it is the worker's name or address`);
  const password = text(
    "password",
    `the worker's password, 1 to ${mostPasswordLength} characters`,
    (value) => value.length > 0 && value.length <= mostPasswordLength,
  );
  if (password === undefined) throw new InputError(`${place}: password is missing; it is the worker's SERVER_PASSWORD`);
  const ca = text("ca", "the path of a PEM file", (value) => value !== "" && !value.includes("\0"));
  const fingerprint = text("fingerprint", "the SHA-256 of a certificate, 64 hexadecimal digits", isFingerprint);
  if (ca !== undefined && fingerprint !== undefined) {
    throw new InputError(`${place}: ca and fingerprint exclude each other; drop one`);
  }
  const pin = ca === undefined ? fingerprint === undefined ? undefined : "fingerprint" : "ca";
  if (pin !== undefined && !secure) throw new InputError(`${place}: ${pin} is about TLS; add secure = true`);
  return {
    host: withoutBrackets(host),
    port: wholeNumber("port", 65535) ?? defaultPort,
    password,
    secure,
    slots: wholeNumber("slots", mostSlotsUsed),
    ca: ca === undefined ? undefined : resolve(dirname(path), ca),
    fingerprint: fingerprint?.replaceAll(":", "").toLowerCase(),
    place,
  };
}

/** With or without the colons that openssl writes. */
function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text) || /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(text);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  switch (typeof value) {
    case "string":
      return "text in quotes";
    case "number":
    case "bigint":
      return "a number";
    case "boolean":
      return `${value}`;
    default:
      return "a table";
  }
}
