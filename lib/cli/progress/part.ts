// One encode of several under one display: its lines say which it is, and what moves is drawn for all of them together.

import type { MessageKind, ProgressDisplay } from "./display.ts";

export class PartDisplay implements ProgressDisplay {
  /** `label`: before each line. `fields`: beside the facts of each segment and of the summary. */
  constructor(
    private readonly whole: ProgressDisplay,
    private readonly label: string,
    private readonly fields: Readonly<Record<string, unknown>> = {},
  ) {}

  update(): void {}

  message(text: string, kind?: MessageKind): void {
    this.whole.message(`${this.label}: ${text}`, kind);
  }

  finish(): void {}

  segment(facts: object): void {
    this.whole.segment({ ...this.fields, ...facts });
  }

  summary(text: string, facts: object): void {
    this.whole.summary(text, { ...this.fields, ...facts });
  }

  continued(): void {}
}
