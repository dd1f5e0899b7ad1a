// Runs a child as the reader's thread does and takes its y4m apart, without an encoder behind it.

import { createHash } from "node:crypto";
import type { ChildCommand } from "../../../lib/pipe/child_command.ts";
import { WatchedChild } from "../../../lib/pipe/watched_child.ts";
import { Y4mStream } from "../../../lib/media/y4m_stream.ts";

export interface ChildFrames {
  /** MD5 of each frame's samples. */
  readonly hashes: string[];
  /** In ticks of the child's clock. */
  readonly stamps: number[];
  readonly child: WatchedChild;
  readonly code: number;
}

export async function childFrames(command: ChildCommand): Promise<ChildFrames> {
  const stamps: number[] = [], hashes: string[] = [];
  const child = new WatchedChild(command, (first, more) => {
    if (first !== stamps.length) throw new Error(`stamps from ${first} on after ${stamps.length}`);
    stamps.push(...more);
  });
  const stream = new Y4mStream({ name: "the child", frameRateOverride: true });
  let frame = new Uint8Array();
  for (let piece; (piece = await child.next()) !== null;) {
    while (piece.length > 0) {
      const { event, bytes } = stream.take(piece, frame);
      piece = piece.subarray(bytes);
      if (event === "header") frame = new Uint8Array(stream.frameBytes);
      if (event === "frame") hashes.push(createHash("md5").update(frame).digest("hex"));
      if (event === "damaged") throw new Error(stream.damage);
    }
  }
  const { code } = await child.ended();
  return { hashes, stamps, child, code };
}
