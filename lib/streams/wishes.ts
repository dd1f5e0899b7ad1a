// What is wanted of the source's other streams.

export const streamChoices = ["copy", "none"] as const;
export type StreamChoice = typeof streamChoices[number];

export interface StreamWishes {
  readonly audio: StreamChoice;
  readonly subtitles: StreamChoice;
  /** Frames of the source are left out before the first one: what is written anew would begin too early. */
  readonly isCutBefore: boolean;
  /** Nothing can be patched in what is written. */
  readonly isStream?: boolean;
}
