// Which of its three shapes this program has, known when this module is loaded and never asked of the environment: a
// checkout runs TypeScript, both executables run its bundle, and only Deno's own kind is standalone.

export type Shape = "checkout" | "self-extracting executable" | "deno compile executable";

export const shape: Shape = Deno.build.standalone
  ? "deno compile executable"
  : import.meta.url.endsWith(".ts")
  ? "checkout"
  : "self-extracting executable";

/** The folder of what came with the executable; undefined in a checkout. The bundle is flat: all its modules are in it. */
export const shippedFolder: string | undefined = shape === "checkout" ? undefined : import.meta.dirname;
