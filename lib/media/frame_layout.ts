// Where the frames of a y4m file are. Either all FRAME lines are the bare marker and frames sit at equal distances, so
// that two numbers say it, or every frame's place is listed. Plain data for Web Workers; the list lies in shared
// memory, so that posting a layout to another worker copies nothing.

/** "FRAME" and a newline: the line before each frame's samples where it carries no parameters. */
export const bareFrameLine: Uint8Array = new TextEncoder().encode("FRAME\n");

/** Exactly one of `fixed` and `offsets` is there. Offsets are bytes from the start of the file. */
export interface FrameLayout {
  /** Bytes of one frame's samples. */
  readonly frameBytes: number;
  /** `firstFrame`: offset of the samples of frame 0; `stride`: from frame to frame, the marker included. */
  readonly fixed: { readonly firstFrame: number; readonly stride: number } | undefined;
  /** Offset of the samples of each frame. */
  readonly offsets: Float64Array | undefined;
}

/** Offset of the samples of frame `frame`, from 0. Throws RangeError for a number no frame can have. */
export function frameOffset(layout: FrameLayout, frame: number): number {
  const offset = layout.fixed === undefined
    ? layout.offsets?.[frame]
    : layout.fixed.firstFrame + frame * layout.fixed.stride;
  if (offset === undefined || !Number.isSafeInteger(frame) || frame < 0) {
    throw new RangeError(`Cannot locate frame ${frame}: the layout has no such frame`);
  }
  return offset;
}
