// What a command line asks for, as plain data: a union told apart by `command`, every value checked, nothing left as
// text that a later part would have to understand again. Later commands (worker, check-workers, status, scenes,
// proxies) become members of `Command` and branches of the dispatch in main.ts.

import type { EncoderOptions } from "../encode/settings.ts";
import type { Ratio } from "../media/video_format.ts";

export type Command = EncodeCommand | HelpCommand | VersionCommand | LicensesCommand;

export const memoryUses = ["light", "heavy", "unlimited"] as const;
export type MemoryUse = typeof memoryUses[number];

export const progressModes = ["auto", "bar", "plain", "json", "none"] as const;
export type ProgressMode = typeof progressModes[number];

/** Encode one input into one output. */
export interface EncodeCommand {
  command: "encode";
  /** Path as given; "-" is standard input. */
  input: string;
  /** Path as given; "-" is standard output. */
  output: string;
  options: EncoderOptions;
  /** Where `options.filmGrainTable` was read from; null without one. */
  filmGrainTablePath: string | null;
  /** Seconds a frame, replacing the input's own; undefined leaves the input's. */
  timeBase: Ratio | undefined;
  /** Frames of the input left out at its start. */
  skip: number;
  /** Frames to encode at most; 0 is all. */
  limit: number;
  /** Frames the input must have; undefined when nothing was promised. */
  expectFrames: number | undefined;
  /** Slots wanted; "cores" is one a physical core, undefined one a logical CPU. */
  threads: number | "cores" | undefined;
  memory: MemoryUse;
  /** An existing output may be replaced without asking. */
  overwrite: boolean;
  progress: ProgressMode;
  quiet: boolean;
  verbose: boolean;
}

export interface HelpCommand {
  command: "help";
  /** The whole help text, newline at the end. */
  text: string;
}

export interface VersionCommand {
  command: "version";
}

export interface LicensesCommand {
  command: "licenses";
}

/** What an encode does when nothing else is said, beside `defaultOptions`. */
export const encodeDefaults: Readonly<Pick<EncodeCommand, "memory" | "progress" | "limit" | "skip">> = {
  memory: "light",
  progress: "auto",
  limit: 0,
  skip: 0,
};

/** The same command with room for what is still to be filled in, and which options were named. */
export interface EncodeDraft extends Omit<EncodeCommand, "input" | "output" | "progress" | "timeBase"> {
  output: string | undefined;
  progress: ProgressMode | undefined;
  frameRate: number | undefined;
  timeScale: number | undefined;
  /** Long names, without dashes, of the options that were given. */
  given: Set<string>;
}
