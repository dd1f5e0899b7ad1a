// The words of a command line that goes on with one size of a set, from those of the encode that this size is.

import { basename, dirname, extname } from "node:path";

/** What proxies set by themselves; they are no options of the command. */
const presetSwitches = ["--low-latency", "--no-scene-detection"];
const presetValues = ["--min-keyint"];

/** `words` are the encode's (rav1eArguments), which end with -o, the output and the input. */
export function proxyWords(words: readonly string[], percent: number): string[] {
  const options = words.slice(0, -3).filter((word, at) =>
    ![...presetSwitches, ...presetValues].includes(word) && !presetValues.includes(words[at - 1] ?? "")
  );
  const [output, input] = [words.at(-2)!, words.at(-1)!];
  const folder = dirname(output), above = dirname(folder);
  // A proxy is called so in this layout alone.
  const isBlender = basename(above) === "BL_proxy" && /^proxy_\d+\.[^.]+$/.test(basename(output));
  return [
    ...["proxies", "--sizes", `${percent}`, "--container", extname(output).slice(1)],
    ...(isBlender ? ["--layout", "blender"] : []),
    ...options,
    ...["-o", isBlender ? dirname(above) : folder, input],
  ];
}
