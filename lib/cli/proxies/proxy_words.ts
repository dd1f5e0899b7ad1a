// The words of a command line that goes on with a set, from those of the encode that one of its sizes is.

import { basename, dirname, extname } from "node:path";
import { blenderFolder } from "../../proxies/layout.ts";

/** What proxies set by themselves; they are no options of the command. */
const presetSwitches = ["--low-latency", "--no-scene-detection"];
/** Without scene detection it counts for nothing. */
const presetValue = "--min-keyint";

/** `words` are the encode's (rav1eArguments), which end with -o, the output and the input. */
export function proxyWords(words: readonly string[], percents: readonly number[]): string[] {
  const looksForScenes = !words.includes("--no-scene-detection");
  const isPreset = (word: string | undefined) => word === presetValue && !looksForScenes;
  const options = words.slice(0, -3).filter((word, at) =>
    !presetSwitches.includes(word) && !isPreset(word) && !isPreset(words[at - 1])
  );
  const [output, input] = [words.at(-2)!, words.at(-1)!];
  const folder = dirname(output), above = dirname(folder);
  // A proxy is called so in this layout alone.
  const isBlender = basename(above) === blenderFolder && /^proxy_\d+\.[^.]+$/.test(basename(output));
  return [
    ...["proxies", "--sizes", percents.join(","), "--container", extname(output).slice(1)],
    ...(isBlender ? ["--layout", "blender"] : []),
    ...(looksForScenes ? ["--scene-detection"] : []),
    ...options,
    ...["-o", isBlender ? dirname(above) : folder, input],
  ];
}
