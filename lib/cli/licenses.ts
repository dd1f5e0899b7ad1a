// The text of --licenses: the file that came with the executable; a checkout gathers it from what is on the machine.

import { join } from "node:path";
import { shippedFolder } from "../shape/shape.ts";

/** Name of the notices beside the bundle. */
export const noticesFile = "LICENSES.txt";

export async function licensesText(): Promise<string> {
  if (shippedFolder !== undefined) return Deno.readTextFileSync(join(shippedFolder, noticesFile));
  const { gatherNotices } = await import("../../ship/notices.ts");
  const { text, missing } = await gatherNotices({ offline: true });
  return missing.length === 0 ? text : `${text}\nNot on this machine: the notices of ${missing.join(", ")}\n`;
}
