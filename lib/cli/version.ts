// The text of --version: this program's own version from deno.json, its only home, which shape it has, and what the native library says of
// itself. Where there is no library yet (it is built by the first encode), asking for a version does not build one.

import type { LibraryInfo } from "../../ffi/library.ts";
import { chosenBuild } from "../shape/library_builds.ts";
import { shape } from "../shape/shape.ts";
import project from "../../deno.json" with { type: "json" };

/** Lines for standard output, newline at the end; undefined is "no library". */
export function versionText(info: LibraryInfo | undefined): string {
  const lines = [`rav1e-by-gop ${project.version} (${shape})`];
  if (info === undefined) {
    lines.push("native library: not built yet; the first encode builds it");
  } else {
    lines.push(
      `rav1e ${info.rav1e}`,
      `av-scenechange ${info.avSceneChange}`,
      `native library: ABI ${info.abi}, ${info.target}, ${shape === "checkout" ? "native" : chosenBuild().name} build`,
      `CPU features: ${info.cpu}${info.asm ? "" : " (built without assembly: slow)"}`,
    );
  }
  lines.push(`deno ${Deno.version.deno}`);
  return lines.join("\n") + "\n";
}
