// Where a pipe's temporary file goes. It is there to spare memory: a RAM disk would only take as much again, so that none is
// chosen by itself.

import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";

export interface SpillFolder {
  readonly folder: string;
  /** A line for the user. */
  readonly warning: string | undefined;
}

/** For systems whose /tmp is a RAM disk; kept over a reboot, and so on a disk (FHS 3.0, section 5.15). */
const diskFolder = "/var/tmp";
const ramDisks = ["tmpfs", "ramfs", "devtmpfs"];

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

/** Whether the mount that a folder belongs to is kept in memory. `mounts`: /proc/self/mountinfo (proc(5)), "" elsewhere. */
function isRamDisk(folder: string, mounts: string): boolean {
  let path: string;
  try {
    path = Deno.realPathSync(resolve(folder));
  } catch {
    return false;
  }
  let found = { mount: "", type: "" };
  for (const line of mounts.split("\n")) {
    const [before, after] = line.split(" - ");
    const mount = unescaped(before?.split(" ")[4] ?? "");
    const type = after?.split(" ")[0] ?? "";
    const isAbove = mount === "/" || path === mount || path.startsWith(`${mount}/`);
    // Of two mounts at one place the later one covers the other.
    if (mount !== "" && isAbove && mount.length >= found.mount.length) found = { mount, type };
  }
  return ramDisks.includes(found.type);
}

/** mountinfo writes spaces and the like as three octal digits. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

function mountsOfProcess(): string {
  try {
    return Deno.readTextFileSync("/proc/self/mountinfo");
  } catch {
    return "";
  }
}
