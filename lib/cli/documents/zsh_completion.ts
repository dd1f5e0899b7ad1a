// Completions for zsh, by its _arguments: a specification for each option, with what it takes and what it says in --help.

import {
  commandList,
  firstWords,
  type ListedCommand,
  type ListedOption,
  namedCommands,
  spellings,
} from "../command_list.ts";
import { inQuotes, offerOf } from "./offer.ts";

export function zshCompletion(): string {
  const [encode] = commandList;
  const firsts = firstWords();
  const described = (words: readonly { word: string; summary: string }[]) =>
    words.map(({ word, summary }) => `'${inQuotes(`${word.replaceAll(":", "\\:")}:${summary}`)}'`).join(" ");
  const seconds = firsts.filter((first) => first.seconds.length > 0).map((first) =>
    `  if (( CURRENT == 3 )) && [[ "$words[2]" == '${first.word}' ]]; then
    local -a commands=(${described(first.seconds)})
    _describe command commands
  fi
`
  );
  return `#compdef rav1e-by-gop
# zsh completions; made by rav1e-by-gop --completion zsh

_rav1e_by_gop_input() {
  local -a commands=(${described(firsts)})
  (( CURRENT == 2 )) && _describe command commands
  _files
}

_rav1e_by_gop() {
${seconds.join("")}${namedCommands.map(branch).join("")}  _arguments -s -S \\
${specifications(encode)}
    '*:input:_rav1e_by_gop_input'
}

# Called as a function of the completion system's, or read by a shell's own settings.
if [[ $funcstack[1] == _rav1e-by-gop ]]; then
  _rav1e_by_gop "$@"
else
  compdef _rav1e_by_gop rav1e-by-gop
fi
`;
}

function branch(command: ListedCommand): string {
  const count = command.name.split(" ").length;
  const operands = command.takesFiles ? ` \\\n    '*:file:_files'` : "";
  return `  if (( CURRENT > ${count + 1} )) && [[ "$words[2,${count + 1}]" == '${command.name}' ]]; then
    shift ${count} words
    (( CURRENT -= ${count} ))
    _arguments -s -S \\
${specifications(command).replace(/ \\$/, "")}${operands}
    return
  fi
`;
}

function specifications({ options }: ListedCommand): string {
  return options.map((option) => `    ${specification(option)} \\`).join("\n");
}

function specification(option: ListedOption): string {
  const { value, valueIsOptional, help } = option;
  const all = spellings(option);
  const offer = offerOf(option);
  const action = {
    switch: "",
    files: "_files",
    folders: "_files -/",
    nothing: " ",
    words: offer.kind === "words" ? `(${offer.words.join(" ")})` : "",
  }[offer.kind];
  const text = inQuotes(help.replace(/[\\[\]:]/g, "\\$&"));
  const behind = value === undefined ? "" : inQuotes(`${valueIsOptional ? "::" : ":"}${value}:${action}`);
  // How a value follows: "-s6" or "-s 6", "--speed 6" or "--speed=6"; one that is optional behind an equals sign alone.
  const names = all.map((name) =>
    value === undefined ? name : valueIsOptional ? `${name}=-` : name.startsWith("--") ? `${name}=` : `${name}+`
  );
  const excluded = all.length > 1 ? `'(${all.join(" ")})'` : "";
  const spelled = names.length > 1 ? `{${names.join(",")}}` : names[0]!;
  return `${excluded}${spelled}'[${text}]${behind}'`;
}
