// The other thread of encoder_test.ts: opens the library for itself and encodes a segment.

/// <reference lib="deno.worker" />

import { openLibrary } from "../../ffi/library.ts";
import { encode, libraryPath, settingsOf } from "./support.ts";

export interface EncodeTask {
  readonly frames: number;
  readonly scene: number;
}

self.onmessage = ({ data: { frames, scene } }: MessageEvent<EncodeTask>) => {
  self.postMessage(encode(openLibrary(libraryPath), settingsOf(), frames, scene));
};
// Modules with a top-level await may miss what is posted before they are loaded: the test waits for this.
self.postMessage("ready");
