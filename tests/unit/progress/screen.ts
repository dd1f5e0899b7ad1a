// A terminal's screen, as much of it as the display uses: text, line feed, carriage return, cursor up, down and to a
// column, erase in line and in display, styles and synchronized updates (no effect). Anything else is an error, so that
// a display that begins to use more is noticed. Lines are wrapped again when the screen changes its width.

export class Screen {
  #lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(public columns: number) {}

  /** Rows as seen, without trailing blanks and without blank rows at the end. */
  get rows(): string[] {
    const rows = this.#lines.map((line) => line.trimEnd());
    return rows.slice(0, rows.findLastIndex((row) => row !== "") + 1);
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column };
  }

  resize(columns: number): void {
    const before = this.#lines.slice(0, this.#row).flatMap((line) => wrap(line.trimEnd(), columns));
    this.#lines = [...before, ...this.#lines.slice(this.#row)];
    this.#row = before.length;
    this.columns = columns;
  }

  write(text: string): void {
    // deno-lint-ignore no-control-regex
    for (const [token, , parameter, final] of text.matchAll(/(\x1b\[([?0-9;]*)([A-Za-z]))|\n|\r|[^\x1b\n\r]/g)) {
      if (final) this.#control(parameter ?? "", final);
      else if (token === "\n") this.#moveTo(this.#row + 1, 0);
      else if (token === "\r") this.#column = 0;
      else this.#put(token);
    }
  }

  #put(character: string): void {
    if (this.#column >= this.columns) this.#moveTo(this.#row + 1, 0);
    const line = this.#lines[this.#row]!.padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }

  #control(parameter: string, final: string): void {
    const count = Number(parameter || 1);
    const line = this.#lines[this.#row]!;
    if (final === "m" || (/^[hl]$/.test(final) && parameter === "?2026")) return;
    else if (final === "A") this.#moveTo(Math.max(0, this.#row - count), this.#column);
    else if (final === "B") this.#moveTo(Math.min(this.#lines.length - 1, this.#row + count), this.#column);
    else if (final === "G") this.#column = count - 1;
    else if (final === "K" && parameter === "2") this.#lines[this.#row] = "";
    else if (final === "K" && parameter === "") this.#lines[this.#row] = line.slice(0, this.#column);
    else if (final === "J" && parameter === "") {
      this.#lines.splice(this.#row, Infinity, line.slice(0, this.#column));
    } else throw new Error(`the screen does not know ${JSON.stringify(parameter + final)}`);
  }

  #moveTo(row: number, column: number): void {
    while (this.#lines.length <= row) this.#lines.push("");
    this.#row = row;
    this.#column = column;
  }
}

function wrap(line: string, columns: number): string[] {
  const rows = [];
  for (let from = 0; from < Math.max(1, line.length); from += columns) rows.push(line.slice(from, from + columns));
  return rows;
}
