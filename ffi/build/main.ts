// `deno task build`: makes sure that the native library is there, and prints its path.

import { ExitError } from "../../lib/errors.ts";
import { libraryFile } from "./library_file.ts";

try {
  console.log(await libraryFile((line) => console.error(line)));
} catch (error) {
  if (!(error instanceof ExitError)) throw error;
  console.error(error.message);
  Deno.exit(error.exitCode);
}
