// The container of a format. IVF is there at once; what others need is loaded when they are wanted.

import type { FrameTimes } from "../media/frame_times.ts";
import type { Container, ContainerFormat, VideoDescription } from "./container.ts";
import { IvfContainer } from "./ivf_container.ts";

/**
 * `isStream`: the head stays as it was written first; `isPassedOn`: another program reads the file once and makes the output
 * of it. Throws RangeError for what the container cannot hold.
 */
export async function openContainer(
  format: ContainerFormat,
  video: VideoDescription,
  { isStream, times, isPassedOn = false }: { isStream: boolean; times: FrameTimes; isPassedOn?: boolean },
): Promise<Container> {
  switch (format) {
    case "ivf":
      return new IvfContainer(video);
    case "obu":
      return new (await import("./obu_container.ts")).ObuContainer();
    case "mkv":
    case "webm":
      return new (await import("./matroska.ts")).Matroska(format, video, { isStream, times });
    case "mp4":
      if (isStream) return new (await import("./fragmented_mp4.ts")).FragmentedMp4(video, times);
      return new (await import("./mp4.ts")).Mp4(video, times, { isPassedOn });
  }
}
