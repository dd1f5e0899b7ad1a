// Words for a POSIX shell: what is printed can be pasted, on one line, whatever a file is called.

// deno-lint-ignore no-control-regex
const controls = /[\u0000-\u001f\u007f]/;

/** The word as it is where no shell reads more into it, else quoted. Control characters need bash, zsh or ksh. */
export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(word)) return word;
  if (!controls.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${Array.from(word, escaped).join("")}'`;
}

/** One character inside `$'...'`. */
function escaped(character: string): string {
  if (character === "\\" || character === "'") return `\\${character}`;
  if (!controls.test(character)) return character;
  return `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
}
