// Opening an input that can be read only once, from its start to its end: standard input, a named pipe, a device, or a file
// that is to be treated like one. The reader's thread opens it, since that may wait for a writer; here that is awaited, and
// a signal still ends the process.

import { systemReason } from "../cli/system_reason.ts";
import { IncompleteError, InputError } from "../errors.ts";
import { endProcess } from "../machine/end_process.ts";
import { endWithUs, hasEnded } from "../machine/started_child.ts";
import { quotedPath } from "../media/printable.ts";
import type { Y4mHeader } from "../media/y4m_header.ts";
import type { ChildCommand } from "./child_command.ts";
import { type ChildStart, type PipeInput, type ReaderInput, type ReaderReport, received } from "./reader_protocol.ts";

export interface OpenPipeOptions {
  /** Gets time stamps of a child's frames as they come, of the input's frames from `first` on (reader_protocol.ts). */
  readonly onStamps?: (first: number, stamps: Float64Array) => void;
  /** No more will come: all frames were read, as far as they could be; or why reading failed. */
  readonly onEnd?: (failure?: Error) => void;
  /** The caller has a frame rate of its own (Y4mHeaderOptions). */
  readonly frameRateOverride?: boolean;
}

/** What a pipe gives at a read; larger reads are no use there. */
const pipeReadBytes = 64 * 1024;
const fileReadBytes = 1024 * 1024;
const stdinPaths = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
/** Device number of /dev/null on Linux. What was closed when the program started is opened as that by its runtime. */
const nullDevice = 0x103;

/** Whether `input` names standard input. */
export function isStdin(input: string): boolean {
  return stdinPaths.includes(input);
}

/** Waits for the header. Throws InputError: it is not there, not readable, empty, or no y4m. */
export async function openPipe(
  input: string,
  options: OpenPipeOptions = {},
): Promise<{ header: Y4mHeader; pipe: OpenedPipe }> {
  return await openDescribed(describeInput(input), options);
}

/** The same for what a child writes. `name`: what messages call the input. */
export async function openChild(
  name: string,
  child: ChildCommand,
  options: OpenPipeOptions = {},
): Promise<{ header: Y4mHeader; pipe: OpenedPipe }> {
  return await openDescribed({ path: null, name, isFile: false, readBytes: pipeReadBytes, child }, options);
}

async function openDescribed(input: PipeInput, options: OpenPipeOptions) {
  const pipe = new OpenedPipe(input, options);
  try {
    return { header: await pipe.open(options.frameRateOverride ?? false), pipe };
  } catch (error) {
    pipe.close();
    throw error;
  }
}

function describeInput(input: string): PipeInput {
  const fromStdin = isStdin(input);
  const name = fromStdin ? "standard input" : quotedPath(input);
  const refuse = (what: string, cause?: unknown) => new InputError(`Cannot read ${name}: ${what}`, { cause });
  if (fromStdin && Deno.stdin.isTerminal()) {
    throw refuse("it is a terminal; send a y4m video to it, as in: ffmpeg -i FILM -f yuv4mpegpipe - | ...");
  }
  let info: Deno.FileInfo | undefined;
  try {
    info = Deno.statSync(fromStdin ? "/dev/fd/0" : input);
  } catch (error) {
    // Where standard input cannot be looked at it can still be read.
    if (!fromStdin) throw refuse(systemReason(error), error);
  }
  if (info?.isDirectory) throw refuse("it is a directory; name a y4m file");
  if (!fromStdin && info?.isSocket) throw refuse("it is a socket; only files and pipes can be read");
  if (fromStdin && info?.isCharDevice && info.rdev === nullDevice) throw refuse("it is closed, or /dev/null");
  const isFile = info?.isFile ?? false;
  return { path: fromStdin ? null : input, name, isFile, readBytes: isFile ? fileReadBytes : pipeReadBytes };
}

/** What is heard of an input apart from its frames. */
export interface PipeWatch extends Pick<OpenPipeOptions, "onStamps" | "onEnd"> {
  /** The thread has it open. */
  readonly onOpened?: () => void;
  /** A watched input has ended after so many frames; to be answered with `writerEnded`. */
  readonly onDrained?: (frames: number) => void;
  /** Nothing more is read of it. */
  readonly onClosed?: () => void;
}

/** The reader's thread, with the input open. */
export class OpenedPipe {
  readonly #worker: Worker;
  #onReport: ((report: ReaderReport) => void) | undefined;
  #header: Y4mHeader | undefined;
  #child: number | undefined;
  #onClosed: (() => void) | undefined;
  /** What a child said before its first frame. */
  childStart: ChildStart | undefined;

  /** Starts the thread. */
  constructor(readonly input: PipeInput, { onStamps, onEnd, onOpened, onDrained, onClosed }: PipeWatch = {}) {
    this.#onClosed = onClosed;
    this.#worker = new Worker(new URL("./reader_thread.ts", import.meta.url), { type: "module", name: "reader" });
    this.#worker.onmessage = ({ data }: MessageEvent<ReaderReport>) => {
      if (data.kind === "child") endWithUs(this.#child = data.pid);
      else if (data.kind === "childEnded") this.#forgetChild();
      else if (data.kind === "opened") onOpened?.();
      else if (data.kind === "drained") onDrained?.(data.frames);
      else if (data.kind === "stamps") onStamps?.(data.first, data.stamps);
      else {
        if (data.kind === "end" || data.kind === "cut") onEnd?.();
        else if (data.kind === "failed") onEnd?.(received(data.error));
        this.#onReport?.(data);
      }
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const message = `Cannot read ${input.name} any further: the reader's thread ended: ${event.message}`;
      this.#onReport?.({ kind: "failed", error: { kind: "fault", message } });
    };
  }

  /** What messages call the input. */
  get name(): string {
    return this.input.name;
  }

  get header(): Y4mHeader {
    if (this.#header === undefined) throw new TypeError("Cannot use a pipe that was not opened");
    return this.#header;
  }

  open(frameRateOverride: boolean): Promise<Y4mHeader> {
    return new Promise((resolve, reject) => {
      this.#onReport = (report) => {
        if (report.kind === "header") {
          this.childStart = report.child;
          resolve(this.#header = report.header);
        } else if (report.kind === "failed") reject(received(report.error));
        // It waits: a script may look through its sources first.
        else if (report.kind !== "note") {
          reject(new IncompleteError(`The reader's thread said ${report.kind} before the header`));
        }
      };
      this.post({ kind: "open", input: this.input, frameRateOverride });
    });
  }

  /** Reports go to `onReport` from now on. */
  listen(onReport: (report: ReaderReport) => void): void {
    this.#onReport = onReport;
  }

  post(message: ReaderInput): void {
    this.#worker.postMessage(message);
  }

  close(): void {
    this.#onReport = undefined;
    this.#worker.terminate();
    const onClosed = this.#onClosed;
    this.#onClosed = undefined;
    onClosed?.();
    if (this.#child !== undefined) endProcess(this.#child);
    this.#forgetChild();
  }

  #forgetChild(): void {
    if (this.#child !== undefined) hasEnded(this.#child);
    this.#child = undefined;
  }
}
