// What part of a fleet's time becomes finished segments: the scheduler as it runs, slots that only pretend, no clock. 100
// workers of which the fastest is 9 times the slowest, 30 segments a worker, costs known to 30 %; killed and hanging
// workers among them. Prints the median and the worst of all seeds for each kind of fleet, and the worst one's seed.
//
//   deno run -A bench/fleet.ts [seeds] [kind of fleet, from 1]

import { type FleetOptions, simulateFleet } from "../tests/unit/encode/fleet_world.ts";
import { numbersOr } from "./support/bench_clip.ts";

const [seeds, kind] = numbersOr(1000, 1);
const workers = 100, segments = 30 * workers;
const faults = { kills: 0.1, stalls: 0.002 };
const fleets: Record<string, Omit<FleetOptions, "seed">> = {
  "all at once, no faults": fleet({ kills: 0, stalls: 0 }),
  "all at once": fleet({}),
  "plan grows": fleet({ grows: true }),
  "1 to 4 slots a worker, 4 here, plan grows": fleet({ grows: true, slotsOfWorker: [1, 2, 3, 4], localSlots: 4 }),
};

function fleet(options: Partial<FleetOptions>): Omit<FleetOptions, "seed"> {
  const usual = { workers, segments, slotsOfWorker: [1], localSlots: 0, grows: false, ...faults };
  const slots = options.slotsOfWorker ?? usual.slotsOfWorker;
  const average = slots.reduce((sum, slots) => sum + slots, 0) / slots.length;
  return { ...usual, segments: segments * average, ...options };
}

for (const [name, options] of Object.entries(fleets).slice(...(Deno.args.length > 1 ? [kind - 1, kind] : []))) {
  const began = performance.now();
  const runs = Array.from({ length: seeds }, (_, seed) => ({ seed, ...simulateFleet({ ...options, seed }) }));
  const wrong = runs.find(({ commits }) => commits.some((count) => count !== 1));
  if (wrong !== undefined) throw new Error(`Seed ${wrong.seed}: a segment was not committed once`);
  runs.sort((a, b) => a.efficiency - b.efficiency);
  const worst = runs[0]!, median = runs[seeds >> 1]!;
  const mean = (what: (run: typeof worst) => number) => runs.reduce((sum, run) => sum + what(run), 0) / seeds;
  console.log(
    `${name}: efficiency ${median.efficiency.toFixed(4)} median, ${
      worst.efficiency.toFixed(4)
    } worst (seed ${worst.seed}); ` +
      `a run: ${mean(({ lost }) => lost).toFixed(1)} tries lost, ${mean(({ copies }) => copies).toFixed(1)} copies, ` +
      `${mean(({ takeOvers }) => takeOvers).toFixed(1)} taken over; ` +
      `${((performance.now() - began) / seeds).toFixed(0)} ms to simulate`,
  );
}
