// Lines for systemd's journal. It has its own time for each, and takes a level from "<N>" in front of one (sd-daemon(3)), which
// it does not show. Whether standard error leads there is said by JOURNAL_STREAM, device and inode of the journal's socket
// (systemd.exec(5), "Environment Variables Set or Propagated by the Service Manager"): children and redirections inherit the
// variable, so it counts only where standard error is that very socket.

/** As in syslog(3). */
export type Level = "debug" | "info" | "warning" | "error";

const numbers = { error: 3, warning: 4, info: 6, debug: 7 } as const;

/** What the journal takes as the line's level. */
export function levelPrefix(level: Level): string {
  return `<${numbers[level]}>`;
}

export interface StandardErrorFacts {
  /** JOURNAL_STREAM. */
  readonly variable: string | undefined;
  /** Device and inode of standard error; undefined where they cannot be had. */
  readonly file: { readonly dev: number; readonly ino: number | null } | undefined;
}

/** Whether what is written to standard error becomes lines of the journal. */
export function stderrIsJournal(facts: StandardErrorFacts = ownFacts()): boolean {
  const [, device, inode] = /^(\d{1,20}):(\d{1,20})$/.exec(facts.variable ?? "") ?? [];
  return facts.file !== undefined && device === String(facts.file.dev) && inode === String(facts.file.ino);
}

function ownFacts(): StandardErrorFacts {
  const variable = Deno.env.get("JOURNAL_STREAM");
  return { variable, file: variable === undefined ? undefined : standardError() };
}

function standardError(): StandardErrorFacts["file"] {
  try {
    return Deno.statSync("/proc/self/fd/2");
  } catch {
    return undefined;
  }
}
