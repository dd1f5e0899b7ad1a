// Runs in a Web Worker of its own once the program has been told to stop: whatever the main thread is stuck in, a call
// that does not return or an exit that waits for threads, the process is gone after this delay.

/** More than the time signals.ts gives the cleanup. */
const killAfterMs = 2000;

setTimeout(() => Deno.kill(Deno.pid, "SIGKILL"), killAfterMs);
