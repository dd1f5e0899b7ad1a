// All slots of a run, this machine's and those of workers: who has which segment.

import type { Station } from "./forecast.ts";
import type { AtWork, Ended } from "./at_work.ts";
import type { EncodeJob } from "./encode_job.ts";
import { RemoteCrew } from "./remote_crew.ts";
import { type Assignment, here } from "./scheduler.ts";
import { SlotCrew } from "./slot_crew.ts";

export class Crews {
  readonly local: SlotCrew;
  readonly remote: RemoteCrew;
  readonly #localSlots: number;

  constructor(job: EncodeJob) {
    const { library, settings, source, slots, fleet, crashMark, stallSeconds, resolved: { onePiece } } = job;
    const video = () => source.video;
    this.local = new SlotCrew({ library, settings, onePiece, crashMark, slots, stallSeconds, video });
    this.remote = new RemoteCrew(fleet);
    this.#localSlots = slots;
  }

  /** All tries, those that wait at workers among them. */
  get atWork(): AtWork[] {
    return [...this.#here, ...this.remote.atWork];
  }

  /** Slots at work. */
  get busy(): number {
    return this.local.busy + this.remote.atWork.filter(({ startedMs }) => startedMs !== undefined).length;
  }

  /** Slots that there are now. */
  get slots(): number {
    return this.#localSlots + this.remote.slots;
  }

  /** What decisions see. `localSlots` may begin something here now; `isHeld`: not before something that comes at once. */
  stations(nowMs: number, localSlots: number, isHeld: boolean): Station<AtWork>[] {
    const mine = { machine: here, slots: localSlots, ahead: 0, tries: this.#here, isHeld };
    return [mine, ...this.remote.stations(nowMs)];
  }

  /** Gives a machine that has room for it a segment. What `onEnded` throws goes to `onFailure`. */
  begin(
    machine: number,
    assignment: Assignment,
    onEnded: (ended: Ended) => void,
    onFailure: (error: unknown) => void,
  ): AtWork {
    return machine === here
      ? this.local.begin(assignment, onEnded, onFailure)
      : this.remote.begin(machine, assignment, onEnded, onFailure);
  }

  /** Gives up all tries for which this is true; each ends as "cancelled". */
  cancel(which: (given: AtWork) => boolean): void {
    for (const given of this.atWork) if (which(given)) given.cancel();
  }

  get #here(): AtWork[] {
    return this.local.atWork.filter((given) => given !== undefined);
  }
}
