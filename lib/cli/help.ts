// How --help looks: at most 80 columns, headings as option_table.ts groups the options, what the program does on top,
// exit codes and examples at the end. The manual page says the same from the same lists.

import { commandList } from "./command_list.ts";
import { columns } from "./help_style.ts";

export const helpPrologue = "Encodes a video as AV1 on every core, into the packets of the rav1e command.\n\n";

export const onWords =
  "INPUT is a YUV4MPEG2 file (.y4m), a pipe, - for standard input, or whatever else the ffmpeg on PATH reads (.vpy: " +
  "vspipe). Names of colours, tunings and modes may be " +
  "written in upper or lower case. A setting given twice: the last one counts.";

export const exitCodes: readonly (readonly [string, string])[] = [
  ["0", "done, and complete"],
  ["1", "failed or incomplete; the message says which frames"],
  ["2", "the command line or the input is at fault; nothing was written"],
  ["129, 130, 143", "stopped by SIGHUP, SIGINT (Ctrl-C), SIGTERM"],
];

export const examples = [
  "rav1e-by-gop film.y4m -o film.ivf",
  "rav1e-by-gop film.mkv -o film-av1.mkv",
  "rav1e-by-gop film.y4m -o film.ivf -s 4 -q 80 --tune Psnr --threads cores",
  "vspipe -c y4m film.vpy - | rav1e-by-gop - -o film.ivf",
  "rav1e-by-gop proxies film.mov -o proxies",
  "rav1e-by-gop status film.ivf",
];

export const goingOn = "An interrupted encode goes on when the same command is given again.";

export function helpEpilogue(): string {
  const [, ...others] = commandList;
  const commands = others.map(({ name, operands, summary }) =>
    `  rav1e-by-gop ${name} ${operands}\n${wrapped(summary, " ".repeat(16))}\n`
  );
  const codes = exitCodes.map(([code, meaning]) => `  ${code.padEnd(13)} ${meaning}\n`);
  return `
Other commands:
${commands.join("")}
${wrapped(onWords, "")}

Exit codes:
${codes.join("")}
Examples:
${examples.map((example) => `  ${example}\n`).join("")}
${goingOn}
`;
}

/** In lines of at most `columns`, each behind `indent`. */
export function wrapped(text: string, indent: string): string {
  const lines = [indent];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === indent) lines[lines.length - 1] = indent + word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(indent + word);
  }
  return lines.join("\n");
}
