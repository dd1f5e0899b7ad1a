// The manual page in roff (man(7)), made from the commands' own options. Every text goes through `plain`, so that no
// word of a help text is taken for a request.

import project from "../../../deno.json" with { type: "json" };
import { commandList, type ListedCommand, type ListedOption, spellings } from "../command_list.ts";
import { examples, exitCodes, goingOn, onWords } from "../help.ts";

/** Section 1, newline at the end. */
export function manPage(): string {
  const [encode, ...others] = commandList;
  return [
    `.TH RAV1E\\-BY\\-GOP 1 "" "rav1e\\-by\\-gop ${plain(project.version)}" "User Commands"`,
    ".SH NAME",
    "rav1e\\-by\\-gop \\- encode a video as AV1 on every core",
    ".SH SYNOPSIS",
    ...commandList.flatMap(synopsis),
    ".SH DESCRIPTION",
    paragraph(
      "The video is split at its keyframes, the segments are encoded side by side, and the packets are those " +
        "that the rav1e 0.8.1 command writes for the same options, byte for byte, whatever the number of threads.",
    ),
    ".PP",
    paragraph(onWords),
    ".PP",
    paragraph(goingOn),
    ".SH OPTIONS",
    ...optionsOf(encode),
    ...others.flatMap((command) => [
      `.SH ${plain(`the ${command.name} command`).toUpperCase()}`,
      paragraph(`${sentence(command.summary)}.`),
      ...optionsOf(command),
    ]),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(([code, meaning]) => [".TP", bold(code), paragraph(`${sentence(meaning)}.`)]),
    ".SH FILES",
    ...files.flatMap(([name, meaning]) => [".TP", `.I ${plain(name)}`, paragraph(meaning)]),
    ".SH EXAMPLES",
    ".EX",
    ...examples.map(plain),
    ".EE",
    "",
  ].join("\n");
}

const files = [
  ["OUTPUT.part", "What becomes the output when it is complete."],
  ["OUTPUT.rav1e-by-gop", "Every finished segment, from which an interrupted encode goes on; removed at the end."],
] as const;

function synopsis({ name, operands }: ListedCommand, at: number): string[] {
  const command = `\\fB${plain(`rav1e-by-gop ${name}`.trim())}\\fR`;
  return [...at > 0 ? [".br"] : [], `${command} ${plain(operands)}`];
}

function optionsOf({ options }: ListedCommand): string[] {
  const groups = [...new Set(options.map(({ group }) => group))];
  return groups.flatMap((group) => [
    ...groups.length > 1 ? [`.SS ${plain(group.replace(/:$/, ""))}`] : [],
    ...options.filter((option) => option.group === group).flatMap(entry),
  ]);
}

function entry(option: ListedOption): string[] {
  const { value, valueIsOptional, choices } = option;
  // Other spellings stand in front here.
  const help = option.help.replace(/ \(also [^)]*\)/, "");
  const names = spellings(option).map((name) => `\\fB${plain(name)}\\fR`).join(", ");
  const behind = value === undefined ? "" : valueIsOptional ? `[=\\fI${plain(value)}\\fR]` : ` \\fI${plain(value)}\\fR`;
  const missing = choices?.filter((choice) => !help.toLowerCase().includes(choice.toLowerCase())) ?? [];
  const more = missing.length === 0 ? "" : `: ${choices!.join(", ")}`;
  return [".TP", names + behind, paragraph(`${sentence(help)}${more}.`)];
}

function bold(text: string): string {
  return `.B ${plain(text)}`;
}

function paragraph(text: string): string {
  return plain(text);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Text that means itself: no escapes, no request at its start, hyphens that can be searched for and copied. */
function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/, "\\&");
}
