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

const spelled = {
  primaries: "primaries",
  transfer: "transfer",
  matrix: "matrix",
  masteringDisplay: "mastering-display",
  contentLight: "content-light",
} as const;

/** `given`: long names of the options that the command line has; one that differs from its default was given anyway. */
export function withFacts(options: EncoderOptions, given: ReadonlySet<string>, facts: SourceFacts): EncoderOptions {
  const isGiven = (key: keyof SourceFacts) => given.has(spelled[key]) || options[key] !== defaultOptions[key];
  const taken = Object.entries(facts).filter(([key, value]) => value !== null && !isGiven(key as keyof SourceFacts));
  return { ...options, ...Object.fromEntries(taken) };
}
