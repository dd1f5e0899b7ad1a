// Ends a child of this process by its number, which another thread may know it by: that thread may be gone. A number is used
// again some time after its process is gone, so it is made sure, where the system tells, that it is still a child of ours.

/** At once. Without effect where it has ended. */
export function endProcess(pid: number): void {
  try {
    if (Deno.build.os === "linux" && parentOf(pid) !== Deno.pid) return;
  } catch {
    // It has ended.
    return;
  }
  kill(pid);
}

/** One that leads a session of its own goes with all that it has started there: vspipe may be a program that runs another. */
export function kill(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      Deno.kill(target, "SIGKILL");
      return;
    } catch {
      // It leads none, or has ended.
    }
  }
}

/** proc(5): the name in parentheses may hold anything; state and parent follow the last of them. */
function parentOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
