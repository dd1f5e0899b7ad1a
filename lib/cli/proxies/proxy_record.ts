// What is known of complete proxies, in a small file beside them that stays: which video and options each is of, and what it is
// by its content. So the same command finds out later which ones are missing or damaged, and what the keyframes of the others
// are. A proxy counts only as long as its file is that content; nothing in here is believed further than that.

import { basename, dirname, join } from "node:path";
import type { FinalOutput } from "../../encode/final_output.ts";
import type { Detected } from "../../encode/plan.ts";
import { sizeIfThere } from "../../machine/files.ts";
import { isOutput } from "../../resume/final_output.ts";
import { differences, type Identity } from "../../resume/identity.ts";
import { readJsonLines, writeJsonLines } from "../json_lines.ts";

export interface ProxyEntry {
  /** Name of the file. */
  readonly output: string;
  /** Of the source's sides. */
  readonly percent: number;
  readonly frames: number;
  /** Where they were looked for; null where they follow from the settings. */
  readonly keyframes: readonly number[] | null;
  readonly identity: Identity;
  readonly final: FinalOutput;
}

/** What is under a recorded proxy's name. */
export type ProxyFile = "whole" | "missing" | "cut off" | "another";

const recordName = ".rav1e-by-gop.proxies";

export class ProxyRecord {
  readonly #path: string;

  /** Of the proxies in `folder`; what is kept of them lies in `stateDir` where that is given. */
  constructor(folder: string, stateDir: string | undefined) {
    this.#path = join(stateDir ?? folder, recordName);
  }

  /** By the file's name. */
  entries(): ReadonlyMap<string, ProxyEntry> {
    const entries = readJsonLines(this.#path).filter(isEntry);
    return new Map(entries.map((entry) => [entry.output, entry]));
  }

  /** Throws IncompleteError where that cannot be written. */
  add(entries: readonly ProxyEntry[]): void {
    const all = new Map(this.entries());
    for (const entry of entries) all.set(entry.output, entry);
    writeJsonLines(this.#path, all.values());
  }

  /** These files are about to be others. Throws IncompleteError. */
  forget(outputs: readonly string[]): void {
    const all = new Map(this.entries());
    if (outputs.map((output) => all.delete(basename(output))).includes(true)) writeJsonLines(this.#path, all.values());
  }
}

/** The record that speaks of a proxy. */
export function recordOf(output: string, stateDir: string | undefined): ProxyRecord {
  return new ProxyRecord(dirname(output), stateDir);
}

/** Reads the whole file where its size is right and `isBySize` does not say that this is enough. */
export function proxyFile(path: string, { final }: ProxyEntry, isBySize = false): ProxyFile {
  const bytes = sizeIfThere(path);
  if (bytes === undefined) return "missing";
  if (bytes < final.bytes) return "cut off";
  const isWhole = isBySize ? bytes === final.bytes : isOutput(path, final);
  return isWhole ? "whole" : "another";
}

/** All keyframes, as detection would report them; undefined where they follow from the settings. */
export function planOf({ frames, keyframes }: ProxyEntry): Detected | undefined {
  return keyframes === null ? undefined : { decided: frames, keyframes, complete: true };
}

/** Why the proxy is not what is asked for now, a clause each; empty where it is. */
export function otherwise({ identity }: ProxyEntry, now: Identity): string[] {
  // A source without a fingerprint may have become another one.
  if (now.input === null || identity.input === null) return ["it cannot be told whether its source is the same"];
  return differences(identity, now);
}

function isEntry(entry: Readonly<Record<string, unknown>>): entry is Readonly<Record<string, unknown>> & ProxyEntry {
  const { output, percent, frames, keyframes, identity, final } = entry;
  return typeof output === "string" && output === basename(output) && isCount(percent) && isCount(frames) &&
    (keyframes === null || isKeyframes(keyframes, frames)) && isIdentity(identity) && isFinal(final);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isKeyframes(value: unknown, frames: number): boolean {
  return Array.isArray(value) && value[0] === 0 &&
    value.every((frame, at) => Number.isSafeInteger(frame) && frame < frames && (at === 0 || frame > value[at - 1]));
}

function isIdentity(value: unknown): boolean {
  const { settings, range, forcedKeyframes } = (value ?? {}) as Partial<Identity>;
  return typeof settings === "object" && settings !== null && typeof range === "object" && range !== null &&
    Array.isArray(forcedKeyframes);
}

function isFinal(value: unknown): boolean {
  const { bytes, headBytes, digest } = (value ?? {}) as Partial<FinalOutput>;
  return isCount(bytes) && (headBytes === 0 || isCount(headBytes)) && headBytes <= bytes && typeof digest === "string";
}
