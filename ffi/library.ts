// librav1e, opened once a thread, when it is first needed and never on import. Its ABI number is checked before any other
// call. What a call reports goes through `unwrap`: a number, or a LibraryError with the library's own sentence.
//
// Ownership: the library stays open for the life of the process (threads may be inside a call); what it hands out are ids,
// freed by the `using` of the classes beside this file.

import type { EncoderSettings } from "../lib/encode/settings.ts";
import { leaveDamageMark } from "../lib/shape/start_marks.ts";
import { abiVersion, symbols } from "./symbols.ts";

/** A call that failed. `code` is one of `Code` in symbols.ts. */
export class LibraryError extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
    this.name = "LibraryError";
  }
}

/** What the library says of itself. */
export interface LibraryInfo {
  readonly abi: number;
  /** Version of rav1e, for instance 0.8.1. */
  readonly rav1e: string;
  readonly avSceneChange: string;
  /** Whether hand-written assembly is in it. */
  readonly asm: boolean;
  /** The level of that assembly which this CPU gets, in rav1e's words. */
  readonly cpu: string;
  /** Architecture and system. */
  readonly target: string;
}

/** What settings come to; rav1e's own arithmetic, so that nobody repeats it. */
export interface ResolvedSettings {
  readonly tileCols: number;
  readonly tileRows: number;
  /** Frames between keyframes at the most, above 0. */
  readonly keyint: number;
  readonly minKeyint: number;
  /** Frames. */
  readonly rdoLookaheadFrames: number;
  readonly sceneDetection: "standard" | "fast" | "none";
  /** Bytes of one raw frame. */
  readonly frameBytes: number;
  /** Whether the video must be one segment, with detection inside the encoder (settings/one_piece.rs). */
  readonly onePiece: boolean;
  readonly grainEntries: number;
  /** The line of the film grain table from which on rav1e reads nothing; null where it reads all. */
  readonly grainUnreadFromLine: number | null;
  /** The first four bytes of an AV1CodecConfigurationRecord (AV1 in ISOBMFF, section 2.3.3), in hexadecimal. */
  readonly av1c: string;
  readonly description: string;
}

/** Bytes; settings come to about 900. */
const usualText = 4096;

type Symbols = Deno.DynamicLibrary<typeof symbols>["symbols"];

export class Library {
  readonly symbols: Symbols;

  constructor(readonly path: string) {
    try {
      this.symbols = Deno.dlopen(path, symbols).symbols;
    } catch (cause) {
      const advice = leaveDamageMark();
      throw new Error(`Cannot open the encoder library ${path}: ${(cause as Error).message}${advice}`, { cause });
    }
    const found = this.symbols.rbg_abi_version();
    if (found !== abiVersion) {
      throw new Error(`Cannot use the encoder library ${path}: it speaks ABI ${found}, this program ${abiVersion}`);
    }
  }

  /** The result of a call, or its error thrown. */
  unwrap(result: bigint): number {
    const number = Number(result);
    if (number < 0) {
      throw new LibraryError(number, this.text((out, capacity) => this.symbols.rbg_last_error(out, capacity)));
    }
    return number;
  }

  /** Calls a function that gives text: once, and once more where it is longer than most. */
  private text(give: (out: Uint8Array<ArrayBuffer>, capacity: bigint) => bigint): string {
    let bytes = new Uint8Array(usualText);
    let length = this.unwrap(give(bytes, BigInt(bytes.length)));
    if (length > bytes.length) {
      bytes = new Uint8Array(length);
      length = this.unwrap(give(bytes, BigInt(length)));
    }
    return new TextDecoder().decode(bytes.subarray(0, length));
  }

  info(): LibraryInfo {
    return JSON.parse(this.text((out, capacity) => this.symbols.rbg_info(out, capacity)));
  }

  /** Checks settings with rav1e's own checks. Throws LibraryError (invalidSettings) with the reason. */
  resolve(settings: EncoderSettings): ResolvedSettings {
    const json = encodeSettings(settings);
    const size = BigInt(json.length);
    return JSON.parse(
      this.text((out, capacity) => this.symbols.rbg_settings_resolve(json, size, out, capacity)),
    );
  }
}

/** The settings document as the library reads it. */
export function encodeSettings(settings: EncoderSettings): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(settings));
}

let opened: Library | undefined;

/** The library of this thread. Asked for another path than before, it opens that one anew. */
export function openLibrary(path: string): Library {
  if (opened?.path !== path) opened = new Library(path);
  return opened;
}
