// The fields of one table of a TOML file that anybody may have written: each is of the type and in the range that is asked
// for, or it is refused with file, table, key, what was expected and what was found.

import { InputError } from "../errors.ts";
import { printable } from "../media/printable.ts";

export class TomlTable<Key extends string> {
  readonly #values: ReadonlyMap<string, unknown>;

  /** `place` names the table for messages: "workers.toml, [[workers]] 2". Throws InputError: no table, or an unknown key. */
  constructor(table: unknown, readonly place: string, keys: readonly Key[]) {
    if (typeof table !== "object" || table === null || Array.isArray(table) || table instanceof Date) {
      throw new InputError(`${place}: it is ${kindOf(table)}; expected a table`);
    }
    this.#values = new Map(Object.entries(table));
    const unknown = [...this.#values.keys()].find((key) => !(keys as readonly string[]).includes(key));
    if (unknown !== undefined) {
      throw new InputError(`${place}: unknown key ${printable(unknown, 40)}; there are ${keys.join(", ")}`);
    }
  }

  /** Whatever stands there; undefined where nothing does. */
  value(key: Key): unknown {
    return this.#values.get(key);
  }

  /** `isSecret`: what stands there is not for a terminal. */
  text(key: Key, expected: string, isGood: (text: string) => boolean, isSecret = false): string | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw this.fault(key, `${expected}, found ${kindOf(value)}`);
    if (isGood(value)) return value;
    throw this.fault(key, isSecret ? expected : `${expected}, found "${printable(value, 80)}"`);
  }

  wholeNumber(key: Key, least: number, most: number): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const expected = `a whole number, ${most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`}`;
    if (typeof value !== "number") throw this.fault(key, `${expected}, found ${kindOf(value)}`);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw this.fault(key, `${expected}, found ${value}`);
    }
    return value;
  }

  flag(key: Key): boolean | undefined {
    const value = this.value(key);
    if (value !== undefined && typeof value !== "boolean") {
      throw this.fault(key, `true or false, found ${kindOf(value)}`);
    }
    return value;
  }

  fault(key: Key, expected: string): InputError {
    return new InputError(`${this.place}, ${key}: expected ${expected}`);
  }
}

/** What kind of thing stands there, for messages. */
export function kindOf(value: unknown): string {
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
