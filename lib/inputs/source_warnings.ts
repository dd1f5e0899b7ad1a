// What the user is told of a source before anything is encoded: what will look other than a player shows it, and what is not
// known. Each line whole, with what to do about it.

import { printable, shellWord } from "../media/printable.ts";
import type { SourceMedia } from "../media/source_media.ts";
import type { ChildStart } from "../pipe/reader_protocol.ts";
import { rav1eColourName } from "./ffmpeg_colours.ts";
import { filterAdvice } from "./filter_advice.ts";

/** Lines for the user. `name`: what messages call the input. */
export function sourceWarnings(
  name: string,
  { path, video, others, otherPrograms }: SourceMedia,
  { first }: ChildStart,
  videoFilter: string | undefined,
): string[] {
  const warnings: string[] = [];
  const copying = (map: string) => `for another copy it out first: ffmpeg -i ${shellWord(path)} -map ${map} -c copy`;
  if (otherPrograms.length > 0) {
    warnings.push(
      `${name} holds ${otherPrograms.length + 1} programs; the one with stream ${video.index} is encoded; ` +
        `${copying(`0:p:${otherPrograms[0]}`)} program${otherPrograms[0]}.ts`,
    );
  }
  const videos = others.filter(({ kind }) => kind === "video");
  if (videos.length > 0) {
    warnings.push(
      `${name} holds ${videos.length + 1} videos; the first, stream ${video.index}, is encoded; ` +
        `${copying(`0:${videos[0]!.index} -map '0:a?'`)} video${videos[0]!.index}.mkv`,
    );
  }
  const isInterlaced = first?.isInterlaced === true || (videoFilter === undefined && video.isInterlaced);
  if (isInterlaced) {
    warnings.push(
      `${name} is interlaced; its frames are encoded as they are, both fields in one` +
        filterAdvice("bwdif=mode=send_frame", "makes whole pictures of them"),
    );
  }
  for (const property of ["primaries", "transfer", "matrix"] as const) {
    const said = first?.[property];
    if (said === undefined || said === null || rav1eColourName(property, said) !== null) continue;
    warnings.push(
      `${name} names colours (${property} ${printable(said, 40)}) that rav1e has no name for; Unspecified is written`,
    );
  }
  return warnings;
}
