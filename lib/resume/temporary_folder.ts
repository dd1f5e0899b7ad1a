// Where a private store goes: a folder on a disk, because its purpose is to keep packets out of memory. SQLite unlinks the
// file as soon as it is open, so that nothing stays, whatever ends the process.

import { accessSync, constants } from "node:fs";
import { isRamDisk } from "../machine/ram_disk.ts";

/** SQLite's own order of places, but those on a disk first. undefined where none can be written to. */
export function temporaryFolder(environment: { get(name: string): string | undefined } = Deno.env): string | undefined {
  const places = [environment.get("SQLITE_TMPDIR"), environment.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp"];
  const usable = places.filter((place) => place !== undefined && place !== "").filter((place) => isWritable(place!));
  return usable.find((place) => !isRamDisk(place!)) ?? usable[0];
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return Deno.statSync(folder).isDirectory;
  } catch {
    return false;
  }
}
