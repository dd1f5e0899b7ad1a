// Completions for bash 3.2 and newer, without the bash-completion package. Which command is being written is told from
// the first words; then a case for each option that takes something says what to offer, and a dash offers the options.

import { commandList, type ListedCommand, spellings } from "../command_list.ts";
import { offerOf } from "./offer.ts";

export function bashCompletion(): string {
  const [encode, ...others] = commandList;
  const names = others.map(({ name }) => name);
  return `# bash completions for rav1e-by-gop; made by rav1e-by-gop --completion bash
_rav1e_by_gop() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} options="" words="" kind=""
  local first=\${COMP_WORDS[1]} second=\${COMP_WORDS[2]}
  # To bash an equals sign is a word of its own.
  if [[ $word == "=" ]]; then
    word=""
  elif [[ $before == "=" && $COMP_CWORD -gt 2 ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  [[ $COMP_CWORD -gt 1 ]] || first=""
  [[ $COMP_CWORD -gt 2 ]] || second=""
  case "$first $second" in
${others.map((command) => `  "${command.name} "*)\n${choice(command)}`).join("")}  *)
${choice(encode)}  esac
  COMPREPLY=()
  if [[ $kind == folders ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$word")
  elif [[ $kind == nothing ]]; then
    compopt +o default 2>/dev/null
  elif [[ $kind == words ]]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$word")
  elif [[ $kind != files && $word == -* ]]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$options" -- "$word")
  elif [[ $kind != files && $COMP_CWORD -eq 1 ]]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "${
    firstWords(names)
  }" -- "$word"; compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
  fi
}
complete -o default -F _rav1e_by_gop rav1e-by-gop
`;
}

function firstWords(names: readonly string[]): string {
  return [...new Set(names.map((name) => name.split(" ")[0]!))].join(" ");
}

function choice({ options }: ListedCommand): string {
  const offers = options.filter(({ valueIsOptional }) => !valueIsOptional).flatMap((option) => {
    const offer = offerOf(option);
    if (offer.kind === "switch") return [];
    const set = offer.kind === "words" ? `kind=words words="${offer.words.join(" ")}"` : `kind=${offer.kind}`;
    return [`    ${spellings(option).join(" | ")}) ${set} ;;\n`];
  });
  const all = options.flatMap(spellings).join(" ");
  return `    options="${all}"
    case $before in
${offers.join("")}    esac
    ;;
`;
}
