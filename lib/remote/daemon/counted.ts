// Numbers with their words, for lines that an operator reads.

/** "1 slot", "2 slots": of words whose plural ends in s. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
