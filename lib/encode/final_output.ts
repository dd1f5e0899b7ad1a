// What a complete output is by its content, so that it can be known again whatever its name and time.

export interface FinalOutput {
  readonly bytes: number;
  /** The first so many are its head, which is written last. */
  readonly headBytes: number;
  /** SHA-256 of all that follows the head, then the head, in hexadecimal. */
  readonly digest: string;
}

export function isSameOutput(one: FinalOutput, other: FinalOutput): boolean {
  return one.bytes === other.bytes && one.headBytes === other.headBytes && one.digest === other.digest;
}
