// What the tests of the bindings share: the real library and the frames of a small clip (its settings: settingsOf()).

import { libraryFile } from "../../ffi/build/library_file.ts";
import { Encoder } from "../../ffi/encoder.ts";
import type { Library } from "../../ffi/library.ts";
import type { EncoderSettings } from "../../lib/encode/settings.ts";

export { settingsOf } from "../support/settings_of.ts";

export const libraryPath = await libraryFile((line) => console.error(line));

export const frameBytes = 64 * 48 * 1.5;

/** Frame `number` of scene `scene`, 0 to 2: a texture that moves, each scene's another. */
export function frameOf(number: number, scene = 0): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(frameBytes);
  for (let at = 0; at < frameBytes; at++) {
    frame[at] = 60 * scene + 16 + ((at % 64 + number) * (3 + scene) + (at >> 6) * 5) % 50;
  }
  return frame;
}

/** The packets of a segment of so many frames. */
export function encode(library: Library, settings: EncoderSettings, frames: number, scene = 0): Uint8Array[] {
  using encoder = new Encoder(library, settings, 0);
  const packets: Uint8Array[] = [];
  for (let sent = 0;;) {
    const received = encoder.receive();
    if (received === "end") return packets;
    if (received === "again") continue;
    if (received !== "need-frame") packets.push(received.data);
    else if (sent < frames) encoder.send(frameOf(sent++, scene));
    else encoder.flush();
  }
}
