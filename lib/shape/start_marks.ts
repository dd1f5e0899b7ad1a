// The program's half of an agreement with the launcher (ship/launcher/src/cache.rs): the launcher leaves a mark before it
// becomes the program, and the program removes it once it runs. A mark that stays, or one left here, has the launcher
// compare the contents of all unpacked files before the next start, and unpack them anew if need be.

import { join } from "node:path";
import { shape, shippedFolder } from "./shape.ts";

/** The program runs. Where nothing can be written there is no mark either. */
export function removeStartMark(): void {
  if (shape !== "self-extracting executable") return;
  try {
    Deno.removeSync(join(shippedFolder!, `starting.${Deno.pid}`));
  } catch { /* none was left */ }
}

/** A file that came with the executable could not be used. Returns what to say behind that, nothing in a checkout. */
export function leaveDamageMark(): string {
  if (shape !== "self-extracting executable") return "";
  try {
    Deno.writeFileSync(join(shippedFolder!, "failed"), new Uint8Array());
  } catch {
    return `; remove ${shippedFolder}, it is unpacked anew`;
  }
  return "; the next start checks what was unpacked: try again";
}
