// A program whose standard output is the video: what is started, and what its source is said to hold. Plain data for the
// reader's thread, which starts it.

export interface ChildCommand {
  /** Path or name, as it is started. */
  readonly program: string;
  readonly args: readonly string[];
  /** What messages call it: "ffmpeg". */
  readonly name: string;
  /** Whose log its standard error is: ffmpeg's with levels and our filter's lines (child_log.ts), or any text. */
  readonly log: "ffmpeg" | "plain";
  /** Often wrong: they count only beside errors that the child reported. */
  readonly claims: ChildClaims;
  /** The file that it reads, and how large it was then: one that is still being written ends anywhere, without an error. */
  readonly file?:
    | { readonly path: string; readonly bytes: number }
    | undefined;
}

/** What the container says of the whole video; null where it is silent. */
export interface ChildClaims {
  readonly frames: number | null;
  /** Seconds on the source's clock at which the last frame has been shown. */
  readonly endSeconds: number | null;
}
