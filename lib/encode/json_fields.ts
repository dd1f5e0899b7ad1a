// Reads the fields of a JSON object that anybody may have written: each is of the type and in the range that is asked for,
// or it is refused by name with what stands there. Values are shown short and on one line.

import { printable } from "../media/printable.ts";
import type { Ratio } from "../media/video_format.ts";

export type JsonObject = { readonly [name: string]: unknown };

/** How much of a wrong value is shown. */
const shownCharacters = 40;

export class JsonFields {
  constructor(readonly object: JsonObject, readonly refuse: (what: string) => Error) {}

  /** A number without a fraction, `least` to 2^53 - 1. */
  wholeNumber(name: string, least: number): number {
    return this.#checkedNumber(name, this.#value(name), least);
  }

  wholeNumbers(name: string): number[] {
    const value = this.#value(name);
    if (!Array.isArray(value)) throw this.#wrong(name, value, "a list of whole numbers");
    return value.map((item, at) => this.#checkedNumber(`${name}[${at}]`, item, 0));
  }

  text(name: string): string {
    const value = this.#value(name);
    if (typeof value !== "string") throw this.#wrong(name, value, "a text");
    return value;
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (typeof value !== "boolean") throw this.#wrong(name, value, "true or false");
    return value;
  }

  /** {num, den}, both above 0. */
  ratio(name: string): Ratio {
    const value = this.#value(name);
    if (typeof value !== "object" || value === null) throw this.#wrong(name, value, "an object of num and den");
    const parts = value as JsonObject;
    return {
      num: this.#checkedNumber(`${name}.num`, parts.num, 1),
      den: this.#checkedNumber(`${name}.den`, parts.den, 1),
    };
  }

  #value(name: string): unknown {
    if (!Object.hasOwn(this.object, name)) throw this.refuse(`it has no ${name}`);
    return this.object[name];
  }

  #checkedNumber(name: string, value: unknown, least: number): number {
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    throw this.#wrong(name, value, `a whole number, ${least} or more`);
  }

  #wrong(name: string, value: unknown, expected: string): Error {
    return this.refuse(`its ${name} is ${shownValue(value)}, where it must be ${expected}`);
  }
}

/** What stands there, without what is inside: that may be nested without end. */
function shownValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return printable(JSON.stringify(value) ?? "nothing", shownCharacters);
}
