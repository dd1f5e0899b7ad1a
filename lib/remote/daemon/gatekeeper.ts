// Who may try to prove the password: a limited number of connections in all and from one network, whatever the others do. A
// connection beyond that waits in a line, unread; who is called from it is drawn by lot, so that a flood cannot stand in
// front of anybody for good. A seat of somebody who says nothing is taken away as soon as another wants it. After a
// wrong password a seat stays taken for a while, longer each time: that is what guesses cost. A network that has no
// connection yet gets a seat at the cost of the one that has most.

import { authTimeoutMs, mostUnprovenPerAddress, mostUnprovenSessions } from "../limits.ts";

/** Connections that wait for a seat, in all and from one network. */
const mostInLine = 256;
const mostInLinePerNetwork = 64;
/** Who waited so long has given up, or is one of a flood. */
const mostInLineMs = 2 * authTimeoutMs;
/**
 * A seat is taken from somebody silent only after both: a hello may be under way for so long since the connection was made,
 * and one that came while it waited in line takes a moment to be read. TLS begins only then, and takes a round trip.
 */
const silenceIsAllowedMs = { sinceItCame: 250, sinceItSat: 20, sinceItSatWithTls: 250 } as const;
/**
 * How long a seat stays taken after a wrong password: doubled with each, forgotten after a while without. At the most, that
 * is 16 guesses a second from one network; more would keep out who shares that network with a guesser.
 */
const penaltyMs = { least: 125, most: 500 } as const;
const failuresAreForgottenAfterMs = 60_000;
/** Networks whose failures are remembered; beyond it the oldest are forgotten. */
const mostNetworksRemembered = 10_000;

/** What a connection has while it proves the password. */
export interface Seat {
  /** It said something that makes sense: silence is no reason any more to take its seat. */
  spoke(): void;
  /** It is proven, gone, or refused for a wrong password. May be called again. */
  leave(how: "proven" | "gone" | "wrong-password"): void;
}

export interface GatekeeperOptions {
  readonly mostInAll?: number;
  readonly mostPerNetwork?: number;
  /** Milliseconds; others in tests. */
  readonly now?: () => number;
  /** 0 to 1, below it; others in tests. */
  readonly random?: () => number;
  /** setTimeout, or what tests have instead. */
  readonly after?: (ms: number, call: () => void) => void;
}

interface Taken {
  readonly network: string;
  /** When silence is too long. */
  readonly silentUntilMs: number;
  hasSpoken: boolean;
  /** undefined: nobody sits there, it is a penalty. */
  evict: (() => void) | undefined;
}

interface InLine {
  readonly network: string;
  readonly cameMs: number;
  readonly withTls: boolean;
  readonly evict: () => void;
  readonly resolve: (seat: Seat | undefined) => void;
}

/** A seat that is free, one that can be taken away, or none. */
type Room = "free" | Taken | "none";

export class Gatekeeper {
  readonly #mostInAll: number;
  readonly #mostPerNetwork: number;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #after: (ms: number, call: () => void) => void;
  readonly #taken = new Set<Taken>();
  readonly #line: InLine[] = [];
  readonly #failures = new Map<string, { count: number; lastMs: number }>();
  #wakesAtMs: number | undefined;

  constructor(options: GatekeeperOptions = {}) {
    this.#mostInAll = options.mostInAll ?? mostUnprovenSessions;
    this.#mostPerNetwork = options.mostPerNetwork ?? mostUnprovenPerAddress;
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
    this.#after = options.after ?? ((ms, call) => Deno.unrefTimer(setTimeout(call, ms)));
  }

  /** Seats that are taken, penalties included, and connections that wait for one. */
  get counts(): { readonly seats: number; readonly line: number } {
    return { seats: this.#taken.size, line: this.#line.length };
  }

  /**
   * A connection has come. Resolves with its seat, when there is one; with undefined where there is no hope, or it waited
   * too long. `evict` is called at most once, when its seat is taken away.
   */
  enter(address: string, evict: () => void, withTls = false): Promise<Seat | undefined> {
    const network = networkOf(address);
    const { promise, resolve } = Promise.withResolvers<Seat | undefined>();
    this.#line.push({ network, evict, resolve, withTls, cameMs: this.#now() });
    this.#call();
    this.#shorten(network);
    return promise;
  }

  #leaveLine(entry: InLine): void {
    const at = this.#line.indexOf(entry);
    if (at < 0) return;
    this.#line.splice(at, 1);
    entry.resolve(undefined);
  }

  /** Too many wait: one of that network, drawn by lot, is sent away. */
  #shorten(network: string): void {
    const same = this.#line.filter((entry) => entry.network === network);
    const crowd = same.length > mostInLinePerNetwork ? same : this.#line.length > mostInLine ? this.#line : [];
    const unlucky = crowd[Math.floor(this.#random() * crowd.length)];
    if (unlucky !== undefined) this.#leaveLine(unlucky);
  }

  /** Gives seats to those in line, as long as there are any for them. Seats come free all the time, and each time this runs. */
  #call(): void {
    const oldestMs = this.#now() - mostInLineMs;
    while (this.#line[0] !== undefined && this.#line[0].cameMs < oldestMs) this.#leaveLine(this.#line[0]);
    while (this.#line.length > 0) {
      const counts = this.#counts(), rooms = new Map<string, Room>();
      const hopeful = this.#line.filter(({ network }) => {
        if (!rooms.has(network)) rooms.set(network, this.#roomFor(network, counts));
        return rooms.get(network) !== "none";
      });
      const next = hopeful[Math.floor(this.#random() * hopeful.length)];
      if (next === undefined) break;
      const room = rooms.get(next.network)!;
      if (typeof room === "object") {
        this.#taken.delete(room);
        room.evict?.();
      }
      this.#line.splice(this.#line.indexOf(next), 1);
      next.resolve(this.#sit(next));
    }
    this.#wakeForTheSilent();
  }

  #counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { network } of this.#taken) counts.set(network, (counts.get(network) ?? 0) + 1);
    return counts;
  }

  /** Whether there is a seat for a network, or whose it can have. */
  #roomFor(network: string, counts: ReadonlyMap<string, number>): Room {
    const own = counts.get(network) ?? 0;
    if (own < this.#mostPerNetwork && this.#taken.size < this.#mostInAll) return "free";
    // Sets keep their order: the oldest is found first.
    const seats = [...this.#taken].filter(({ evict }) => evict !== undefined);
    const silent = seats.filter((seat) => !seat.hasSpoken && this.#isLong(seat));
    if (own >= this.#mostPerNetwork) return silent.find((seat) => seat.network === network) ?? "none";
    const most = Math.max(...counts.values());
    return silent[0] ?? seats.find((seat) => most > own + 1 && counts.get(seat.network) === most) ?? "none";
  }

  #isLong({ silentUntilMs }: Taken): boolean {
    return this.#now() >= silentUntilMs;
  }

  #sit({ network, evict, cameMs, withTls }: InLine): Seat {
    const { sinceItCame, sinceItSat, sinceItSatWithTls } = silenceIsAllowedMs;
    const silentUntilMs = Math.max(cameMs + sinceItCame, this.#now() + (withTls ? sinceItSatWithTls : sinceItSat));
    const taken: Taken = { network, evict, silentUntilMs, hasSpoken: false };
    this.#taken.add(taken);
    return {
      spoke: () => {
        taken.hasSpoken = true;
      },
      leave: (how) => {
        if (taken.evict === undefined || !this.#taken.has(taken)) return;
        taken.evict = undefined;
        if (how !== "wrong-password") return this.#free(taken);
        this.#after(this.#penalty(network), () => this.#free(taken));
      },
    };
  }

  #free(taken: Taken): void {
    this.#taken.delete(taken);
    this.#call();
  }

  #penalty(network: string): number {
    const nowMs = this.#now(), past = this.#failures.get(network);
    const count = past === undefined || nowMs - past.lastMs > failuresAreForgottenAfterMs ? 1 : past.count + 1;
    this.#failures.delete(network);
    this.#failures.set(network, { count, lastMs: nowMs });
    if (this.#failures.size > mostNetworksRemembered) this.#failures.delete(this.#failures.keys().next().value!);
    return Math.min(penaltyMs.most, penaltyMs.least * 2 ** Math.min(20, count - 1));
  }

  /** Somebody waits, and somebody silent has a seat: it is looked at again when silence has been long enough. */
  #wakeForTheSilent(): void {
    if (this.#line.length === 0) return;
    const silent = [...this.#taken].filter((seat) => !seat.hasSpoken && seat.evict !== undefined);
    if (silent.length === 0) return;
    const nowMs = this.#now();
    const atMs = Math.min(...silent.map(({ silentUntilMs }) => silentUntilMs));
    if (this.#wakesAtMs !== undefined && this.#wakesAtMs <= atMs) return;
    this.#wakesAtMs = atMs;
    this.#after(Math.max(1, atMs - nowMs), () => {
      this.#wakesAtMs = undefined;
      this.#call();
    });
  }
}

/** Who has one address of IPv6 has 2^64 of them. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.replace(/%.*$/, "").toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":"), right = tail ? tail.split(":") : [];
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(gap).fill("0"), ...right];
  return `${groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":")}::/64`;
}
