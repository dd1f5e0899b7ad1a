// Progress on a terminal: lines that are redrawn in place. log-update draws them (a redraw is one write, wrapped as a
// synchronized update, and touches only lines that changed); this file adds what it does not do: lines are cut to the
// terminal instead of wrapped, messages go above them, and after a resize the old ones are erased where the terminal
// has moved them to. `createLogUpdate` is told to leave the cursor alone, so it installs no exit or signal handlers.

import { createLogUpdate } from "log-update";
import type { EncodeStatus } from "../../encode/status.ts";
import type { MessageKind, ProgressDisplay, ProgressStream } from "./display.ts";
import { layoutStatus, type Paint, type TerminalSize } from "./layout.ts";

const looks: Readonly<Record<Parameters<Paint>[0], string>> = {
  strong: "\x1b[1m",
  faint: "\x1b[2m",
  bar: "\x1b[36m",
  warning: "\x1b[33m",
};
const plainText = "\x1b[0m";

export class BarDisplay implements ProgressDisplay {
  /** What is on the terminal: widths of the lines, and the width of the terminal they were drawn for. */
  #drawn: { readonly lineWidths: readonly number[]; readonly columns: number } | null = null;
  #last: EncodeStatus | null = null;
  #size: TerminalSize;
  #finished = false;
  /** Text that waits for the end of a drawing, so that a message and the lines below it reach the terminal as one. */
  #pending: string[] | null = null;
  readonly #paint: Paint;
  readonly #log: ReturnType<typeof createLogUpdate>;

  constructor(private readonly stderr: ProgressStream, { colours }: { colours: boolean }) {
    this.#size = stderr.size();
    this.#paint = colours ? (look, text) => `${looks[look]}${text}${plainText}` : (_, text) => text;
    const size = () => this.#size;
    const stream = {
      isTTY: true,
      get columns() {
        return size().columns;
      },
      get rows() {
        return size().rows;
      },
      write: (text: string) => this.#write(text),
    };
    // The library asks for no more of a stream than these four.
    this.#log = createLogUpdate(stream as unknown as Parameters<typeof createLogUpdate>[0], { showCursor: true });
  }

  update(status: EncodeStatus): void {
    if (this.#finished) return;
    this.#last = status;
    this.#together(() => this.#draw(status));
  }

  message(text: string, kind: MessageKind = "note"): void {
    this.#together(() => {
      this.#erase();
      this.#write(`${kind === "note" ? text : this.#paint("warning", text)}\n`);
      if (this.#last && !this.#finished) this.#draw(this.#last);
    });
  }

  finish(_status: EncodeStatus | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#together(() => this.#erase());
  }

  segment(): void {}

  summary(text: string): void {
    this.message(text);
  }

  continued(): void {
    this.#log.done();
    this.#drawn = null;
  }

  #draw(status: EncodeStatus): void {
    const size = this.stderr.size();
    if (this.#drawn && this.#drawn.columns !== size.columns) this.#erase();
    this.#size = size;
    const lines = layoutStatus(status, size, this.#paint);
    this.#log(lines.join("\n"));
    const widths = layoutStatus(status, size, (_, text) => text).map((line) => line.length);
    this.#drawn = { lineWidths: widths, columns: size.columns };
  }

  /** Takes the lines off the terminal and leaves the cursor where they began. */
  #erase(): void {
    if (!this.#drawn) return;
    const size = this.stderr.size();
    if (this.#drawn.columns === size.columns) {
      this.#log.clear();
    } else {
      // The terminal has wrapped (or joined again) what was drawn for its former width; count rows as they are now.
      const rows = this.#drawn.lineWidths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / size.columns)), 0);
      this.#write(`\r\x1b[${Math.min(rows, Math.max(1, size.rows - 1))}A\x1b[J`);
      this.#log.done();
    }
    this.#drawn = null;
  }

  #write(text: string): void {
    if (this.#pending) this.#pending.push(text);
    else this.stderr.write(text);
  }

  #together(draw: () => void): void {
    this.#pending = [];
    draw();
    const text = this.#pending.join("");
    this.#pending = null;
    if (text !== "") this.stderr.write(text);
  }
}
