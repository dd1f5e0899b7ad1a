// One status as lines of a terminal of a given size: the whole run first, then a line a slot. No line is wider than
// columns - 1 (a character in the last column leaves terminals in a state in which "erase to the end" eats it), and
// all of them with the cursor's own line fit into the rows. What does not fit is left out in a fixed order.

import type { EncodeStatus, SlotStatus } from "../../encode/status.ts";
import { figuresOf } from "./figures.ts";
import { formatBar, formatBytes, formatDuration, formatFigure, formatPercent } from "./format.ts";

/** Characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Wraps a text in the escape codes of a look; returns it as it is where colours are not wanted. */
export type Paint = (look: "strong" | "faint" | "bar" | "warning", text: string) => string;

/** One item of a line. The higher its rank, the sooner it is left out; rank 0 stays to the last. */
interface Field {
  readonly text: string;
  readonly rank: number;
  readonly look?: Parameters<Paint>[0];
}

/** A line before it is fitted. The bar, where one is drawn, stands before field number `barAt`. */
interface Row {
  readonly fields: readonly Field[];
  /** What the bar shows; null leaves its place empty. */
  readonly fraction: number | null;
  readonly barAt: number;
}

const separator = "  ";
const smallestBar = 7;
const widestBar = 32;
const segmentsFrom = 100;
/** Characters of the name of a worker or an encode. */
const widestName = 24;

/**
 * The lines to draw, without line ends. At least one line, at most rows - 1 (one if there are fewer than two rows).
 * Widths are counted in characters, which is right because all of it is ASCII: names of workers are made so.
 */
export function layoutStatus(status: EncodeStatus, size: TerminalSize, paint: Paint): string[] {
  const width = Math.max(1, size.columns - 1);
  return [overallLine(status, width, paint), ...slotLines(status, size, width, paint)];
}

function overallLine(status: EncodeStatus, width: number, paint: Paint): string {
  const { fraction, kbps, estimatedBytes } = figuresOf(status);
  const total = status.frames === null ? "" : String(status.frames);
  const done = String(status.framesDone).padStart(total.length);
  const size = (estimatedBytes === null ? formatBytes(status.bytes) : `~${formatBytes(estimatedBytes)}`).padStart(9);
  const segments = `${status.segmentsDone}/${status.segments}${status.planComplete ? "" : "+"} segments`;
  const common: Field[] = [
    { text: `${formatFigure(status.fps).padStart(4)} fps`, rank: 2 },
    { text: `${formatFigure(kbps).padStart(4)} kbit/s`, rank: 4 },
    { text: size, rank: 5 },
    // At the usual width a bar tells more.
    ...(width < segmentsFrom ? [] : [{ text: segments, rank: 6 }]),
  ];
  const fields: Field[] = fraction === null
    ? [{ text: `${done} frames`, rank: 0 }, ...common, { text: `${formatDuration(status.elapsed)} elapsed`, rank: 1 }]
    : [
      { text: formatPercent(fraction).padStart(6), rank: 0, look: "strong" },
      { text: `${done}/${total}`, rank: 3 },
      ...common,
      { text: `ETA ${formatDuration(status.eta).padStart(7)}`, rank: 1 },
    ];
  return fitRows([{ fields, fraction, barAt: 0 }], width, paint).join("");
}

function slotLines(status: EncodeStatus, size: TerminalSize, width: number, paint: Paint): string[] {
  // One row is the overall line's, one is the cursor's.
  const room = Math.max(0, size.rows - 2);
  const all = status.slots;
  if (all.length <= room) return drawSlots(all, status, width, paint);
  if (room === 0) return [];
  // Idle slots are what one misses least when not all can be seen.
  const shown = [...all.filter((slot) => slot.segment), ...all.filter((slot) => !slot.segment)].slice(0, room - 1);
  const more = `+${all.length - shown.length} more`.slice(0, width).trimEnd();
  return [...drawSlots(shown, status, width, paint), paint("faint", more)];
}

function drawSlots(slots: readonly SlotStatus[], status: EncodeStatus, width: number, paint: Paint): string[] {
  // Column widths depend on totals, not on the numbers of the moment, so that columns stay where they are.
  const slotDigits = digits(Math.max(0, ...status.slots.map(({ slot }) => slot)) + 1);
  const segmentDigits = digits(status.segments);
  const lastFrame = Math.max(0, ...slots.map(({ segment }) => segment ? segment.first + (segment.frames ?? 0) : 0));
  const frameDigits = digits(Math.max(status.frames ?? 0, lastFrame));
  const countDigits = Math.max(3, ...slots.map(({ segment }) => digits(segment?.frames ?? segment?.done ?? 0)));
  const machines = widthOf(status.slots.some(({ worker }) => worker !== null) ? status.slots.map(machineName) : []);
  const encodes = widthOf(status.slots.map(encodeName));
  const rows = slots.map((of): Row => {
    const { slot, segment } = of;
    const labels: Field[] = [{ text: String(slot + 1).padStart(slotDigits), rank: 1 }];
    if (machines > 0) labels.push({ text: machineName(of).padEnd(machines), rank: 2 });
    if (encodes > 0) labels.push({ text: encodeName(of).padEnd(encodes), rank: 2 });
    const idle: Field = { text: "idle", rank: 0, look: "faint" };
    if (!segment) return { fields: [...labels, idle], fraction: null, barAt: labels.length + 1 };
    const { first, frames, done, attempt } = segment;
    const range = `${String(first).padStart(frameDigits)}-${
      frames === null ? "" : Math.max(first, first + frames - 1)
    }`;
    const fields: Field[] = [
      ...labels,
      { text: `segment ${String(segment.index + 1).padStart(segmentDigits)}`, rank: 3 },
      { text: range.padEnd(2 * frameDigits + 1), rank: 5 },
      { text: `${String(done).padStart(countDigits)}/${String(frames ?? "?").padEnd(countDigits)}`, rank: 0 },
    ];
    if (attempt > 1) fields.push({ text: `try ${attempt}`, rank: 4, look: "warning" });
    const fraction = frames === null ? null : frames === 0 ? 1 : done / frames;
    return { fields, fraction, barAt: labels.length + 3 };
  });
  return fitRows(rows, width, paint);
}

function machineName({ worker }: SlotStatus): string {
  return worker === null ? "here" : drawn(worker);
}

function encodeName({ encode }: SlotStatus): string {
  return encode === undefined ? "" : drawn(encode);
}

function drawn(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "?").slice(0, widestName);
}

function widthOf(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => name.length));
}

/**
 * Leaves out the same ranks in all rows until each fits into `width`, and gives what is then left over to bars of equal
 * width, so that rows of one kind stay aligned.
 */
function fitRows(rows: readonly Row[], width: number, paint: Paint): string[] {
  const widthAt = (limit: number) =>
    Math.max(0, ...rows.map(({ fields }) => joined(fields.filter(({ rank }) => rank <= limit)).length));
  let limit = Math.max(0, ...rows.flatMap(({ fields }) => fields.map(({ rank }) => rank)));
  while (limit > 0 && widthAt(limit) > width) limit--;
  const barWidth = Math.min(widestBar, width - widthAt(limit) - separator.length);
  return rows.map(({ fields, fraction, barAt }) => {
    const items = fields.map((field, position) => ({ ...field, position })).filter(({ rank }) => rank <= limit);
    // Even what is kept to the last may be too wide for a very narrow terminal.
    if (limit === 0) {
      return items.map(({ text, look }) => painted(text.trim().slice(0, width).trimEnd(), look, paint)).join("");
    }
    const drawn = items.map(({ text, look, position }) => ({ text: painted(text, look, paint), position }));
    if (barWidth >= smallestBar && barAt <= fields.length && rows.some((row) => row.fraction !== null)) {
      const bar = fraction === null ? " ".repeat(barWidth) : paint("bar", formatBar(fraction, barWidth));
      drawn.splice(drawn.filter(({ position }) => position < barAt).length, 0, { text: bar, position: barAt });
    }
    return joined(drawn).trimEnd();
  });
}

function joined(items: readonly { readonly text: string }[]): string {
  return items.map(({ text }) => text).join(separator);
}

function painted(text: string, look: Field["look"], paint: Paint): string {
  return look ? paint(look, text) : text;
}

function digits(value: number): number {
  return String(Math.max(0, value)).length;
}
