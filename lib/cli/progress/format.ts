// Numbers as people read them in a line that is redrawn: a figure keeps three significant digits and its width, so that
// its neighbours do not jump from one redraw to the next. Plain ASCII. An unknown figure is dashes of about that width.

/** Seconds as h:mm:ss, whole seconds rounded down; hours are not limited. Negative counts as none. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "-:--:--";
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** Three significant digits, never an exponent: 0.42, 9.87, 34.5, 1234. Negative counts as none. */
export function formatFigure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "-";
  const positive = Math.max(0, value);
  // The limits are where rounding would add a digit: 9.996 must not become "10.00".
  if (positive < 9.995) return positive.toFixed(2);
  if (positive < 99.95) return positive.toFixed(1);
  return positive.toFixed(0);
}

const sizeUnits = ["KiB", "MiB", "GiB", "TiB"];

/** Bytes in the unit that leaves three digits, four just before the next one: 512 B, 9.99 KiB, 1023 MiB. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return "- MiB";
  let value = Math.max(0, bytes);
  if (value < 1024) return `${Math.floor(value)} B`;
  for (const unit of sizeUnits) {
    value /= 1024;
    if (value < 1023.5 || unit === "TiB") return `${formatFigure(value)} ${unit}`;
  }
  throw new RangeError("unreachable: the last unit has no limit");
}

/** A part of a whole as a percentage with one decimal, rounded down: 100.0 % is said of the whole only. */
export function formatPercent(fraction: number): string {
  // One part in 1e9 makes up for fractions such as 0.29 that are stored a little too small.
  const tenths = Math.floor(Math.min(1, Math.max(0, fraction)) * 1000 + 1e-6);
  return `${(tenths / 10).toFixed(1)} %`;
}

/** A bar of exactly `width` characters (at least 3), brackets included. */
export function formatBar(fraction: number, width: number): string {
  const room = Math.max(1, width - 2);
  const filled = Math.floor(Math.min(1, Math.max(0, fraction)) * room + 1e-9);
  const head = filled > 0 && filled < room ? ">" : filled === room ? "=" : "";
  return `[${("=".repeat(Math.max(0, filled - 1)) + head).padEnd(room)}]`;
}
