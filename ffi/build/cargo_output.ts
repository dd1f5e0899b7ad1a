// What cargo says while it builds, understood line by line: how far it is, where the library is, what went wrong. Its
// stderr holds progress lines that end in a carriage return (asked for with CARGO_TERM_PROGRESS_WHEN) between ordinary
// ones; its stdout is one JSON object a line (--message-format=json-render-diagnostics).

/** How far a build is. */
export interface CargoProgress {
  /** Steps done and in all: crates and their build scripts. */
  readonly done: number;
  readonly total: number;
  /** What is being compiled, for instance "rav1e, syn". */
  readonly current: string;
}

/** Reads a line like "    Building [====>   ] 12/88: libc, syn"; undefined for any other line. */
export function parseProgress(line: string): CargoProgress | undefined {
  const match = /^\s*Building \[[=> ]*\] (\d+)\/(\d+)(?:: (.*))?$/.exec(line);
  return match === null
    ? undefined
    : { done: Number(match[1]), total: Number(match[2]), current: match[3]?.trim() ?? "" };
}

/** The path of the shared library, when `line` (of stdout) announces the crate's artifacts; else undefined. */
export function parseArtifact(line: string, crate: string): string | undefined {
  let message: { reason?: unknown; target?: { name?: unknown }; filenames?: unknown };
  try {
    message = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (message?.reason !== "compiler-artifact" || message.target?.name !== crate) return undefined;
  if (!Array.isArray(message.filenames)) return undefined;
  return message.filenames.find((name): name is string => typeof name === "string" && /\.(so|dylib)$/.test(name));
}

/** Why a build failed. */
export interface CargoFailure {
  readonly cause: "network" | "compiler" | "rust" | "other";
  /** cargo's first error line, without "error:". */
  readonly line: string;
}

/** Cargo's sentences for the causes that the user can do something about; the first that fits counts. */
const causes: readonly (readonly [CargoFailure["cause"], RegExp])[] = [
  [
    "network",
    /spurious network error|could(n't| not) resolve host|failed to download|unable to update registry|--offline was specified|offline mode|failed to query replaced source/i,
  ],
  [
    "compiler",
    /linker .* not found|failed to find tool|unable to find library -l(c|gcc_s)\b|cannot find (crt1|Scrt1|crti)\.o/,
  ],
  [
    "rust",
    /lock ?file version|requires rustc|is not supported by the following package|rustup could not choose|can't find crate for `(core|std)`|edition2024|is required but not installed/,
  ],
];

/** Finds the first error and its cause in all that cargo wrote to stderr, progress lines left out. */
export function explainFailure(lines: readonly string[]): CargoFailure {
  const errors = lines.filter((line) => /^\s*error(\[\w+\])?:/.test(line));
  const line = errors[0]?.replace(/^\s*error(\[\w+\])?:\s*/, "") ??
    lines.findLast((line) => line.trim() !== "")?.trim();
  const cause = causes.find(([, pattern]) => lines.some((line) => pattern.test(line)))?.[0] ?? "other";
  return { cause, line: line ?? "cargo said nothing" };
}
