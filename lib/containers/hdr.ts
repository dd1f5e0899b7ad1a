// Mastering display and content light as numbers, from rav1e's notations, which the command line and the inputs have
// checked (EncoderOptions.masteringDisplay, contentLight).

export interface MasteringDisplay {
  /** CIE 1931 chromaticities, 0 to 1, x and y. */
  readonly green: readonly [number, number];
  readonly blue: readonly [number, number];
  readonly red: readonly [number, number];
  readonly white: readonly [number, number];
  /** Candelas per square metre. */
  readonly maxLuminance: number;
  readonly minLuminance: number;
}

export interface ContentLight {
  /** Candelas per square metre, 0 to 65535. */
  readonly maximum: number;
  readonly frameAverage: number;
}

/** Of "G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)"; undefined for null. Throws TypeError for anything else. */
export function masteringDisplayOf(notation: string | null): MasteringDisplay | undefined {
  if (notation === null) return undefined;
  const numbers = numbersOf(notation, 10);
  const pair = (at: number) => [numbers[at]!, numbers[at + 1]!] as const;
  return {
    green: pair(0),
    blue: pair(2),
    red: pair(4),
    white: pair(6),
    maxLuminance: numbers[8]!,
    minLuminance: numbers[9]!,
  };
}

/** Of "cll,fall"; undefined for null. Throws TypeError for anything else. */
export function contentLightOf(notation: string | null): ContentLight | undefined {
  if (notation === null) return undefined;
  const [maximum, frameAverage] = numbersOf(notation, 2);
  return { maximum: maximum!, frameAverage: frameAverage! };
}

function numbersOf(notation: string, count: number): number[] {
  const numbers = (notation.match(/[0-9]+(\.[0-9]+)?/g) ?? []).map(Number);
  if (numbers.length === count) return numbers;
  throw new TypeError(`Cannot read '${notation}': it holds ${numbers.length} numbers, not ${count}`);
}
