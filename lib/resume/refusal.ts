// Why a store is not gone on with, in the user's words. Every refusal names --restart.

import { printable, quotedPath } from "../media/printable.ts";
import type { Documents } from "./contents.ts";
import type { Beginning } from "./documents.ts";
import type { Unusable } from "./examine.ts";
import { differences } from "./identity.ts";
import { sharedByLimits } from "./limit_change.ts";
import type { OpenRequest } from "./opening.ts";
import { storeVersion } from "./schema.ts";

/** The store cannot be used for this encode. The message is one line for the user. */
export class StoreRefused extends Error {
  override name = "StoreRefused";
}

/** Throws StoreRefused where what was begun is another encode. */
export function refuseDifferences(
  { path, name = path, identity, output }: OpenRequest,
  beginning: Beginning,
  { plan, final }: Pick<Documents, "plan" | "final">,
): void {
  const different = differences(beginning.identity, identity, plan.decided);
  const { frames } = identity.range;
  if (final !== undefined && sharedByLimits(beginning.identity, identity) !== undefined) {
    different.push(`the encode is complete, with ${plan.decided} frames, by another limit`);
  }
  if (different.length === 0 && plan.complete && frames !== null && frames !== plan.decided) {
    different.push(`there are ${frames} frames to encode, there were ${plan.decided}`);
  }
  if (different.length === 0) return;
  const whose = beginning.output === output ? "" : ` (begun for ${quotedPath(beginning.output)})`;
  throw new StoreRefused(
    `Cannot go on with ${quotedPath(name)}${whose}: ${different.map((text) => printable(text)).join("; ")}; ` +
      "give the same input and options, or add --restart to begin anew",
  );
}

/** For a file that holds no store that can be used. */
export function unusable({ path, name = path }: OpenRequest, kind: Exclude<Unusable, "empty">): StoreRefused {
  return new StoreRefused(`Cannot go on with ${quotedPath(name)}: ${unusableWords[kind]}; add --restart to begin anew`);
}

const unusableWords: Record<Exclude<Unusable, "empty">, string> = {
  "other-application": "it is another program's database",
  newer: `a newer version of this program wrote it, this one knows version ${storeVersion}`,
  "not-a-database": "it is no resume file",
  damaged: "it is damaged where it says which encode it belongs to",
};
