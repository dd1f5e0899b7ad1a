// Text from outside (paths, header values) on its way into a message: whatever it holds, what comes out is one line
// that no terminal takes for a command. Control, format and unassigned characters, lone surrogates and line
// separators leave as \u{hex}.

/** `text` made safe to print, at most `limit` characters of it. */
export function printable(text: string, limit = Infinity): string {
  const cut = text.length > limit ? text.slice(0, limit) + "..." : text;
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A path as messages show it: safe to print, in single quotes. */
export function quotedPath(path: string): string {
  return `'${printable(path)}'`;
}

/** A path as a word of a POSIX shell command to copy; `INPUT` where it holds characters that cannot be shown. */
export function shellWord(path: string): string {
  if (printable(path) !== path) return "INPUT";
  return /^[\w./+:@%,=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
