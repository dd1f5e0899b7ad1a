// Which part of what detection reports is new to the store. A run that goes on may detect everything anew or only what was
// not decided yet; either way the plan in the store is extended, never changed: a keyframe that moved would give every
// segment after it another place.

import type { Detected } from "../encode/plan.ts";
import { IncompleteError } from "../errors.ts";
import type { Plan } from "./documents.ts";

export class PlanFollower {
  readonly #stored: Plan;
  #seen: number | undefined;
  /** Stored keyframes below what was seen: a film has tens of thousands, and as many reports. */
  #behind = 0;

  /** `stored` is what the store had when it was opened. */
  constructor(stored: Plan) {
    this.#stored = stored;
  }

  /** The new part of a report, undefined where there is none. Throws IncompleteError where the report contradicts. */
  follow(detected: Detected): Plan | undefined {
    const { decided, keyframes, complete } = this.#stored;
    // Detection from the start finds the keyframe 0 first.
    this.#seen ??= detected.keyframes[0] === 0 ? 0 : decided;
    const end = Math.min(decided, detected.decided);
    const between = (frame: number) => frame >= this.#seen! && frame < end;
    const known: number[] = [], found = detected.keyframes.filter(between);
    for (let frame; (frame = keyframes[this.#behind]) !== undefined && frame < end; this.#behind++) {
      if (between(frame)) known.push(frame);
    }
    const beyond = complete && (detected.decided > decided || (detected.complete && detected.decided !== decided));
    if (beyond || known.length !== found.length || known.some((frame, index) => frame !== found[index])) {
      throw new IncompleteError(
        `Cannot go on with the resume file: up to frame ${detected.decided} its plan has other keyframes than are found now; ` +
          "add --restart to begin anew",
      );
    }
    this.#seen = Math.max(this.#seen, detected.decided);
    const fresh = detected.keyframes.filter((frame) => frame >= decided);
    if (complete || (detected.decided <= decided && !detected.complete)) return undefined;
    return { decided: detected.decided, keyframes: fresh, complete: detected.complete };
  }
}

/** Two parts of a plan as one; the second follows the first. */
export function joinedParts(one: Plan | undefined, other: Plan): Plan {
  if (one === undefined) return other;
  return { ...other, keyframes: [...one.keyframes, ...other.keyframes] };
}
