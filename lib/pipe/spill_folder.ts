// Where a pipe's temporary file goes. It is there to spare memory: a RAM disk would only take as much again, so that none is
// chosen by itself.

import { UsageError } from "../errors.ts";
import { isRamDisk, mountsOfProcess } from "../machine/ram_disk.ts";
import { quotedPath } from "../media/printable.ts";

export interface SpillFolder {
  readonly folder: string;
  /** A line for the user. */
  readonly warning: string | undefined;
}

/** For systems whose /tmp is a RAM disk; kept over a reboot, and so on a disk (FHS 3.0, section 5.15). */
const diskFolder = "/var/tmp";

/** The folder that was asked for. Throws UsageError where it is none. */
export function namedSpillFolder(folder: string, mounts = mountsOfProcess()): SpillFolder {
  if (!isFolder(folder)) {
    throw new UsageError(`Cannot put temporary input into ${quotedPath(folder)}: there is no such directory`);
  }
  const warning = isRamDisk(folder, mounts)
    ? `${quotedPath(folder)} (--tmp-input) is a RAM disk: what goes there takes memory all the same`
    : undefined;
  return { folder, warning };
}

/** The folder beside the output, or another on a disk. Throws UsageError where there is none. */
export function defaultSpillFolder(outputFolder: string, mounts = mountsOfProcess()): SpillFolder {
  for (const folder of [outputFolder, diskFolder]) {
    if (isFolder(folder) && !isRamDisk(folder, mounts)) return { folder, warning: undefined };
  }
  throw new UsageError(
    `Cannot put temporary input on a disk: ${quotedPath(outputFolder)} and ${diskFolder} are RAM disks; ` +
      "name a directory: --tmp-input=DIR",
  );
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
