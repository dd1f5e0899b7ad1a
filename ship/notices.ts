// The notices of everything an executable carries, read from where each part keeps its own: Cargo's metadata and the crates'
// folders, the npm packages' folders, and ship/notices for the runtimes. Equal texts are printed once, under the names of
// all that are published under them. A part without a notice is named, never left out in silence.

import { join } from "node:path";
import { findRust } from "../ffi/build/rust.ts";
import { root, run } from "./command.ts";
import { crateParts, type Part } from "./crates.ts";
import { npmParts } from "./npm_packages.ts";

export interface Notices {
  readonly text: string;
  /** Parts whose notices are not on this machine. */
  readonly missing: readonly string[];
}

/** Gathers them all; offline it takes what is on the machine. */
export async function gatherNotices({ offline }: { offline: boolean }): Promise<Notices> {
  const parts = [...ownParts(), ...npmParts(join(root, "node_modules")), ...await rustParts(offline)];
  const missing = parts.filter(({ texts }) => texts.length === 0).map(({ name }) => name);
  return { text: printed(parts), missing };
}

async function rustParts(offline: boolean): Promise<Part[]> {
  const rust = findRust(Deno.env.toObject());
  if (rust === undefined) return [{ name: "the Rust crates (cargo is not installed)", licence: "", texts: [] }];
  try {
    return await crateParts(rust, run, offline);
  } catch (error) {
    if (!offline) throw error;
    return [{ name: "the Rust crates (not downloaded)", licence: "", texts: [] }];
  }
}

function ownParts(): Part[] {
  const read = (path: string) => Deno.readTextFileSync(join(root, path));
  return [
    { name: "rav1e-by-gop", licence: "MIT", texts: [read("LICENSE")] },
    { name: `Deno ${Deno.version.deno}`, licence: "MIT", texts: [read("ship/notices/deno.txt")] },
    { name: `V8 ${Deno.version.v8}, in Deno`, licence: "BSD-3-Clause", texts: [read("ship/notices/v8.txt")] },
    { name: "Rust's standard library", licence: "MIT", texts: [read("ship/notices/rust.txt")] },
  ];
}

function printed(parts: readonly Part[]): string {
  const byText = new Map<string, Part[]>();
  for (const part of parts) {
    const text = part.texts.map((one) => one.trim()).join("\n\n");
    if (text === "") continue;
    byText.set(text, [...byText.get(text) ?? [], part]);
  }
  const sections = [...byText].map(([text, those]) => {
    const names = those.map(({ name, licence }) => `${name} (${licence})`).join("\n");
    return `${"=".repeat(78)}\n${names}\n${"-".repeat(78)}\n\n${text}\n`;
  });
  return `What rav1e-by-gop is made of, and under which terms.\n\n${sections.join("\n")}`;
}
