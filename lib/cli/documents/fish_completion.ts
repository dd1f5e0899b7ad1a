// Completions for fish: one line for each option of each command, under the condition that this command is being written.

import {
  commandList,
  firstWords,
  type ListedCommand,
  type ListedOption,
  namedCommands,
  spellings,
} from "../command_list.ts";
import { offerOf } from "./offer.ts";

export function fishCompletion(): string {
  const tests = namedCommands.map(({ name }) => {
    const matches = name.split(" ").map((word, at) => `test "$words[${at + 2}]" = ${word}`);
    return `    if ${matches.join("; and ")}\n        echo ${quoted(name)}\n        return\n    end\n`;
  });
  const beginning = (condition: string, { word, summary }: { word: string; summary: string }) =>
    `complete -c rav1e-by-gop -n ${quoted(condition)} -a ${quoted(word)} -d ${quoted(summary)}\n`;
  const beginnings = firstWords().flatMap((first) => [
    beginning("test (count (commandline -opc)) -eq 1", first),
    ...first.seconds.map((second) => beginning(`__rav1e_by_gop_behind ${first.word}`, second)),
  ]);
  return `# fish completions for rav1e-by-gop; made by rav1e-by-gop --completion fish
function __rav1e_by_gop_command
    set -l words (commandline -opc)
${tests.join("")}end
function __rav1e_by_gop_is
    test (__rav1e_by_gop_command | string collect -a) = "$argv[1]"
end
function __rav1e_by_gop_behind
    set -l words (commandline -opc)
    test (count $words) -eq 2; and test "$words[2]" = "$argv[1]"
end
${beginnings.join("")}${commandList.flatMap(lines).join("")}`;
}

function lines(command: ListedCommand): string[] {
  return command.options.map((option) => `complete -c rav1e-by-gop ${line(command, option)}\n`);
}

function line({ name }: ListedCommand, option: ListedOption): string {
  const names = spellings(option).map((spelling) =>
    spelling.startsWith("--") ? `-l ${spelling.slice(2)}` : `-s ${spelling.slice(1)}`
  );
  return [`-n ${quoted(`__rav1e_by_gop_is ${quoted(name)}`)}`, ...names, ...takes(option), `-d ${quoted(option.help)}`]
    .join(" ");
}

function takes(option: ListedOption): string[] {
  const offer = offerOf(option);
  // -r: there is a value; -f: it is not any file; -x is both.
  switch (offer.kind) {
    case "switch":
      return [];
    case "files":
      return ["-r", "-F"];
    case "folders":
      return [option.valueIsOptional ? "-f" : "-x", "-a", `"(__fish_complete_directories)"`];
    case "words":
      return ["-x", "-a", quoted(offer.words.join(" "))];
    case "nothing":
      return ["-x"];
  }
}

/** A word of fish's: in '…' only the quote and the backslash mean anything. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
