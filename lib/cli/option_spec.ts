// How one option of the command line is described, and the short ways of describing the usual kinds. Defaults are read
// from defaultOptions, so that help and encoder cannot disagree.

import { defaultOptions, type EncoderOptions } from "../encode/settings.ts";
import type { EncodeDraft } from "./command.ts";
import { oneOf, wholeNumber } from "./values.ts";

export interface OptionSpec {
  /** The heading it stands under in --help. */
  group: string;
  /** Commander's notation without the value, short name first: "-s, --speed". */
  flags: string;
  /** Further spellings, not shown as entries of their own. */
  aliases: readonly string[];
  /** What the value is called; undefined for a switch. */
  value: string | undefined;
  /** The value may be left out, and is written behind an equals sign: `--name` or `--name=value`. */
  valueIsOptional?: boolean;
  /** All values there are, where they have names. */
  choices?: readonly string[];
  help: string;
  /** `name` is the option's long name with dashes, `text` its value ("" for a switch). Throws a UsageError. */
  apply(draft: EncodeDraft, name: string, text: string): void;
}

/** The greatest number of a range that has no other end. */
export const most = Number.MAX_SAFE_INTEGER;

type Ungrouped = Omit<OptionSpec, "group">;

/** Puts options under one heading. */
export function section(group: string, options: Ungrouped[]): OptionSpec[] {
  return options.map((option) => ({ group, ...option }));
}

/** Any option. */
export function option(
  flags: string,
  value: string | undefined,
  help: string,
  apply: OptionSpec["apply"],
  ...aliases: string[]
): Ungrouped {
  return { flags, aliases, value, help, apply };
}

/** An option that takes one of some names. */
export function selection<T extends string>(
  flags: string,
  value: string,
  choices: readonly T[],
  help: string,
  set: (draft: EncodeDraft, choice: T) => void,
): Ungrouped {
  return { ...option(flags, value, help, (draft, name, text) => set(draft, oneOf(name, text, choices))), choices };
}

/** How the text of a setting is read; one of some names carries these. */
export interface SettingParser<T> {
  (name: string, text: string): T;
  choices?: readonly string[];
}

/** Whole numbers in a range. */
export function number(least: number, greatest: number): SettingParser<number> {
  return (name, text) => wholeNumber(name, text, least, greatest);
}

/** One of some names. */
export function choice<T extends string>(...choices: T[]): SettingParser<T> {
  return Object.assign((name: string, text: string) => oneOf(name, text, choices), { choices });
}

/** An option that is one field of EncoderOptions; its default, where there is one to name, ends the help. */
export function setting<K extends keyof EncoderOptions>(
  key: K,
  flags: string,
  value: string,
  parse: SettingParser<EncoderOptions[K]>,
  help: string,
  ...aliases: string[]
): Ungrouped {
  const preset = defaultOptions[key];
  const ending = preset === null || help.includes("default") ? "" : ` (default ${preset})`;
  const apply: OptionSpec["apply"] = (draft, name, text) => draft.options[key] = parse(name, text);
  return { ...option(flags, value, help + ending, apply, ...aliases), choices: parse.choices };
}

/** A switch that turns one field of EncoderOptions on. */
export function turnOn(
  key: { [K in keyof EncoderOptions]: EncoderOptions[K] extends boolean ? K : never }[keyof EncoderOptions],
  flags: string,
  help: string,
): Ungrouped {
  return option(flags, undefined, help, (draft) => draft.options[key] = true);
}

/** An option whose value may be left out; its text is empty then. */
export function withOptionalValue(spec: Ungrouped): Ungrouped {
  return { ...spec, valueIsOptional: true };
}
