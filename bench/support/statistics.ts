// Few numbers, honestly: the median and the span, because this is measured on machines that do other things too.

/** The middle value; the mean of the middle two where their number is even. Throws on none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1], high = sorted[sorted.length >> 1];
  if (low === undefined || high === undefined) throw new RangeError("Cannot take the median of no values");
  return (low + high) / 2;
}

/** "1.93 (1.90 to 1.95 of 5)". */
export function spread(values: readonly number[], digits = 2): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} (${least} to ${most} of ${values.length})`;
}

/** "ok" or "MISSED" with the limit, for a value that must not be above (or below) it. */
export function verdict(value: number, relation: "<=" | ">=", limit: number): string {
  return `${(relation === "<=" ? value <= limit : value >= limit) ? "ok" : "MISSED"} (${relation} ${limit})`;
}
