// Says how its video is turned in a Matroska stream that passes: its head is held back until the tracks are whole.

import type { QuarterTurn } from "../containers/container.ts";
import { joinedBytes } from "../joined_bytes.ts";
import { mostBytesToTracks, turnedTracks } from "./turned_track.ts";

export class TurnedStream extends TransformStream<Uint8Array, Uint8Array> {
  /** `onFailure`: it has passed as it was. */
  constructor(turn: QuarterTurn, onFailure: () => void) {
    /** undefined once it has passed. */
    let held: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
    super({
      transform(piece, controller) {
        if (held === undefined) return controller.enqueue(piece);
        const head = held = joinedBytes([held, piece.slice()]), found = turnedTracks(head, turn);
        if (found === "more" && head.length < mostBytesToTracks) return;
        if (typeof found === "string") onFailure();
        else head.set(found.bytes, found.at);
        controller.enqueue(head);
        held = undefined;
      },
      flush(controller) {
        if (held === undefined) return;
        if (held.length > 0) controller.enqueue(held);
        onFailure();
      },
    });
  }
}
