// Completions for bash 3.2 and newer, without the bash-completion package. Which command is being written is told from
// the first words; then a case for each option that takes something says what to offer, and a dash offers the options.

import { commandList, firstWords, type ListedCommand, namedCommands, spellings } from "../command_list.ts";
import { offerOf } from "./offer.ts";

export function bashCompletion(): string {
  const [encode] = commandList;
  const firsts = firstWords();
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
${namedCommands.map((command) => `  ${pattern(command)})\n${choice(command)}`).join("")}  *)
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
    words="${firsts.map(({ word }) => word).join(" ")}"
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$word"; compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
${firsts.filter(({ seconds }) => seconds.length > 0).map(secondWords).join("")}  fi
}
complete -o default -F _rav1e_by_gop rav1e-by-gop
`;
}

function secondWords({ word, seconds }: ReturnType<typeof firstWords>[number]): string {
  return `  elif [[ $kind != files && $COMP_CWORD -eq 2 && $first == ${word} ]]; then
    words="${seconds.map((second) => second.word).join(" ")}"
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$word")
`;
}

function pattern({ name }: ListedCommand): string {
  return name.includes(" ") ? `"${name}"` : `"${name} "*`;
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
