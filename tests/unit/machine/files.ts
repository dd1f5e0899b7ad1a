// A folder of made-up kernel files for a test, removed after it.

import { dirname, join } from "node:path";

/** Writes `files` (path to content) into a new folder, calls `test` with it and removes it. */
export function withFiles(files: Record<string, string>, test: (root: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const [path, content] of Object.entries(files)) {
      Deno.mkdirSync(join(root, dirname(path)), { recursive: true });
      Deno.writeTextFileSync(join(root, path), content);
    }
    test(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}
