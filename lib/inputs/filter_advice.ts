// What a message says of a filter that would help, at its end, so that commands without --video-filter can leave it out.

const opening = "; --video-filter ";

/** "; --video-filter hflip,vflip turns them". `what`: what it does. */
export function filterAdvice(filter: string, what: string): string {
  return `${opening}${filter} ${what}`;
}

/** The message without such an end. */
export function withoutFilterAdvice(message: string): string {
  const at = message.lastIndexOf(opening);
  return at < 0 ? message : message.slice(0, at);
}
