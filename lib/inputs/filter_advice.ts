// What a message says of a filter that would help, at its end.

/** "; --video-filter hflip,vflip turns them". `what`: what it does. */
export function filterAdvice(filter: string, what: string): string {
  return `; --video-filter ${filter} ${what}`;
}
