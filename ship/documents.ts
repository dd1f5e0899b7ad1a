// The manual page and the completions as files, in the folders where man and the shells look for them below a prefix
// (/usr/local, ~/.local). The program prints the same itself (--man, --completion).

import { dirname, join } from "node:path";
import { shells } from "../lib/cli/command.ts";
import { completion } from "../lib/cli/documents/completion.ts";
import { manPage } from "../lib/cli/documents/man_page.ts";

const completionFiles = {
  bash: "bash-completion/completions/rav1e-by-gop",
  zsh: "zsh/site-functions/_rav1e-by-gop",
  fish: "fish/vendor_completions.d/rav1e-by-gop.fish",
} as const;

/** Writes them below `folder`, a prefix's share. */
export function writeDocuments(folder: string): void {
  const files: [string, string][] = [
    ["man/man1/rav1e-by-gop.1", manPage()],
    ...shells.map((shell): [string, string] => [completionFiles[shell], completion(shell)]),
  ];
  for (const [name, text] of files) {
    const path = join(folder, name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }
}
