// What `status` says of a folder: each output in it that is unfinished, and each proxy that a record knows, complete or not
// there any more. Looks at resume files, records and sizes of files; a proxy's content is proven when its command is given again.

import { join } from "node:path";
import { placeOf, storeSuffix } from "../resume/place.ts";
import { blenderFolder } from "../proxies/layout.ts";
import { formatBytes } from "./progress/format.ts";
import { type ProxyEntry, type ProxyFile, proxyFile, ProxyRecord } from "./proxies/proxy_record.ts";
import type { StatusFacts } from "./status_facts.ts";
import { factsOf } from "./status_of_store.ts";
import { statusText } from "./status_text.ts";

/** A proxy of which nothing is kept. */
export interface RecordedProxy {
  readonly output: string;
  readonly proxyPercent: number;
  /** "missing", "cut off" and "another" are no longer what was complete. */
  readonly state: "complete" | Exclude<ProxyFile, "whole">;
  /** Of the complete one. */
  readonly frames: number;
  readonly bytes: number;
}

export interface UnreadableStore {
  readonly output: string;
  readonly state: "unreadable";
  readonly why: string;
}

export interface FolderFacts {
  readonly folder: string;
  /** Proxies by their size, other outputs behind them by name. */
  readonly outputs: readonly (StatusFacts | RecordedProxy | UnreadableStore)[];
}

/** Throws UsageError where a file may not be read. */
export function folderStatus(folder: string, stateDir: string | undefined): FolderFacts {
  // What is kept elsewhere is told apart by the names of files alone.
  const folders = stateDir === undefined ? [folder, ...blenderFolders(folder)] : [folder];
  const outputs = folders.flatMap((one) => outputsIn(one, stateDir));
  const unique = new Map(outputs.map((one) => [one.output, one]));
  return {
    folder,
    outputs: [...unique.values()].sort((a, b) => compare(percentOf(a), percentOf(b)) || compare(a.output, b.output)),
  };
}

/** Lines for people, newline at the end. */
export function folderText({ outputs }: FolderFacts): string {
  return outputs.map((one) => {
    if ("why" in one) return `${one.output}: ${one.why}\n`;
    if (!("segments" in one)) return `${one.output}: ${recordedWords(one)}\n`;
    return statusText(one);
  }).join("");
}

function recordedWords({ state, proxyPercent, frames, bytes }: RecordedProxy): string {
  const what = `${frames} frames, ${proxyPercent} % of the sides, ${formatBytes(bytes)}`;
  switch (state) {
    case "complete":
      return `complete, ${what}`;
    case "missing":
      return `missing, it was ${what}; the same command makes it again`;
    case "cut off":
      return `it has lost its end, it was ${what}; the same command makes it again`;
    case "another":
      return `another file than was made there (${what})`;
  }
}

function outputsIn(folder: string, stateDir: string | undefined): FolderFacts["outputs"] {
  const unfinished = namesIn(stateDir ?? folder).filter((name) => name.endsWith(storeSuffix) && name !== storeSuffix)
    .flatMap((name): (StatusFacts | UnreadableStore)[] => {
      const place = placeOf(join(folder, name.slice(0, -storeSuffix.length)), stateDir);
      if (place.kind === "none") return [];
      const facts = factsOf(place);
      return [typeof facts === "string" ? { output: place.output, state: "unreadable", why: facts } : facts];
    });
  const entries = [...new ProxyRecord(folder, stateDir).entries().values()];
  const known = new Set(unfinished.map(({ output }) => output));
  return [...unfinished, ...entries.map((entry) => recorded(folder, entry)).filter(({ output }) => !known.has(output))];
}

function recorded(folder: string, entry: ProxyEntry): RecordedProxy {
  const path = join(folder, entry.output), place = placeOf(path);
  const output = place.kind === "file" ? place.output : path;
  const file = proxyFile(path, entry, true);
  const { percent: proxyPercent, frames, final: { bytes } } = entry;
  return { output, proxyPercent, state: file === "whole" ? "complete" : file, frames, bytes };
}

function blenderFolders(folder: string): string[] {
  const above = join(folder, blenderFolder);
  return namesIn(above).map((name) => join(above, name));
}

/** None where it is no folder. */
function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  } catch {
    return [];
  }
}

function percentOf(one: FolderFacts["outputs"][number]): number {
  return ("proxyPercent" in one ? one.proxyPercent : null) ?? Infinity;
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
