// Where the proxies of a source go and what they are called. Names hold the percentage, so that all sizes of a clip lie side
// by side and an editor, or a script, finds each by the source's name.

import { basename, join } from "node:path";

export const layouts = ["plain", "blender"] as const;
export type Layout = typeof layouts[number];

/** Where Blender looks for all proxies of the videos of a folder. */
export const blenderFolder = "BL_proxy";

/** Without the dot; the first is what is made where nothing else is asked for. */
export const proxyContainers = ["mkv", "mp4", "webm", "ivf"] as const;
export type ProxyContainer = typeof proxyContainers[number];

export interface ProxyPlace {
  /** Of the proxies of one source; below the folder that was named. */
  readonly folder: string;
  file(percent: number): string;
}

/**
 * `plain`: FOLDER/film_25.mkv for film.mov. `blender`: FOLDER/BL_proxy/film.mov/proxy_25.mkv, the names that Blender gives
 * its own where FOLDER is the source's.
 */
export function proxyPlace(source: string, folder: string, layout: Layout, container: ProxyContainer): ProxyPlace {
  const name = basename(source);
  if (layout === "blender") {
    const own = join(folder, blenderFolder, name);
    return { folder: own, file: (percent) => join(own, `proxy_${percent}.${container}`) };
  }
  const stem = name.replace(/(?<=.)\.[^.]*$/s, "");
  return { folder, file: (percent) => join(folder, `${stem}_${percent}.${container}`) };
}
