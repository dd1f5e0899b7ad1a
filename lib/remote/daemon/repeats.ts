// Keeps a log from being flooded by what strangers do: of events of one kind the first is said, those of the next minute are
// counted, and the first one after that says how many they were.

const quietMs = 60_000;
/** Kinds remembered; beyond it the oldest are forgotten. */
const mostKinds = 1_000;

export class Repeats {
  readonly #kinds = new Map<string, { untilMs: number; count: number }>();

  constructor(readonly now: () => number = () => performance.now()) {}

  /** What to add to the event's line ("", or how many there were); undefined where it is only counted. */
  note(kind: string): string | undefined {
    const nowMs = this.now(), past = this.#kinds.get(kind);
    if (past !== undefined && nowMs < past.untilMs) {
      past.count++;
      return undefined;
    }
    this.#kinds.delete(kind);
    this.#kinds.set(kind, { untilMs: nowMs + quietMs, count: 0 });
    if (this.#kinds.size > mostKinds) this.#kinds.delete(this.#kinds.keys().next().value!);
    return past === undefined || past.count === 0 ? "" : ` (and ${past.count} more since the last such line)`;
  }
}
