// A fleet in virtual time around the real scheduler and allotment: machines with slots of unequal speed that take a while to
// get a segment's frames, tell now and then of what they do in bursts, die and come back, hang, and know a segment's cost no
// better than its length tells. Everything follows from one seed.

import { Allotment } from "../../../lib/encode/allotment.ts";
import type { Station, Try } from "../../../lib/encode/forecast.ts";
import { MachinePaces } from "../../../lib/encode/machine_pace.ts";
import { Plan } from "../../../lib/encode/plan.ts";
import { here, Scheduler } from "../../../lib/encode/scheduler.ts";
import { firsts, sum } from "./plans.ts";

export interface FleetOptions {
  readonly seed: number;
  readonly workers: number;
  /** Slots of each worker, drawn from these. */
  readonly slotsOfWorker: readonly number[];
  readonly segments: number;
  readonly localSlots: number;
  /** Detection finds the segments little by little, not all before the first is encoded. */
  readonly grows: boolean;
  /** Chances of a worker to be killed once, and of a try to hang. */
  readonly kills: number;
  readonly stalls: number;
  /** Segments that take every worker's process down. */
  readonly deadly?: readonly number[];
}

export interface FleetHistory {
  readonly scheduler: Scheduler;
  readonly segments: number;
  /** Commits of each segment. */
  readonly commits: readonly number[];
  /** Seconds from the beginning to the last commit. */
  readonly wall: number;
  /** Work of committed segments over what all machines could have done while they were alive, 0 to 1. */
  readonly efficiency: number;
  readonly lost: number;
  readonly copies: number;
  readonly takeOvers: number;
  /** For each deadly segment how many processes it took down. */
  readonly deaths: ReadonlyMap<number, number>;
}

/** Slowest and fastest slot, frames of usual cost a second. */
const speeds = [1, 9] as const;
/** A segment's cost a frame is this much off, at most. */
const estimateError = 0.3;
/** Until the frames of a segment are with a worker. */
const transferSeconds = 0.5;
const noticeDeadSeconds = 12;
const noticeStallSeconds = 15;
/** Frames that an encoder works on together: what it has done is seen then. */
const framesOfBurst = 4;
/** So often a worker is heard of. */
const heardEverySeconds = 0.5;
/** As long as nothing happens, it is looked at this often whether something is to be done because of that. */
const checkSeconds = 1;
const detectedFps = 2500;
const segmentsAheadPerSlot = 16;

interface GivenTry extends Try {
  readonly machine: Machine;
  readonly measuredMs: number;
  startedMs: number | undefined;
  arrivedAt: number;
  /** From then on nothing more is heard of it: it hangs, or its machine is dead. */
  silentAt: number;
  /** Ended, whichever way: what the heap still holds of it is void. */
  over: boolean;
}

interface Machine extends Station<GivenTry> {
  slots: number;
  ahead: number;
  readonly tries: GivenTry[];
  readonly speed: number;
  readonly size: number;
  /** Seconds alive before `aliveSince`. */
  aliveSeconds: number;
  aliveSince: number | undefined;
}

export function simulateFleet(options: FleetOptions): FleetHistory {
  return new FleetWorld(options).run();
}

class FleetWorld {
  readonly #random: () => number;
  readonly #plan = new Plan();
  readonly #scheduler: Scheduler;
  readonly #paces = new MachinePaces();
  readonly #allotment: Allotment;
  readonly #machines: Machine[] = [];
  readonly #lengths: number[];
  readonly #costs: number[];
  readonly #firsts: number[];
  readonly #events = new EventHeap();
  readonly #commits: number[];
  readonly #deaths = new Map<number, number>();
  #now = 0;
  #checkAt = Infinity;
  #lastCommit = 0;
  #work = 0;
  #lost = 0;
  #copies = 0;
  #takeOvers = 0;

  constructor(readonly options: FleetOptions) {
    const { seed, workers, slotsOfWorker, segments, localSlots, grows } = options;
    const random = this.#random = seeded(seed);
    this.#scheduler = new Scheduler(this.#plan, [], localSlots > 0);
    this.#allotment = new Allotment(this.#scheduler, this.#paces, { isReadable: () => true, isReserved: () => false });
    // As a film has them: most end at a cut, some are as long as keyframes may be apart.
    this.#lengths = Array.from({ length: segments }, () => {
      const kind = random();
      return kind < 0.6 ? this.#between(12, 90) : kind < 0.9 ? this.#between(91, 239) : 240;
    });
    this.#costs = this.#lengths.map((length) => length * (1 + estimateError * (2 * random() - 1)));
    this.#firsts = firsts(this.#lengths);
    this.#commits = Array(segments).fill(0);
    if (localSlots > 0) this.#machines.push(this.#machine(here, localSlots, 3));
    for (let worker = 1; worker <= workers; worker++) {
      const [least, most] = speeds;
      // Both ends are there.
      const speed = worker === 1 ? least : worker === 2 ? most : least + (most - least) * random();
      this.#machines.push(this.#machine(worker, slotsOfWorker[Math.floor(random() * slotsOfWorker.length)]!, speed));
    }
    if (grows) this.#detect(0);
    else this.#plan.advance({ decided: sum(this.#lengths), keyframes: this.#firsts, complete: true });
    this.#planKills();
  }

  run(): FleetHistory {
    this.#decide();
    while (!this.#scheduler.finished) {
      const event = this.#events.take();
      if (event === undefined) throw new Error("Nothing runs and nothing comes, but the fleet has not finished");
      this.#now = event.at;
      if (event.what()) this.#decide();
    }
    const capacity = sum(this.#machines.map((machine) => machine.size * machine.speed * this.#alive(machine)));
    return {
      scheduler: this.#scheduler,
      segments: this.#lengths.length,
      commits: this.#commits,
      wall: this.#lastCommit,
      efficiency: this.#work / capacity,
      lost: this.#lost,
      copies: this.#copies,
      takeOvers: this.#takeOvers,
      deaths: this.#deaths,
    };
  }

  #machine(machine: number, slots: number, speed: number): Machine {
    const ahead = machine === here ? 0 : slots;
    return {
      machine,
      slots,
      ahead,
      size: slots,
      speed,
      tries: [],
      isHeld: false,
      aliveSeconds: 0,
      aliveSince: 0,
    };
  }

  /** Seconds to the last commit in which it was alive. */
  #alive({ aliveSeconds, aliveSince }: Machine): number {
    return aliveSeconds + (aliveSince === undefined ? 0 : Math.max(0, this.#lastCommit - aliveSince));
  }

  /** As the detector reports: as fast as it is, and not further than the run allows. */
  #detect(decided: number): void {
    const slots = sum(this.#machines.map(({ slots }) => slots));
    const allowed = this.#firsts[this.#scheduler.started + segmentsAheadPerSlot * slots] ?? Infinity;
    const frames = sum(this.#lengths);
    const next = Math.max(decided, Math.min(frames, allowed, decided + detectedFps / 2));
    const keyframes = this.#firsts.filter((first) => first >= decided && first < next);
    this.#plan.advance({ decided: next, keyframes, complete: next === frames });
    if (next < frames) this.#at(0.5, () => (this.#detect(next), true));
  }

  #planKills(): void {
    const { kills } = this.options;
    const speed = sum(this.#machines.map(({ speed, size }) => speed * size));
    const expected = sum(this.#costs) / speed;
    for (const machine of this.#machines) {
      if (machine.machine === here || this.#random() >= kills) continue;
      const back = this.#random() < 0.5 ? 20 + 100 * this.#random() : undefined;
      const isQuiet = this.#random() < 0.5;
      this.#at(this.#random() * expected, () => this.#kill(machine, isQuiet, back));
    }
  }

  /** `isQuiet`: nobody hears of it before the heartbeat fails. */
  #kill(machine: Machine, isQuiet: boolean, backAfter: number | undefined): boolean {
    if (machine.aliveSince === undefined) return false;
    machine.aliveSeconds += Math.max(0, this.#now - machine.aliveSince);
    machine.aliveSince = undefined;
    for (const given of machine.tries) {
      given.over = true;
      given.silentAt = this.#now;
    }
    let had: GivenTry[] = [];
    const notice = () => {
      machine.slots = machine.ahead = 0;
      // Some were given to it after its death.
      had = machine.tries.splice(0);
      for (const given of had) given.over = true;
      for (const { segment } of had) this.#lose(segment, machine, isQuiet ? "unknown" : "no");
      return true;
    };
    if (backAfter !== undefined) {
      this.#at(backAfter, () => {
        machine.slots = machine.ahead = machine.size;
        machine.aliveSince = this.#now;
        if (isQuiet) { for (const { segment } of had) this.#scheduler.crashKnown(segment, false); }
        return true;
      });
    }
    if (!isQuiet) return notice();
    this.#at(noticeDeadSeconds, notice);
    return false;
  }

  #lose(segment: number, { machine }: Machine, crashed: "yes" | "no" | "unknown"): void {
    this.#lost++;
    this.#scheduler.lose(segment, machine, { crashed }, "its worker is gone");
  }

  #decide(): void {
    for (;;) {
      const decision = this.#allotment.decide(this.#now * 1000, this.#machines);
      if (decision === undefined) return this.#checkLater();
      const machine = this.#machines.find((one) => one.machine === decision.machine)!;
      if (machine.tries.length >= machine.slots + machine.ahead) throw new Error("More than it takes");
      if (decision.isCopy) this.#copies++;
      this.#give(machine, decision.segment);
      if (decision.instead === undefined) continue;
      this.#takeOvers++;
      const { given } = decision.instead;
      if (given.startedMs !== undefined) throw new Error("Taken from a slot that had begun");
      this.#end(given);
      this.#scheduler.release(given.segment);
    }
  }

  /** As the dispatcher does once the plan is known. */
  #checkLater(): void {
    if (!this.#plan.complete) return;
    const isPending = this.#checkAt < Infinity;
    this.#checkAt = this.#now + checkSeconds;
    if (!isPending) this.#at(checkSeconds, () => this.#check());
  }

  #check(): boolean {
    const after = this.#checkAt - this.#now;
    if (after > 0) this.#at(after, () => this.#check());
    else this.#checkAt = Infinity;
    return after <= 0;
  }

  #give(machine: Machine, segment: number): void {
    this.#scheduler.begin(segment, machine.machine);
    // deno-lint-ignore no-this-alias
    const world = this, cost = this.#costs[segment]!, frames = this.#lengths[segment]!;
    const given: GivenTry = {
      segment,
      machine,
      startedMs: undefined,
      arrivedAt: this.#now + (machine.machine === here ? 0 : transferSeconds),
      silentAt: machine.aliveSince === undefined ? this.#now : Infinity,
      over: false,
      isCancelled: false,
      get measuredMs() {
        const heardAt = machine.machine === here ? world.#now : world.#now - world.#now % heardEverySeconds;
        return Math.min(heardAt, this.silentAt) * 1000;
      },
      get done() {
        if (this.startedMs === undefined) return 0;
        const done = Math.max(0, this.measuredMs - this.startedMs) / 1000 * machine.speed / cost * frames;
        return Math.min(frames, framesOfBurst * Math.floor(done / framesOfBurst + 1e-9));
      },
      get idleMs() {
        if (this.startedMs === undefined) return 0;
        return world.#now * 1000 - this.startedMs - this.done * cost / frames / machine.speed * 1000;
      },
    };
    machine.tries.push(given);
    if (machine.machine === here) this.#startNext(machine);
    else this.#at(transferSeconds, () => (this.#startNext(machine), false));
  }

  #startNext(machine: Machine): void {
    if (machine.aliveSince === undefined) return;
    const free = machine.size - machine.tries.filter(({ startedMs }) => startedMs !== undefined).length;
    const ready = machine.tries.filter((given) => given.startedMs === undefined && given.arrivedAt <= this.#now + 1e-9);
    for (const given of ready.slice(0, free)) this.#start(machine, given);
  }

  #start(machine: Machine, given: GivenTry): void {
    given.startedMs = this.#now * 1000;
    const { segment } = given;
    if (machine.machine !== here && this.options.deadly?.includes(segment)) {
      this.#at(1, () => given.over ? false : this.#crash(machine, segment));
    } else if (machine.machine !== here && this.#random() < this.options.stalls) {
      const at = this.#random() * this.#costs[segment]! / machine.speed;
      given.silentAt = this.#now + at;
      this.#at(at + noticeStallSeconds, () => {
        if (given.over) return false;
        this.#end(given);
        this.#lose(segment, machine, "no");
        return true;
      });
    } else this.#at(this.#costs[segment]! / machine.speed, () => given.over ? false : this.#finish(given));
  }

  /** The process dies of what it encodes, and is back soon. */
  #crash(machine: Machine, segment: number): boolean {
    this.#deaths.set(segment, (this.#deaths.get(segment) ?? 0) + 1);
    const had = [...machine.tries];
    machine.tries.length = 0;
    for (const given of had) given.over = true;
    for (const given of had) this.#lose(given.segment, machine, given.segment === segment ? "yes" : "no");
    return true;
  }

  #finish(given: GivenTry): boolean {
    const { segment, machine } = given;
    this.#paces.learn(machine.machine, this.#lengths[segment]!, this.#now - given.startedMs! / 1000);
    this.#end(given);
    if (!this.#scheduler.arrive(segment)) return true;
    for (const other of this.#machines) {
      for (const one of other.tries.filter((one) => one.segment === segment)) this.#end(one);
    }
    this.#scheduler.commit(segment);
    this.#commits[segment]!++;
    this.#work += this.#costs[segment]!;
    this.#lastCommit = this.#now;
    return true;
  }

  #end(given: GivenTry): void {
    given.over = true;
    const { machine } = given;
    machine.tries.splice(machine.tries.indexOf(given), 1);
    this.#startNext(machine);
  }

  #at(after: number, what: () => boolean): void {
    this.#events.add({ at: this.#now + after, what });
  }

  #between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }
}

interface Event {
  readonly at: number;
  /** Whether anything is to be decided after it. */
  readonly what: () => boolean;
}

/** A binary heap, the earliest first. */
class EventHeap {
  readonly #heap: Event[] = [];

  add(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= event.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  take(): Event | undefined {
    const heap = this.#heap, first = heap[0], last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
