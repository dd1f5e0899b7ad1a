// The encoder of one segment. Frames are sent when `receive` asks for one, `flush` ends the segment, `receive` goes on
// until it says "end": as many packets as frames were sent, in frame order.

import type { EncoderSettings } from "../lib/encode/settings.ts";
import { encodeSettings, type Library } from "./library.ts";
import { NativeHandle } from "./native_handle.ts";

/** A temporal unit: what shows one frame. */
export interface Packet {
  /** The frame, counted from the segment's first. */
  readonly frame: number;
  readonly key: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A packet, or what the encoder waits for: "again" is a frame encoded that a later packet shows. */
export type Received = Packet | "need-frame" | "again" | "end";

export class Encoder implements Disposable {
  readonly #handle: NativeHandle;
  readonly #info = new BigUint64Array(4);
  readonly #infoBytes = new Uint8Array(this.#info.buffer);

  /**
   * `firstFrame` is the segment's first frame in the whole video (film grain depends on it).
   * Throws LibraryError when the settings are refused.
   */
  constructor(readonly library: Library, settings: EncoderSettings, firstFrame: number) {
    const json = encodeSettings(settings);
    const id = library.symbols.rbg_encoder_new(json, BigInt(json.length), BigInt(firstFrame));
    this.#handle = new NativeHandle(library, id, "rbg_encoder_free");
  }

  /** Sends the next frame: its planes without padding, as VideoFormat describes them. The bytes are copied. */
  send(frame: Uint8Array): void {
    const { library } = this;
    library.unwrap(library.symbols.rbg_encoder_send(this.#handle.id, frame, BigInt(frame.length)));
  }

  flush(): void {
    this.library.unwrap(this.library.symbols.rbg_encoder_flush(this.#handle.id));
  }

  receive(): Received {
    const { library } = this;
    const status = library.unwrap(library.symbols.rbg_encoder_receive(this.#handle.id, this.#infoBytes));
    switch (status) {
      case 0:
        return "need-frame";
      case 1:
        return this.#packet();
      case 2:
        return "again";
      default:
        return "end";
    }
  }

  #packet(): Packet {
    const { library } = this;
    const [length = 0n, frame = 0n, key = 0n] = this.#info;
    const data = new Uint8Array(Number(length));
    library.unwrap(library.symbols.rbg_encoder_packet(this.#handle.id, data, length));
    return { frame: Number(frame), key: key === 1n, data };
  }

  close(): void {
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
