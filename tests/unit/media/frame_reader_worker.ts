// The other thread of frame_reader_test.ts: opens the file it is told of with the layout it is sent and answers with
// the samples of one frame.

/// <reference lib="deno.worker" />

import type { FrameLayout } from "../../../lib/media/frame_layout.ts";
import { FrameReader } from "../../../lib/media/frame_reader.ts";

self.onmessage = ({ data }: MessageEvent<{ path: string; layout: FrameLayout; frame: number }>) => {
  using reader = new FrameReader(data.path, data.layout);
  const samples = new Uint8Array(data.layout.frameBytes);
  reader.readFrame(data.frame, samples);
  self.postMessage(samples);
};
