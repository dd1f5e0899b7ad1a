// Shared libraries made of a few lines of C, which say what the real one would not.

import { join } from "node:path";
import { symbols } from "../../ffi/symbols.ts";

/** A shared library made of this C, in a folder that goes with it; undefined where there is no C compiler. */
export function compiled(source: string): ({ path: string } & Disposable) | undefined {
  const folder = Deno.makeTempDirSync({ prefix: "ffi-test-" });
  const [c, path] = [join(folder, "a.c"), join(folder, "a.so")];
  Deno.writeTextFileSync(c, source);
  try {
    const args = ["-shared", "-fPIC", "-o", path, c];
    if (new Deno.Command("cc", { args, stdout: "null", stderr: "null" }).outputSync().success) {
      return { path, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.removeSync(folder, { recursive: true });
  return undefined;
}

/** The C of all symbols but these, none of which may be called. */
export function stubsBut(...defined: readonly string[]): string {
  const others = Object.keys(symbols).filter((name) => !defined.includes(name));
  return others.map((name) => `long ${name}(void) { __builtin_trap(); }\n`).join("");
}

function mayCompile(): boolean {
  using library = compiled("int one(void) { return 1; }");
  return library !== undefined;
}

export const withoutCompiler = !mayCompile();
