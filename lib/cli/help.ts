// How --help looks: at most 80 columns, headings as option_table.ts groups the options, what the program does on top,
// exit codes and examples at the end.

import type { HelpConfiguration } from "commander";

export const helpPrologue = "Encodes a video as AV1 on every core, into the packets of the rav1e command.\n\n";

export const helpConfiguration: HelpConfiguration = {
  helpWidth: 80,
  // All values are needed; parse.ts tells commander that they are optional and checks them itself.
  optionTerm: (option) => option.flags.replace(/ \[(=.*)\]$/, "[$1]").replace(/ \[([^=].*)\]$/, " <$1>"),
  // The usage line says what the operands are.
  visibleArguments: () => [],
};

export const helpEpilogue = `
Other commands:
  rav1e-by-gop scenes <INPUT> [-o <FILE>] [options]
                write the keyframes as JSON, for --scenes; it takes the options
                that decide them
  rav1e-by-gop status <OUTPUT> [--state-dir <DIR>] [--json]
                show how far an unfinished encode is, also while it runs
  rav1e-by-gop worker [options]
                encode for others over the network; worker --help lists its
                options
  rav1e-by-gop worker init [<DIR>] [--tls] [--host <NAME>] [--port <N>]
                make a password, and with --tls a certificate, for a worker on
                this machine, and print what workers.toml needs
  rav1e-by-gop check-workers [--workers <FILE>] [--json]
                try every worker of workers.toml

INPUT is a YUV4MPEG2 file (.y4m), a pipe, or - for standard input. Names of
colours, tunings and modes may be written in upper or lower case. A setting
given twice: the last one counts.

Exit codes:
  0             done, and complete
  1             failed or incomplete; the message says which frames
  2             the command line or the input is at fault; nothing was written
  129, 130, 143 stopped by SIGHUP, SIGINT (Ctrl-C), SIGTERM

Examples:
  rav1e-by-gop film.y4m -o film.ivf
  rav1e-by-gop film.y4m -o film.ivf -s 4 -q 80 --tune Psnr --threads cores
  vspipe -c y4m film.vpy - | rav1e-by-gop - -o film.ivf
  rav1e-by-gop status film.ivf

An interrupted encode goes on when the same command is given again.
`;
