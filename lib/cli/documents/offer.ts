// What may stand behind an option, told from how its value is called.

import type { ListedOption } from "../command_list.ts";

export type Offer =
  | { readonly kind: "switch" }
  | { readonly kind: "files" }
  | { readonly kind: "folders" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** A number, say: nothing to offer. */
  | { readonly kind: "nothing" };

export function offerOf({ value, choices }: Pick<ListedOption, "value" | "choices">): Offer {
  if (value === undefined) return { kind: "switch" };
  if (choices !== undefined) return { kind: "words", words: choices };
  if (value === "FILE") return { kind: "files" };
  return value === "DIR" ? { kind: "folders" } : { kind: "nothing" };
}

/** For the inside of '…' in a shell. */
export function inQuotes(text: string): string {
  return text.replaceAll("'", `'\\''`);
}
