// A display as one of several encodes sees it: its lines say whose they are, and what moves is nobody's alone.

import type { ProgressDisplay } from "./display.ts";

/** `label` stands before messages; `facts` are added to what programs are told. */
export function labelledDisplay(display: ProgressDisplay, label: string, facts: object): ProgressDisplay {
  return {
    update() {},
    finish() {},
    continued() {},
    message: (text, kind) => display.message(`${label}: ${text}`, kind, facts),
    segment: (segment) => display.segment({ ...facts, ...segment }),
    summary: (text, summary) => display.summary(text, { ...facts, ...summary }),
  };
}
