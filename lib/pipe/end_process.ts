// Ends a child that another thread of this process started, by its number: the thread may be gone. A number is used again
// some time after its process is gone, so it is made sure, where the system tells, that it is still a child of ours.

/** At once. Without effect where it has ended. */
export function endProcess(pid: number): void {
  try {
    if (Deno.build.os === "linux" && parentOf(pid) !== Deno.pid) return;
  } catch {
    // It has ended.
    return;
  }
  killSession(pid);
}

/** Ends a child that has a session of its own, with all that it has started there: vspipe may be a program that runs another. */
export function killSession(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** proc(5): the name in parentheses may hold anything; state and parent follow the last of them. */
function parentOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Sessions of children that this thread knows of. */
const sessions = new Set<number>();

/** A child of this process has begun. */
export function childBegan(pid: number): void {
  sessions.add(pid);
}

/** It has ended, or was ended. */
export function childEnded(pid: number): void {
  sessions.delete(pid);
}

/** For a process that leaves: ends all that it has begun. */
export function endChildren(): void {
  for (const pid of sessions) endProcess(pid);
}
