// The one question this program asks. It goes to standard error, since standard output may be the video's, and it is
// awaited, so that signals are served while it stands there.

import { writeStderr } from "./standard_streams.ts";

/** True for "y" or "yes"; the end of the input is a no. */
export async function confirmAtTerminal(question: string): Promise<boolean> {
  writeStderr(`${question} [y/N] `);
  const bytes = new Uint8Array(1024);
  // A terminal gives one line a read.
  const got = await Deno.stdin.read(bytes);
  if (got === null) writeStderr("\n");
  return /^\s*y(es)?\s*$/i.test(new TextDecoder().decode(bytes.subarray(0, got ?? 0)));
}
