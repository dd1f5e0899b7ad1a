// What is said while an encode runs, and what is answered in its place.

import { encodeDefaults, progressModes, shells } from "../command.ts";
import { option, type OptionSpec, section, selection } from "../option_spec.ts";

export const messageOptions: readonly OptionSpec[] = [
  ...section("Messages:", [
    selection(
      "--progress",
      "MODE",
      progressModes,
      `auto, bar, plain, json or none (default ${encodeDefaults.progress})`,
      (draft, mode) => draft.progress = mode,
    ),
    option("--no-progress", undefined, "the same as --progress none", (draft) => draft.progress = "none"),
    option("--quiet", undefined, "say nothing but errors", (draft) => draft.quiet = true),
    option("-v, --verbose", undefined, "say more: the equal rav1e command, where errors come from", (draft) => {
      draft.verbose = true;
    }),
  ]),
];

const nothing = () => {};

/** What is answered in place of an encode. */
export const answers: readonly OptionSpec[] = section("Messages:", [
  option("-h, --help", undefined, "print this help", nothing),
  option("-V, --version", undefined, "print versions and CPU features", nothing),
  option("--licenses", undefined, "print the notices of everything in this program", nothing),
  option("--man", undefined, "print the manual page, for man -l -", nothing),
  selection("--completion", "SHELL", shells, `print completions for ${shells.join(", ")}`, (draft, shell) => {
    draft.completion = shell;
  }),
]);
