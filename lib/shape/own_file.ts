// The one file that this program came as, for commands that copy it. The launcher of a self-extracting executable says where
// it is, since the process is another program's by then.

import { shape } from "./shape.ts";

/** Set by ship/launcher/src/start.rs. */
const variable = "RAV1E_BY_GOP_EXECUTABLE";

/** An absolute path; undefined in a checkout, and where the system did not tell the launcher. */
export function ownFile(): string | undefined {
  if (shape === "checkout") return undefined;
  return shape === "deno compile executable" ? Deno.execPath() : Deno.env.get(variable);
}
