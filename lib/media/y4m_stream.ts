// A y4m as it comes out of a pipe: bytes in any cut go in, the header and then frames come out, the same ones, and refused
// with the same words, as openY4mFile and FrameReader give for a file of those bytes. Nothing is kept but the header, a
// FRAME line that is not whole yet and six bytes where a known broken writer is told by; samples go straight to their place.

import { InputError } from "../errors.ts";
import { bareFrameLine } from "./frame_layout.ts";
import { describeFrameFault, type FrameLine, maxFrameLineBytes, readFrameLine } from "./frame_line.ts";
import { describeShortChroma, type ShortFrame, shortFrame } from "./short_chroma.ts";
import { frameBytes } from "./video_format.ts";
import { isY4mStart, maxHeaderBytes, parseY4mHeader, type Y4mHeader, type Y4mHeaderOptions } from "./y4m_header.ts";

/** What ended a `take`: all bytes were used up; the header, or a frame, is whole; the stream is damaged. */
export type StreamEvent = "more" | "header" | "frame" | "damaged";

export interface Taken {
  readonly event: StreamEvent;
  /** How many of the bytes given were used; the rest is for the next `take`. */
  readonly bytes: number;
}

export interface Y4mStreamOptions extends Omit<Y4mHeaderOptions, "path"> {
  /** What error messages call the input. */
  readonly name: string;
}

/** As many bytes tell what something is that is no y4m (file_kind.ts). */
const kindBytes = 512;
const newline = 0x0a;

export class Y4mStream {
  /** Once `take` has said "header". */
  header: Y4mHeader | undefined;
  /** Bytes of one frame's samples, likewise. */
  frameBytes = 0;
  /** Whole frames so far. */
  frames = 0;
  /** What is wrong where the next frame should be, one clause; frames are numbered from 0. */
  damage: string | undefined;
  readonly #options: Y4mStreamOptions;
  /** The header, or the FRAME line, as far as it came. */
  #line = new Uint8Array(bareFrameLine.length);
  #lineBytes = 0;
  /** Why the header is none, once that is known. */
  #refusal: InputError | undefined;
  /** Bytes used up. */
  #position = 0;
  /** Where the line of the frame that comes, or is being read, starts. */
  #frameStart = 0;
  /** Bytes of the frame's samples that are still to come; 0 where its line is. */
  #missing = 0;
  #short: ShortFrame | undefined;
  readonly #afterShort = new Uint8Array(bareFrameLine.length);

  constructor(options: Y4mStreamOptions) {
    this.#options = options;
  }

  /**
   * Uses up bytes until something is whole. `into` gets the samples of the frame that comes, the same buffer of
   * `frameBytes` until that is whole; without one they are dropped. Throws InputError where the bytes are no y4m.
   */
  take(bytes: Uint8Array, into?: Uint8Array): Taken {
    if (this.damage !== undefined) return { event: "damaged", bytes: 0 };
    if (this.header === undefined) return this.#takeHeader(bytes);
    let at = 0;
    if (this.#missing === 0) {
      at = this.#takeLine(bytes);
      if (this.damage !== undefined) return { event: "damaged", bytes: at };
      if (this.#missing === 0) return { event: "more", bytes: at };
    }
    const count = Math.min(this.#missing, bytes.length - at);
    into?.set(bytes.subarray(at, at + count), this.frameBytes - this.#missing);
    this.#missing -= count;
    this.#advance(bytes.subarray(at, at + count));
    if (this.#missing > 0) return { event: "more", bytes: at + count };
    this.frames++;
    this.#frameStart = this.#position;
    return { event: "frame", bytes: at + count };
  }

  /** No byte will come. Gives `damage`. Throws InputError where there is no whole header. */
  end(): string | undefined {
    this.refuseStart();
    if (this.header === undefined) {
      const what = this.#position === 0
        ? "it is empty"
        : `it ends after ${this.#position} bytes, inside its y4m header`;
      throw this.#refuse(what);
    }
    const left = this.#position - this.#frameStart;
    if (this.damage === undefined && left > 0) {
      this.#fault(this.#missing > 0 ? "frame" : readFrameLine(this.#line.subarray(0, this.#lineBytes)).kind);
    }
    return this.damage;
  }

  /** Throws why the bytes so far start no y4m, where that is known: for a source that pauses there. */
  refuseStart(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /**
   * What to say of a writer that gives short frames (short_chroma.ts); undefined for others. To be asked where frames do
   * not line up, or nothing more will be read: a whole frame 0 is wrong then.
   */
  get shortChroma(): string | undefined {
    const format = this.header?.format;
    if (format === undefined || this.#short === undefined || this.#position < this.#short.end) return undefined;
    const seen = Math.min(this.#position - this.#short.end, this.#afterShort.length);
    return describeShortChroma(this.#short, format, this.#afterShort.subarray(0, seen));
  }

  #takeHeader(bytes: Uint8Array): Taken {
    const before = this.#position;
    this.#keep(bytes.subarray(0, maxHeaderBytes - before), maxHeaderBytes);
    const start = this.#line.subarray(0, this.#lineBytes);
    try {
      const header = parseY4mHeader(start, this.#options);
      this.#position = this.#lineBytes;
      if (header === "more") return { event: "more", bytes: this.#lineBytes - before };
      this.header = header;
    } catch (error) {
      this.#position = this.#lineBytes;
      // What it is instead takes some more bytes to tell.
      if (!(error instanceof InputError) || isY4mStart(start) || this.#lineBytes >= kindBytes) throw error;
      this.#refusal = error;
      return { event: "more", bytes: this.#lineBytes - before };
    }
    const { headerBytes, format } = this.header;
    this.frameBytes = frameBytes(format);
    this.#short = shortFrame(format, headerBytes);
    this.#position = this.#frameStart = headerBytes;
    this.#line = new Uint8Array(bareFrameLine.length);
    this.#lineBytes = 0;
    return { event: "header", bytes: headerBytes - before };
  }

  /** Takes of the frame's line what there is. Gives the bytes used. */
  #takeLine(bytes: Uint8Array): number {
    // Six bytes are waited for before anything is judged: as many tell, and what a broken writer is told by is among them.
    let count = this.#keep(bytes.subarray(0, Math.max(0, bareFrameLine.length - this.#lineBytes)), maxFrameLineBytes);
    let line: FrameLine = { kind: "cut" };
    if (this.#lineBytes >= bareFrameLine.length) {
      line = readFrameLine(this.#line.subarray(0, this.#lineBytes));
      if (line.kind === "cut") {
        const end = bytes.indexOf(newline, count);
        const rest = bytes.subarray(count, end < 0 ? undefined : end + 1);
        count += this.#keep(rest.subarray(0, maxFrameLineBytes - this.#lineBytes), maxFrameLineBytes);
        line = readFrameLine(this.#line.subarray(0, this.#lineBytes));
      }
    }
    this.#advance(bytes.subarray(0, count));
    if (line.kind === "frame") {
      this.#missing = this.frameBytes;
      this.#lineBytes = 0;
    } else if (line.kind !== "cut") this.#fault(line.kind);
    return count;
  }

  /** Adds to the line that is not whole yet. Gives the bytes added: all. */
  #keep(bytes: Uint8Array, most: number): number {
    const needed = this.#lineBytes + bytes.length;
    if (needed > this.#line.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(needed, 2 * this.#line.length)));
      larger.set(this.#line.subarray(0, this.#lineBytes));
      this.#line = larger;
    }
    this.#line.set(bytes, this.#lineBytes);
    this.#lineBytes = needed;
    return bytes.length;
  }

  /** Counts bytes as used, and notes those that stand where a short frame 0 would end. */
  #advance(bytes: Uint8Array): void {
    const at = this.#position;
    this.#position += bytes.length;
    if (this.#short === undefined || at >= this.#short.end + bareFrameLine.length) return;
    const from = Math.max(0, this.#short.end - at);
    const seen = bytes.subarray(from, Math.max(from, this.#short.end + bareFrameLine.length - at));
    if (seen.length > 0) this.#afterShort.set(seen, at + from - this.#short.end);
  }

  #fault(kind: FrameLine["kind"]): void {
    const left = this.#position - this.#frameStart;
    const position = this.#frameStart;
    this.damage = describeFrameFault({ kind, input: "it", frame: this.frames, position, left });
  }

  #refuse(what: string): InputError {
    return new InputError(`Cannot read ${this.#options.name}: ${what}`);
  }
}
