// The input of an encode, looked at before anything is created: a file with all its frames known, or a pipe of which the
// header has come.

import type { FileInput } from "../encode/file_frames.ts";
import type { Y4mHeader } from "../media/y4m_header.ts";
import { quotedPath } from "../media/printable.ts";
import { openY4mFile, type Y4mFile } from "../media/y4m_file.ts";
import { type OpenedPipe, openPipe } from "../pipe/open_pipe.ts";
import type { EncodeCommand } from "./command.ts";
import { frameRange } from "./frame_range.ts";
import type { InputPlace } from "./input_path.ts";

interface Common {
  /** For messages. */
  readonly name: string;
  readonly header: Y4mHeader;
  /** Frames to encode; null while nobody knows. */
  readonly frames: number | null;
  /** Lines for the user. */
  readonly warnings: readonly string[];
}

export type FileEncodeInput = Common & { readonly kind: "file"; readonly frames: number; readonly file: Y4mFile };
export type EncodeInput =
  | FileEncodeInput
  | Common & { readonly kind: "pipe"; readonly pipe: OpenedPipe };

/** What threads need to read a file. */
export function fileInput({ input: path, skip }: EncodeCommand, input: FileEncodeInput): FileInput {
  return { path, layout: input.file.layout, skip, frames: input.frames };
}

/** Waits for a pipe's header. Throws what is wrong with either. */
export async function openInput(command: EncodeCommand, { kind }: InputPlace): Promise<EncodeInput> {
  const frameRateOverride = command.timeBase !== undefined;
  if (kind === "pipe") {
    const { header, pipe } = await openPipe(command.input, { frameRateOverride });
    const name = command.input === "-" ? "standard input" : quotedPath(command.input);
    return { kind, name, header, frames: null, warnings: header.warnings, pipe };
  }
  const file = openY4mFile(command.input, { frameRateOverride });
  const { header } = file, { frames, warnings } = frameRange(file, command);
  return { kind, name: quotedPath(command.input), header, frames, warnings: [...header.warnings, ...warnings], file };
}
