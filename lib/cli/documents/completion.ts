// What a shell reads to complete this program's command lines, made from the commands' own options.

import type { Shell } from "../command.ts";
import { bashCompletion } from "./bash_completion.ts";
import { fishCompletion } from "./fish_completion.ts";
import { zshCompletion } from "./zsh_completion.ts";

const makers: Readonly<Record<Shell, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** A script for the shell, newline at the end. */
export function completion(shell: Shell): string {
  return makers[shell]();
}
