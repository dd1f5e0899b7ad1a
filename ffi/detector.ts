// The scene detector: says of every frame, in order and a few frames late, whether rav1e would make it a keyframe.

import type { EncoderSettings } from "../lib/encode/settings.ts";
import { encodeSettings, type Library } from "./library.ts";
import { NativeHandle } from "./native_handle.ts";

/** Decisions a single call can give at most (ffi/librav1e/src/abi/detectors.rs), and the room that it asks for. */
const decisionsAtOnce = 16;

export class SceneDetector implements Disposable {
  readonly #handle: NativeHandle;
  readonly #decisions = new Uint8Array(decisionsAtOnce);

  /**
   * `forcedKeyframes` are frames, ascending, that are keyframes whatever is found, as if the detector had cut there.
   * Throws LibraryError when the settings or the list are refused.
   */
  constructor(readonly library: Library, settings: EncoderSettings, forcedKeyframes: readonly number[] = []) {
    const json = encodeSettings(settings);
    const forced = BigUint64Array.from(forcedKeyframes, BigInt);
    const id = library.symbols.rbg_detector_new(json, BigInt(json.length), forced, BigInt(forced.length));
    this.#handle = new NativeHandle(library, id, "rbg_detector_free");
  }

  /**
   * Takes the next frame (its planes without padding; shared memory is as good). Gives the decisions that became possible, one byte a frame in
   * frame order, 1 for a keyframe; valid until the next call.
   */
  push(frame: Uint8Array): Uint8Array {
    const { library } = this;
    const count = library.symbols.rbg_detector_push(
      this.#handle.id,
      frame,
      BigInt(frame.length),
      this.#decisions,
      BigInt(decisionsAtOnce),
    );
    return this.#decisions.subarray(0, library.unwrap(count));
  }

  /** Ends the video. Gives the decisions on the frames that are left. */
  finish(): Uint8Array {
    const { library } = this;
    const count = library.symbols.rbg_detector_finish(this.#handle.id, this.#decisions, BigInt(decisionsAtOnce));
    return this.#decisions.subarray(0, library.unwrap(count));
  }

  close(): void {
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
