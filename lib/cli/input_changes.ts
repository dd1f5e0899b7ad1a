// A file that another program is still writing looks like a whole one whenever it ends on a frame boundary. That it has
// become longer since its frames were counted is what gives it away; where --limit took its frames, more do not matter. One
// that was written or replaced meanwhile may have given frames of both: that cannot be told from a mere new time, and is
// a warning.

import { sizeIfThere } from "../machine/files.ts";
import type { Y4mFile } from "../media/y4m_file.ts";
import { quotedPath } from "../media/printable.ts";

type Wanted = { readonly skip: number; readonly limit: number; readonly options: { readonly stillPicture: boolean } };

/** One clause with both sizes; undefined where the file is as long as it was, or cannot be looked at any more. */
export function describeGrowth(file: Y4mFile, { skip, limit, options }: Wanted): string | undefined {
  if (options.stillPicture || limit > 0 && skip + limit <= file.frames) return undefined;
  const now = sizeIfThere(file.path);
  // Removed, say: its frames have been read, or reading them says so.
  if (now === undefined || now <= file.fileBytes) return undefined;
  return `${
    quotedPath(file.path)
  } has grown from ${file.fileBytes} to ${now} bytes since its ${file.frames} frames were ` +
    "counted";
}

/** A line for the user where the file was written, or another put in its place, while it was encoded. */
export function describeRewriting({ path, fileBytes, modified }: Y4mFile): string | undefined {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch {
    return undefined;
  }
  const now = info.mtime?.getTime();
  // What has grown was added to.
  if (info.size > fileBytes || modified === null || now === undefined || now === modified) return undefined;
  return `${
    quotedPath(path)
  } was written or replaced while it was encoded: if its frames are others now, encode it anew`;
}
