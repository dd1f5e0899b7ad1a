// How messages name the frames of a segment.

/** "frames 480-719", "the frames from 480" while the end is not known. */
export function frameSpan(first: number, last: number | undefined): string {
  return last === undefined ? `the frames from ${first}` : `frames ${first}-${last}`;
}
