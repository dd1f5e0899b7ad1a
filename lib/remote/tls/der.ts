// DER (X.690): values of a tag, a length and a content, as certificates and PKCS #12 files have them. What is read comes
// from files: no length is believed beyond the bytes that are there, and nesting follows what is asked for, never what
// the file says.

import { concat } from "../bytes.ts";

/** Tags of the universal class, and context-specific ones: `context(0)`, `context(0, false)` for a primitive one. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

export function context(number: number, constructed = true): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

/** The bytes are no DER, or none that means what was expected. */
export class DerError extends Error {
  override name = "DerError";
}

/** One value. */
export class Der {
  constructor(readonly tag: number, readonly content: Uint8Array<ArrayBuffer>) {}

  /** The value that fills all of `bytes`. Throws DerError. */
  static parse(bytes: Uint8Array<ArrayBuffer>): Der {
    const [only, ...more] = values(bytes);
    if (only === undefined || more.length > 0) throw new DerError("it is not one DER value");
    return only;
  }

  /** The values inside, after a look at the tag. Throws DerError. */
  children(tag: number = tags.sequence): Der[] {
    return values(this.expect(tag));
  }

  /** The only value inside. Throws DerError. */
  child(tag: number): Der {
    return Der.parse(this.expect(tag));
  }

  /** The content, where the tag is that. Throws DerError. */
  expect(tag: number): Uint8Array<ArrayBuffer> {
    if (this.tag !== tag) throw new DerError(`tag ${this.tag} stands where ${tag} is expected`);
    return this.content;
  }

  /** A whole number, 0 to 2^31 - 1. Throws DerError. */
  integer(): number {
    const bytes = this.expect(tags.integer);
    if (bytes.length === 0 || bytes.length > 4 || bytes[0]! > 0x7f) throw new DerError("a number is out of range");
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** An object identifier, "1.2.840.113549.1.7.1". Throws DerError. */
  oid(): string {
    const bytes = this.expect(tags.oid);
    const arcs: number[] = [];
    let arc = 0;
    for (const byte of bytes) {
      arc = arc * 128 + (byte & 0x7f);
      if (arc > 0xffffffff) throw new DerError("an object identifier is too large");
      if (byte < 0x80) {
        arcs.push(arc);
        arc = 0;
      }
    }
    const [first = 0, ...others] = arcs;
    const top = Math.min(2, Math.floor(first / 40));
    return [top, first - top * 40, ...others].join(".");
  }

  /** As bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    return encode(this.tag, this.content);
  }
}

/** A value of that tag around the parts. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(parts);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const header = content.length < 0x80 ? [tag, content.length] : [tag, 0x80 | length.length, ...length];
  return concat([Uint8Array.from(header), content]);
}

/** An object identifier of "1.2.840…". */
export function encodeOid(dotted: string): Uint8Array<ArrayBuffer> {
  const [top = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const bytes = [top * 40 + second, ...others].flatMap((arc) => {
    const digits = [arc % 128];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | rest % 128);
    return digits;
  });
  return encode(tags.oid, Uint8Array.from(bytes));
}

/** A number that is not negative, of its big-endian bytes. */
export function encodeInteger(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return encode(tags.integer, digits[0]! > 0x7f ? Uint8Array.of(0) : new Uint8Array(0), digits);
}

function values(bytes: Uint8Array<ArrayBuffer>): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!;
    if ((tag & 0x1f) === 0x1f) throw new DerError("it has a tag of several bytes");
    const first = bytes[at + 1];
    if (first === undefined) throw new DerError("it is cut off");
    at += 2;
    let length = first;
    if (first >= 0x80) {
      const digits = first & 0x7f;
      if (digits === 0) throw new DerError("it is BER: a length is left open");
      if (digits > 4 || at + digits > bytes.length) throw new DerError("it is cut off, or a length is too large");
      length = bytes.subarray(at, at + digits).reduce((value, byte) => value * 256 + byte, 0);
      at += digits;
    }
    if (length > bytes.length - at) throw new DerError("it is cut off");
    found.push(new Der(tag, bytes.subarray(at, at + length)));
    at += length;
  }
  return found;
}
