// A process that commits segments into a store, a few at a time, and says on standard output which are durable: what
// store_kills.ts kills. Arguments: the store's path, segments in all.

import { ResumeStore } from "../../lib/resume/store.ts";
import { identity, opening, plan, runState, segment } from "../unit/resume/samples.ts";
import { packetBytes } from "./store_kills.ts";

const [path, count] = [Deno.args[0]!, Number(Deno.args[1])];
const { store, restored } = await ResumeStore.open(path, identity(), opening);
const done = new Set(restored?.segments.map(({ index }) => index));
say(`open ${done.size} ${restored?.damaged.length ?? 0}`);
store.extendPlan(plan(count));
for (let next = 0; next < count;) {
  const group: number[] = [];
  for (; next < count && group.length < 1 + next % 5; next++) if (!done.has(next)) group.push(next);
  await store.announce(group, runState);
  await Promise.all(group.map(async (index) => {
    await store.commit(segment(index, packetBytes(index)));
    say(`kept ${index}`);
  }));
}
await store.close(true);
say("end");
Deno.exit(0);

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
