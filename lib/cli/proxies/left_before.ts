// What earlier runs have left of each size: a set goes on from wherever it was, makes only what is missing, and replaces nothing
// that is there without being told to. Looks only; nothing is changed.

import { basename } from "node:path";
import type { Detected } from "../../encode/plan.ts";
import { isThere } from "../../machine/files.ts";
import { peekStore } from "../../resume/peek_store.ts";
import { placeOf } from "../../resume/place.ts";
import type { EncodeCommand } from "../command.ts";
import { planOf, type ProxyEntry, proxyFile, recordOf } from "./proxy_record.ts";

export type Left =
  & { readonly plan?: Detected | undefined }
  & (
    /** Its output has its name, and what is kept of it is still there. */
    | { readonly kind: "complete" }
    /** There is something to go on with. */
    | { readonly kind: "begun" }
    /** Complete by the record; it must only be seen that it is what is asked for now. */
    | { readonly kind: "recorded"; readonly entry: ProxyEntry }
    /** It was complete, and its file is gone or has lost its end. */
    | { readonly kind: "missing" | "cut off" }
    /** A file of that name of which nothing is known. */
    | { readonly kind: "unknown" }
    | { readonly kind: "nothing" }
  );

/** In the order of the commands. */
export async function leftBefore(commands: readonly EncodeCommand[]): Promise<Left[]> {
  const kept = await Promise.all(commands.map(keptOf));
  // Where all is to be replaced, only what is being gone on with counts.
  const isAnew = commands.some(({ overwrite, resume }) => overwrite || resume === "restart") &&
    kept.every((left) => left === undefined);
  return commands.map((command, at) => kept[at] ?? outputOf(command, isAnew));
}

/** undefined where nothing is kept. */
async function keptOf({ output, stateDir, resume }: EncodeCommand): Promise<Left | undefined> {
  if (resume === "restart") return undefined;
  const place = placeOf(output, stateDir);
  const peeked = place.kind === "none" ? undefined : await peekStore(place);
  if (peeked === undefined) return undefined;
  if (peeked.kind === "unreadable") return { kind: "begun" };
  const { final, outputIsFinal, plan } = peeked;
  return { kind: final && outputIsFinal ? "complete" : "begun", plan };
}

function outputOf({ output, stateDir }: EncodeCommand, isAnew: boolean): Left {
  const nobodys: Left = { kind: isThere(output) ? "unknown" : "nothing" };
  const entry = isAnew ? undefined : recordOf(output, stateDir).entries().get(basename(output));
  if (entry === undefined) return nobodys;
  const file = proxyFile(output, entry), plan = planOf(entry);
  if (file === "whole") return { kind: "recorded", entry, plan };
  return file === "another" ? nobodys : { kind: file, plan };
}
