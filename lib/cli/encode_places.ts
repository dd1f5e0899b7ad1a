// Where an encode reads and writes, checked before any work; a terminal is asked here about an output that is there, and
// nowhere later. Nothing is created.

import type { ContainerFormat } from "../containers/container.ts";
import type { OutputTarget } from "../encode/output_target.ts";
import { isThere } from "../machine/files.ts";
import { peekStore } from "../resume/peek_store.ts";
import { checkPlace, type Place, storePlace } from "../resume/place.ts";
import type { EncodeCommand } from "./command.ts";
import { checkInputPath, type InputPlace } from "./input_path.ts";
import { storeName } from "./kept_encode.ts";
import { outputFormat } from "./output_format.ts";
import { checkPaths, type Surroundings } from "./paths.ts";

/** Where an encode reads and writes. */
export interface EncodePlaces {
  readonly input: InputPlace;
  readonly output: OutputTarget;
  readonly format: ContainerFormat;
  readonly store: Place;
  /** An output was there when it was looked at, and may be replaced. */
  readonly existed: boolean;
}

/** Throws ExitErrors. `surroundings`: who is asked; the process's terminal where not given. */
export async function checkPlaces(command: EncodeCommand, surroundings?: Surroundings): Promise<EncodePlaces> {
  const input = await checkInputPath(command.input, command.oneReader, command);
  const output = await checkPaths(command, input.info, mayReplace(command), surroundings);
  const format = outputFormat(command.output, command.format, { isStream: output.kind === "stream" });
  const existed = output.kind === "file" && isThere(output.path);
  return { input, output, format, store: storePlace(output, command.stateDir), existed };
}

/** An output that exists and was to be replaced when the encode was begun is not asked about again. */
function mayReplace(command: EncodeCommand) {
  return async (target: { kind: "file"; path: string; part: string }) => {
    const place = storePlace(target, command.stateDir);
    if (place.kind === "none") return false;
    checkPlace(place, storeName(place, command), command.resume === "restart");
    const peeked = await peekStore(place).catch((error) => {
      // It is set aside unread.
      if (command.resume === "restart") return undefined;
      throw error;
    });
    return peeked?.kind === "store" && (peeked.final ? peeked.outputIsFinal : peeked.mayReplace);
  };
}
