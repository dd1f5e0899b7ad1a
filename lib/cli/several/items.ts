// Which encodes a command for several inputs is made of: each input once, each with an output of its own. Refused before
// any work: two of one output, an output that is an input, an output that nobody named.

import { basename, join } from "node:path";
import type { ContainerFormat } from "../../containers/container.ts";
import { UsageError } from "../../errors.ts";
import { quotedPath } from "../../media/printable.ts";
import type { EncodeCommand, SeveralCommand } from "../command.ts";
import { checkOutputFolder } from "../output_folder.ts";
import { type QueueEntry, readQueue } from "./queue_list.ts";

/** Players open it, and it holds all of a source's streams. */
const usualFormat: ContainerFormat = "mkv";

/** Throws UsageError, and InputError for a list that cannot be read. */
export function encodesOf(command: SeveralCommand): EncodeCommand[] {
  const { inputs, queue, folder, encode } = command;
  const entries: QueueEntry[] = inputs.map((input) => ({ input, output: undefined }));
  if (queue !== null) entries.push(...readQueue(queue));
  if (folder !== undefined) checkOutputFolder(folder);
  const encodes = entries.map(({ input, output }): EncodeCommand => {
    if (output === undefined && folder === undefined) {
      throw new UsageError(`no output for ${quotedPath(input)}; add -o DIRECTORY`);
    }
    return { ...encode, command: "encode", input, output: output ?? join(folder!, outputName(input, encode.format)) };
  });
  checkOutputs(encodes);
  if (encode.stateDir !== undefined) checkKept(encodes, encode.stateDir);
  return encodes;
}

/** The input's name with the container's ending. */
function outputName(input: string, format: ContainerFormat = usualFormat): string {
  return `${basename(input).replace(/(?<=.)\.[^.]*$/, "")}.${format}`;
}

function checkOutputs(encodes: readonly EncodeCommand[]): void {
  const inputs = new Map(encodes.map(({ input }) => [placeOf(input), input]));
  const outputs = new Map<string, string>();
  for (const { input, output } of encodes) {
    const place = placeOf(output), other = outputs.get(place);
    if (other !== undefined) {
      throw new UsageError(
        other === input
          ? `${quotedPath(input)} is named twice; name it once`
          : `${quotedPath(other)} and ${quotedPath(input)} would both be written to ${quotedPath(output)}; give them ` +
            "outputs of their own in a --queue list (input, tab, output)",
      );
    }
    outputs.set(place, input);
    const read = inputs.get(place);
    if (read !== undefined) {
      throw new UsageError(
        `Cannot write ${quotedPath(output)}: it is the input ${quotedPath(read)}; name another directory`,
      );
    }
  }
}

/** What is kept of an encode has its output's name, whatever the folder. */
function checkKept(encodes: readonly EncodeCommand[], stateDir: string): void {
  const outputs = new Map<string, string>();
  for (const { output } of encodes) {
    const name = basename(output), other = outputs.get(name);
    if (other !== undefined) {
      throw new UsageError(
        `what is kept of ${quotedPath(other)} and ${quotedPath(output)} would have one name in ${
          quotedPath(stateDir)
        }; ` +
          "give the outputs different names, or leave --state-dir out",
      );
    }
    outputs.set(name, output);
  }
}

/** The same for all names of a file that is there. */
function placeOf(path: string): string {
  try {
    const { dev, ino } = Deno.statSync(path);
    if (ino !== null) return `${dev}:${ino}`;
  } catch {
    // It is only a name yet.
  }
  const slash = path.lastIndexOf("/"), folder = slash < 0 ? "." : path.slice(0, slash + 1);
  try {
    return join(Deno.realPathSync(folder), basename(path));
  } catch {
    return path;
  }
}
