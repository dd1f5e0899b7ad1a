// Sets of small whole numbers as ranges: what is finished is nearly always a run of segments and a few beyond it, so the
// set stays short however many there are.

/** Ascending, apart from each other by at least one; both ends belong to it. */
export type Ranges = readonly (readonly [from: number, to: number])[];

export function withNumber(ranges: Ranges, number: number): Ranges {
  const before = ranges.filter(([, to]) => to < number - 1), after = ranges.filter(([from]) => from > number + 1);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const from = Math.min(number, touching[0]?.[0] ?? number), to = Math.max(number, touching.at(-1)?.[1] ?? number);
  return [...before, [from, to], ...after];
}

export function rangesOf(numbers: readonly number[]): Ranges {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

export function numbersIn(ranges: Ranges): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, offset) => from + offset));
}
