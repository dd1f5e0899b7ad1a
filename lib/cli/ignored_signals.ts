// A SIGHUP that was ignored when the program started (nohup) stays ignored. It needs doing: the first listener for any
// signal makes Deno take over SIGHUP as well and die of it, and leaves no trace of "ignored" in the kernel. So this
// is asked before any listener is added, and answered with a listener that does nothing.

/** Bit of SIGHUP, signal number 1, in the kernel's masks. */
const hangUpBit = 1n;

let ignored: boolean | undefined;

/** True where SIGHUP was ignored at the start; it is from then on. Call it before the first signal listener. */
export function keepHangUpIgnored(): boolean {
  if (ignored === undefined) {
    ignored = hangUpIsIgnored();
    if (ignored) Deno.addSignalListener("SIGHUP", () => {});
  }
  return ignored;
}

function hangUpIsIgnored(): boolean {
  try {
    // proc(5): SigIgn is a mask in hexadecimal.
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    if (mask !== undefined) return (BigInt(`0x${mask}`) & hangUpBit) !== 0n;
  } catch {
    // No /proc (macOS): below.
  }
  return childSurvivesHangUp();
}

/** Ignored signals are inherited, so a child that sends itself one tells. */
function childSurvivesHangUp(): boolean {
  try {
    return new Deno.Command("/bin/sh", { args: ["-c", "kill -HUP $$"], stdin: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
