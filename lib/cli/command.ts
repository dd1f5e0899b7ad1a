// What a command line asks for, as plain data: a union told apart by `command`, every value checked, nothing left as
// text that a later part would have to understand again.

import type { ContainerFormat } from "../containers/container.ts";
import type { EncoderOptions } from "../encode/settings.ts";
import type { InputVia } from "../inputs/input_wishes.ts";
import type { BitDepth } from "../inputs/pixel_formats.ts";
import type { SourceProperty } from "../inputs/source_facts.ts";
import type { Ratio } from "../media/video_format.ts";
import type { LogFormat, LogLevel } from "../remote/daemon/log.ts";
import type { StreamChoice } from "../streams/wishes.ts";
import type { WorkersChoice } from "../remote/client/find_workers.ts";
import type { Layout, ProxyContainer } from "../proxies/layout.ts";
import type { UnitIdentity } from "./worker_unit.ts";

export type Command =
  | EncodeCommand
  | SeveralCommand
  | ScenesCommand
  | ProxiesCommand
  | StatusCommand
  | WorkerCommand
  | WorkerInitCommand
  | CheckWorkersCommand
  | HelpCommand
  | VersionCommand
  | LicensesCommand
  | ManualCommand
  | WorkerInstallCommand
  | CompletionCommand;

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
  /** The container; undefined is what the output's name says. */
  format: ContainerFormat | undefined;
  /** What becomes of the source's other streams. */
  audio: StreamChoice;
  subtitles: StreamChoice;
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
  /** Path of a scene list that says where the keyframes are; null without one. */
  scenes: string | null;
  /** Frames that become keyframes in any case, ascending, counted from the first that is encoded. */
  forceKeyframes: readonly number[];
  /** Path of a file with zones; null without one. */
  zones: string | null;
  /** Slots wanted; "cores" is one a physical core, undefined one a logical CPU. */
  threads: number | "cores" | undefined;
  memory: MemoryUse;
  /** An existing output may be replaced without asking. */
  overwrite: boolean;
  /** What is done with an interrupted encode of the same output: gone on with, with explicit consent, or put aside. */
  resume: "auto" | "resume" | "restart";
  /** Folder for what is kept; undefined is beside the output. */
  stateDir: string | undefined;
  /** A file is read as a pipe is. */
  oneReader: boolean;
  /** Who reads the input; undefined leaves it to the file. */
  inputVia: InputVia | undefined;
  /** Bits a sample; undefined is as many as the input has. */
  bitDepth: BitDepth | undefined;
  /** A chain of ffmpeg's filters that frames pass before they are encoded. */
  videoFilter: string | undefined;
  /** Descriptions of the video that the command line gives, be it as Unspecified: what the source says of them is not taken. */
  described?: readonly SourceProperty[];
  /** A pipe's frames may wait in a file in `folder`; undefined there is a place the program chooses. */
  tmpInput: { folder: string | undefined } | undefined;
  /** Which other machines encode, too. */
  workers: WorkersChoice;
  /** This machine encodes nothing. */
  noLocal: boolean;
  /** Seconds without any slot, here or elsewhere, after which the encode ends. */
  workerTimeout: number;
  /** Seconds; undefined follows the slots' pace. */
  stallTimeout: number | undefined;
  progress: ProgressMode;
  quiet: boolean;
  verbose: boolean;
}

/** Encode several inputs, each into an output of its own. */
export interface SeveralCommand {
  command: "several";
  /** Paths as given. */
  inputs: readonly string[];
  /** Path of a list of inputs, which come behind the others; "-" is standard input; null without one. */
  queue: string | null;
  /** Folder of the outputs, as given; undefined where the list names every output. */
  folder: string | undefined;
  /** How each is encoded. */
  encode: SharedEncode;
}

/** An encode without its input and output. */
export type SharedEncode = Omit<EncodeCommand, "command" | "input" | "output">;

/** What is read, and how. */
export type InputCommand = Pick<
  EncodeCommand,
  | "input"
  | "options"
  | "timeBase"
  | "skip"
  | "limit"
  | "expectFrames"
  | "oneReader"
  | "inputVia"
  | "bitDepth"
  | "videoFilter"
  | "described"
>;

/** Find the keyframes of one input and write them as a scene list. The fields are those of EncodeCommand. */
export interface ScenesCommand
  extends InputCommand, Pick<EncodeCommand, "forceKeyframes" | "overwrite" | "progress" | "quiet" | "verbose"> {
  command: "scenes";
  /** Path as given; "-" is standard output. */
  output: string;
}

/** Encode one input in several sizes. */
export interface ProxiesCommand {
  command: "proxies";
  /** Path as given. */
  input: string;
  /** Where the proxies go, as given. */
  folder: string;
  /** Of the source's width and height, ascending, 1 to 100. */
  percents: readonly number[];
  layout: Layout;
  container: ProxyContainer;
  /** How each size is encoded. */
  encode: SharedEncode;
}

/** Show what a resume file holds. */
export interface StatusCommand {
  command: "status";
  /** Path of the encode's output, as given. */
  output: string;
  /** Where the resume file is, when it is not beside the output. */
  stateDir: string | undefined;
  json: boolean;
}

/** Make the worker a service of this machine. */
export interface WorkerInstallCommand {
  command: "worker-install";
  /** The unit is printed and nothing changed. */
  print: boolean;
  /** Absolute path of what `worker init` made, which excludes both below; undefined is what the service has. */
  folder: string | undefined;
  /** Absolute path; undefined is the usual place, made where there is none. */
  passwordFile: string | undefined;
  /** Absolute paths; undefined is what the service has, if anything. */
  identity: UnitIdentity | undefined;
  /** The worker's own options, and of these its port, and its drain time-out, in seconds. */
  words: readonly string[];
  port: number;
  drainSeconds: number;
}

/** Encode for others: the service on a machine that workers.toml names. Secrets come by the environment. */
export interface WorkerCommand {
  command: "worker";
  /** Name or address to listen at. */
  host: string;
  /** 0 is any free one. */
  port: number;
  /** As in EncodeCommand. */
  threads: number | "cores" | undefined;
  memory: MemoryUse;
  /** Folder that is there; undefined is the system's for temporary files. */
  tempDir: string | undefined;
  allowWeakPassword: boolean;
  /** Seconds. */
  drainTimeout: number;
  /** Seconds; undefined follows the slots' pace. */
  stallTimeout: number | undefined;
  logFormat: LogFormat;
  logLevel: LogLevel;
}

/** Make what a worker on this machine needs. */
export interface WorkerInitCommand {
  command: "worker-init";
  /** Where the files go, as given. */
  folder: string;
  /** What clients call this machine; undefined is its own name. */
  host: string | undefined;
  port: number;
  /** A certificate, too. */
  tls: boolean;
}

/** Try all workers. */
export interface CheckWorkersCommand {
  command: "check-workers";
  workers: WorkersChoice;
  json: boolean;
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

/** Print the manual page, in roff. */
export interface ManualCommand {
  command: "man";
}

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = typeof shells[number];

/** Print what a shell reads to complete this program's command line. */
export interface CompletionCommand {
  command: "completion";
  shell: Shell;
}

/** What an encode does when nothing else is said, beside `defaultOptions`. */
export const encodeDefaults: Readonly<Pick<EncodeCommand, "memory" | "progress" | "limit" | "skip" | "workerTimeout">> =
  {
    memory: "light",
    progress: "auto",
    limit: 0,
    skip: 0,
    workerTimeout: 600,
  };

/** The same command with room for what is still to be filled in, and which options were named. */
export interface EncodeDraft extends Omit<EncodeCommand, "input" | "output" | "progress" | "timeBase" | "described"> {
  output: string | undefined;
  /** Path of a list of inputs; null without one. */
  queue: string | null;
  progress: ProgressMode | undefined;
  frameRate: number | undefined;
  timeScale: number | undefined;
  /** Completions are asked for. */
  completion: Shell | undefined;
  /** Long names, without dashes, of the options that were given. */
  given: Set<string>;
}

/** Seconds a frame, as the command line says; undefined leaves the input's. */
export function timeBaseOf({ frameRate, timeScale }: EncodeDraft): Ratio | undefined {
  return frameRate === undefined ? undefined : { num: timeScale ?? 1, den: frameRate };
}

export function progressOf({ progress, quiet }: EncodeDraft): ProgressMode {
  return progress ?? (quiet ? "none" : encodeDefaults.progress);
}
