// What happens to each frame of a pipe between its arrival and the pack it goes into: hashed where an earlier run has
// finished its segment, shown to the scene detector or placed by a given plan, or as another reader of the same frames places
// them, cut into packs. A reader that others follow tells them each decision before it acts on it.

import { SceneDetector } from "../../ffi/detector.ts";
import { SegmentDigest } from "../../ffi/digest.ts";
import { LibraryError, openLibrary } from "../../ffi/library.ts";
import { IncompleteError } from "../errors.ts";
import { KeyframeBoard } from "./keyframe_board.ts";
import { type DoneSegment, OtherSegment, PackCutter, type PackCutterOptions } from "./pack_cutter.ts";
import type { PlannedFrames, ReaderGo } from "./reader_protocol.ts";

export class FrameIntake implements Disposable {
  readonly cutter: PackCutter;
  readonly #name: string;
  readonly #skip: number;
  readonly #planned: PlannedFrames | undefined;
  readonly #placement: Placement;
  /** Where others read what is decided here. */
  readonly #led: KeyframeBoard | undefined;
  readonly #digest: SegmentDigest | undefined;
  /** Finished segments whose last frame has not come, the next one last. */
  readonly #toHash: DoneSegment[];
  #frames = 0;

  constructor(name: string, go: ReaderGo, on: Pick<PackCutterOptions, "onPack" | "onDetected">) {
    const library = openLibrary(go.library);
    this.#name = name;
    this.#skip = go.skip;
    this.#planned = go.planned;
    this.#led = go.keyframes?.leads ? new KeyframeBoard(go.keyframes.board) : undefined;
    this.#placement = go.planned !== undefined
      ? new GivenPlacement(go.planned)
      : go.keyframes?.leads === false
      ? new FollowedPlacement(new KeyframeBoard(go.keyframes.board))
      : new SceneDetector(library, go.settings, go.forcedKeyframes);
    this.#toHash = go.done.toSorted((a, b) => b.first - a.first);
    this.#digest = go.done.length > 0 ? new SegmentDigest(library) : undefined;
    this.cutter = new PackCutter({ ...go, ...on });
  }

  /** The next frame. Throws OtherSegment, and IncompleteError where the encoder would refuse it. */
  add(frame: Uint8Array): void {
    const number = this.#frames++;
    this.#hash(number, frame);
    let decisions: Uint8Array;
    try {
      // Lent for the time of the call: shared memory is as good as any.
      decisions = this.#placement.push(frame as Uint8Array<ArrayBuffer>);
    } catch (error) {
      if (!(error instanceof LibraryError)) throw error;
      const what = `Cannot encode frame ${this.#skip + number} of ${this.#name}: ${error.message}`;
      throw new IncompleteError(what, { cause: error });
    }
    this.#decide(decisions);
  }

  /** Takes what the reader that is followed has decided since the last frame came. Throws OtherSegment. */
  catchUp(): void {
    if (this.#placement instanceof FollowedPlacement) this.#decide(this.#placement.take());
  }

  /** All frames have come. One that follows is to have seen the end of what it follows. Throws OtherSegment. */
  finish(): void {
    this.#decide(this.#placement.finish());
    this.#led?.finish("whole");
    this.cutter.finish();
  }

  /** The input ends here, too early. Gives the first segment that will not be whole. */
  cut(): number {
    const { decided } = this.cutter;
    const planned = this.#planned;
    // By a plan the open segment may be whole; what would come next ends it.
    if (planned !== undefined && (decided === planned.frames || planned.keyframes.includes(decided))) {
      this.cutter.decide(true);
    }
    return Math.max(0, this.cutter.segment);
  }

  #decide(decisions: Uint8Array): void {
    for (const decision of decisions) {
      this.#led?.decide(decision === 1);
      this.cutter.decide(decision === 1);
    }
  }

  #hash(number: number, frame: Uint8Array): void {
    const segment = this.#toHash.at(-1);
    if (segment === undefined || number < segment.first) return;
    this.#digest!.addFrame(frame);
    if (number + 1 < segment.first + segment.frames) return;
    this.#toHash.pop();
    const digest = this.#digest!.finish();
    if (digest.some((byte, index) => byte !== segment.inputDigest[index])) throw new OtherSegment(segment);
  }

  [Symbol.dispose](): void {
    this.#led?.finish("broken");
    this.#placement.close();
    this.#digest?.close();
  }
}

type Placement = Pick<SceneDetector, "push" | "finish" | "close">;

/** Keyframes that are known: each frame is decided as it comes. */
class GivenPlacement implements Placement {
  readonly #keyframes: ReadonlySet<number>;
  readonly #decision = new Uint8Array(1);
  #frames = 0;

  constructor({ keyframes }: PlannedFrames) {
    this.#keyframes = new Set(keyframes);
  }

  push(): Uint8Array {
    this.#decision[0] = this.#keyframes.has(this.#frames++) ? 1 : 0;
    return this.#decision;
  }

  finish(): Uint8Array {
    return this.#decision.subarray(0, 0);
  }

  close(): void {}
}

/** Keyframes that another reader finds: a frame is decided when that has decided it and it has come here, too. */
class FollowedPlacement implements Placement {
  readonly #board: KeyframeBoard;
  #frames = 0;
  #decided = 0;

  constructor(board: KeyframeBoard) {
    this.#board = board;
  }

  push(): Uint8Array {
    this.#frames++;
    return this.take();
  }

  take(): Uint8Array {
    const from = this.#decided, to = Math.min(this.#frames, this.#board.decided);
    this.#decided = Math.max(from, to);
    return Uint8Array.from({ length: this.#decided - from }, (_, at) => this.#board.isKeyframe(from + at) ? 1 : 0);
  }

  finish(): Uint8Array {
    return this.take();
  }

  close(): void {}
}
