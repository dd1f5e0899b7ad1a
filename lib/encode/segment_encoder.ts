// Encodes one segment on the calling thread, frame by frame: what a slot does, wherever the frames come from. One context
// of rav1e, made when the segment starts and freed when it ends: the packets are handed on first, since that takes
// milliseconds. The loop is synchronous; it looks at its control between frames, so that a cancelled segment ends within
// one frame's work.

import { SegmentDigest } from "../../ffi/digest.ts";
import { Encoder } from "../../ffi/encoder.ts";
import type { Library } from "../../ffi/library.ts";
import { joinedBytes } from "../joined_bytes.ts";
import { segmentFault } from "./fault_points.ts";
import type { EncoderSettings } from "./settings.ts";
import type { SlotControl } from "./slot_control.ts";

/** What a slot is given. */
export interface SegmentTask {
  readonly index: number;
  /** First frame, counted from the first that is encoded. */
  readonly first: number;
  /** Which try this is, from 1. */
  readonly attempt: number;
}

/** A finished segment: its packets in frame order, one a frame, the first a keyframe. */
export interface SegmentPackets {
  readonly index: number;
  /** First frame, counted from the first that is encoded. */
  readonly first: number;
  readonly frames: number;
  /** Bytes of each packet. */
  readonly sizes: Uint32Array<ArrayBuffer>;
  /** The packets one after the other. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Of the samples of all its frames (SegmentDigest of ffi/digest.ts). */
  readonly inputDigest: Uint8Array<ArrayBuffer>;
  /** Seconds from the first frame's arrival to the last packet, waiting for frames left out. */
  readonly seconds: number;
  /** When the first frame went to the encoder, milliseconds since 1970. */
  readonly firstFrameSentAt: number;
}

/** Thrown when the control says so. */
export class SegmentCancelled extends Error {
  override name = "SegmentCancelled";
}

/** Gives the frames of the video by number, counted from the first that is encoded. */
export interface FrameSource {
  /** Gives the frame's SHA-256 where that is known already. */
  readFrame(frame: number, into: Uint8Array<ArrayBuffer>): Uint8Array | undefined;
}

export interface SegmentEncoder {
  readonly library: Library;
  readonly settings: EncoderSettings;
  /**
   * Room for one frame, the same for all segments of a thread: one of its own for each would wait for the garbage collector,
   * of which dozens of megabytes may have come together when that runs.
   */
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly source: FrameSource;
  readonly control: SlotControl;
  /** The encoder places keyframes itself (ResolvedSettings.onePiece). */
  readonly onePiece: boolean;
}

/** Calls `deliver` once, at the end. Throws what the source and the encoder throw, and SegmentCancelled. */
export function encodeSegment(
  environment: SegmentEncoder,
  task: SegmentTask,
  deliver: (packets: SegmentPackets) => void,
): void {
  const { library, settings, frame, source, control, onePiece } = environment;
  const started = performance.now();
  let waited = 0, firstFrameSentAt = 0;
  const packets: Uint8Array<ArrayBuffer>[] = [];
  using encoder = new Encoder(library, settings, task.first);
  using digest = new SegmentDigest(library);
  for (let sent = 0;;) {
    if (control.cancelled) throw new SegmentCancelled();
    const received = encoder.receive();
    if (received === "end") break;
    if (received === "again") continue;
    if (received !== "need-frame") {
      if (received.frame !== packets.length || (!onePiece && received.key !== (packets.length === 0))) {
        throw new Error(
          `The encoder gave ${received.key ? "a keyframe" : "a packet"} for frame ${task.first + received.frame} ` +
            `where frame ${task.first + packets.length} was due`,
        );
      }
      packets.push(received.data);
      control.countPacket(received.data.length);
      continue;
    }
    const asked = performance.now();
    const next = control.awaitFrame(sent);
    waited += performance.now() - asked;
    if (next === "cancelled") throw new SegmentCancelled();
    if (next === "end") {
      encoder.flush();
      continue;
    }
    segmentFault(library, task, sent);
    const known = source.readFrame(task.first + sent, frame);
    if (known === undefined) digest.addFrame(frame);
    else digest.addDigests(known);
    if (sent === 0) firstFrameSentAt = performance.timeOrigin + performance.now();
    encoder.send(frame);
    control.countFrame();
    sent++;
  }
  if (packets.length !== control.sent) {
    throw new Error(`The encoder gave ${packets.length} packets for ${control.sent} frames from frame ${task.first}`);
  }
  const seconds = (performance.now() - started - waited) / 1000;
  const { index, first } = task, inputDigest = digest.finish();
  deliver({ index, first, frames: packets.length, ...joined(packets), inputDigest, seconds, firstFrameSentAt });
}

function joined(packets: Uint8Array<ArrayBuffer>[]): Pick<SegmentPackets, "sizes" | "data"> {
  return { sizes: Uint32Array.from(packets, (packet) => packet.length), data: joinedBytes(packets) };
}
