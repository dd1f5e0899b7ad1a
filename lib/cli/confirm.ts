// The one question this program asks. It goes to standard error, since standard output may be the video's, and it is
// awaited, so that signals are served while it stands there.

import { queueStderr } from "./stderr_queue.ts";

/** True for "y" or "yes"; the end of the input is a no. */
export async function confirmAtTerminal(question: string): Promise<boolean> {
  queueStderr(`${question} [y/N] `);
  const bytes = new Uint8Array(1024);
  // A terminal gives one line a read.
  const got = await Deno.stdin.read(bytes);
  if (got === null) queueStderr("\n");
  return /^\s*y(es)?\s*$/i.test(new TextDecoder().decode(bytes.subarray(0, got ?? 0)));
}
