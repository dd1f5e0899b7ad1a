// Progress for programs: standard error carries one JSON object a line (JSON Lines), each complete in itself and each
// with a `type`. Fields are added in later versions, never renamed; readers skip types and fields they do not know.
//
// {"type":"progress", ...}  about once a second of encoding, from the first status on
// {"type":"end", ...}       once, last of its kind, with the same fields; framesDone < frames: not complete
//   elapsed         seconds since encoding began; time in which the machine or the process was suspended not counted
//   frames          frames to encode, null while the input cannot tell
//   framesDone      packets made so far, those of segments still running included
//   fraction        framesDone / frames, 0 to 1, null while frames is null
//   bytes           bytes of those packets
//   kbps            thousands of bits a second of video so far, null before the first packet
//   estimatedBytes  bytes of the whole output at this rate, null where kbps or frames is
//   fps             frames encoded a second, lately; null at the start
//   eta             seconds left, null where it cannot be said
//   segments        segments known; segmentsDone of them are finished; planComplete: no more will be found
//   slots           one object a slot: {"slot":0} when idle, of a worker {"slot":0,"worker":"name"}; else also
//     segment  number of the segment, from 0      first  its first frame, from 0
//     frames   its frames, null if not known yet  done   packets so far
//     attempt  which try this is, from 1
//     encode   where there are several inputs: which it is of
// {"type":"segment", ...}   for each finished segment: its number (segment), slot, first (frame), frames, bytes (of its
//                           packets), start and end (seconds since encoding began); worker where one encoded it
// {"type":"summary", ...}   once, after the output has its name: lib/cli/summary.ts has its fields
// {"type":"message","kind":"note"|"warning"|"error","text":"..."}  what is a line of text in the other modes, the line
//   a run that failed ends with included; with --verbose that one has a `stack` too. Where there are several outputs, these
//   three have `output` for what is one's alone

import type { EncodeStatus } from "../../encode/status.ts";
import type { MessageKind, ProgressDisplay, ProgressStream } from "./display.ts";
import { figuresOf } from "./figures.ts";

const secondsBetween = 1;

export class JsonDisplay implements ProgressDisplay {
  #nextSeconds = -Infinity;
  #finished = false;

  constructor(private readonly stderr: ProgressStream) {}

  update(status: EncodeStatus): void {
    if (this.#finished || status.elapsed < this.#nextSeconds) return;
    this.#nextSeconds = status.elapsed + secondsBetween;
    this.#write(statusDocument("progress", status));
  }

  message(text: string, kind: MessageKind = "note", facts: object = {}): void {
    this.#write({ type: "message", kind, text, ...facts });
  }

  finish(status: EncodeStatus | null): void {
    if (this.#finished) return;
    this.#finished = true;
    if (status) this.#write(statusDocument("end", status));
  }

  segment(facts: object): void {
    this.#write({ type: "segment", ...facts });
  }

  summary(_text: string, facts: object): void {
    this.#write({ type: "summary", ...facts });
  }

  continued(): void {}

  #write(document: Record<string, unknown>): void {
    this.stderr.write(`${JSON.stringify(document)}\n`);
  }
}

/** The object of one status, as the head of this file describes it. */
function statusDocument(type: "progress" | "end", status: EncodeStatus): Record<string, unknown> {
  const { fraction, kbps, estimatedBytes } = figuresOf(status);
  return {
    type,
    elapsed: rounded(status.elapsed),
    frames: status.frames,
    framesDone: status.framesDone,
    fraction: rounded(fraction, 6),
    bytes: status.bytes,
    kbps: rounded(kbps),
    estimatedBytes: rounded(estimatedBytes, 0),
    fps: rounded(status.fps),
    eta: rounded(status.eta, 1),
    segments: status.segments,
    segmentsDone: status.segmentsDone,
    planComplete: status.planComplete,
    slots: status.slots.map(({ slot, worker, encode, segment }) => {
      const place = { slot, ...(worker !== null && { worker }), ...(encode !== undefined && { encode }) };
      return segment
        ? {
          ...place,
          segment: segment.index,
          first: segment.first,
          frames: segment.frames,
          done: segment.done,
          attempt: segment.attempt,
        }
        : place;
    }),
  };
}

function rounded(value: number | null, decimals = 3): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toFixed(decimals));
}
