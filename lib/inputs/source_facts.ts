// What a source says of itself, as defaults of the encoder's settings: whatever the command line names wins.

import { defaultOptions, type EncoderOptions } from "../encode/settings.ts";

/** rav1e's names and notations; null where the source does not say. */
export interface SourceFacts {
  readonly primaries: string | null;
  readonly transfer: string | null;
  readonly matrix: string | null;
  readonly masteringDisplay: string | null;
  readonly contentLight: string | null;
}

export const noFacts: SourceFacts = {
  primaries: null,
  transfer: null,
  matrix: null,
  masteringDisplay: null,
  contentLight: null,
};

export type SourceProperty = keyof SourceFacts;

const spelled: Readonly<Record<SourceProperty, string>> = {
  primaries: "primaries",
  transfer: "transfer",
  matrix: "matrix",
  masteringDisplay: "mastering-display",
  contentLight: "content-light",
};

/** Which of them a command line with these options (long names) gives. */
export function describedBy(given: ReadonlySet<string>): SourceProperty[] {
  return (Object.keys(spelled) as SourceProperty[]).filter((key) => given.has(spelled[key]));
}

/** `described` are the command line's; so is, in any case, what differs from its default. */
export function withFacts(
  options: EncoderOptions,
  described: readonly SourceProperty[],
  facts: SourceFacts,
): EncoderOptions {
  const isFree = (key: SourceProperty) => !described.includes(key) && options[key] === defaultOptions[key];
  const taken = Object.entries(facts).filter(([key, value]) => value !== null && isFree(key as SourceProperty));
  return { ...options, ...Object.fromEntries(taken) };
}
