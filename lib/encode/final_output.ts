// What a complete output is by its content, so that it can be known again whatever its name and time.

export interface FinalOutput {
  readonly bytes: number;
  /** Its first bytes in hexadecimal, those that are written last: as many as the container's head has, or none. */
  readonly head: string;
  /** SHA-256 of all that follows, in hexadecimal. */
  readonly digest: string;
}

export function headBytesOf({ head }: FinalOutput): number {
  return head.length / 2;
}
