// Reads the fields of a message's header, which anybody may have written: each is of the type, in the range and of the
// length that is asked for, or the message is refused with the field's name. Texts for people come out as one printable
// line, whatever the other side put there.

import { printable } from "../media/printable.ts";
import { mostTextCharacters } from "./limits.ts";
import { ProtocolError } from "./wire/protocol_error.ts";

export class MessageFields {
  constructor(readonly type: string, readonly object: { readonly [name: string]: unknown }) {}

  /** A number without a fraction, both ends included. */
  whole(name: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
    return this.checkedWhole(name, this.value(name), least, most);
  }

  wholeOrNull(name: string, least: number, most: number): number | null {
    return this.value(name) === null ? null : this.whole(name, least, most);
  }

  /** A finite number, both ends included. */
  number(name: string, least: number, most: number): number {
    const value = this.value(name);
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw this.wrong(name, `a number from ${least} to ${most}`);
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (typeof value !== "boolean") throw this.wrong(name, "true or false");
    return value;
  }

  /** Kept as it is; for what is compared or parsed further. */
  exactText(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string") throw this.wrong(name, "a text");
    return value;
  }

  /** For people. */
  text(name: string): string {
    return printable(this.exactText(name), mostTextCharacters);
  }

  /** Hexadecimal digits in lower case. */
  hexadecimal(name: string, digits: number): string {
    const value = this.value(name);
    if (typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value)) return value;
    throw this.wrong(name, `${digits} hexadecimal digits`);
  }

  hexadecimalOrNull(name: string, digits: number): string | null {
    return this.value(name) === null ? null : this.hexadecimal(name, digits);
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.value(name);
    const word = words.find((word) => word === value);
    if (word === undefined) throw this.wrong(name, `one of ${words.join(", ")}`);
    return word;
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value)) throw this.wrong(name, "a list");
    return value;
  }

  wholes(name: string, least: number, most: number): number[] {
    return this.list(name).map((value) => this.checkedWhole(name, value, least, most));
  }

  fieldsOf(name: string): MessageFields {
    const value = this.value(name);
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.wrong(name, "an object");
    return new MessageFields(`${this.type}, ${name}`, value as { readonly [name: string]: unknown });
  }

  checkedWhole(name: string, value: unknown, least: number, most: number): number {
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    throw this.wrong(name, `a whole number from ${least} to ${most}`);
  }

  /** What stands there is not shown: it can be of any size. */
  wrong(name: string, expected: string): ProtocolError {
    return new ProtocolError(`${this.type}: ${name} is not ${expected}`);
  }

  private value(name: string): unknown {
    if (!Object.hasOwn(this.object, name)) throw new ProtocolError(`${this.type} has no ${name}`);
    return this.object[name];
  }
}
