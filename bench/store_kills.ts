// SIGKILL at random moments of a process that commits segments, each time followed by a look at every byte that it had
// called durable. Ends at the first that is missing or wrong.
// usage: deno run --allow-all bench/store_kills.ts [ROUNDS=1000] [FOLDER=.]

import { killRound } from "../tests/support/store_kills.ts";

const rounds = Number(Deno.args[0] ?? 1000);
const folder = Deno.makeTempDirSync({ dir: Deno.args[1] ?? ".", prefix: "store-kills-" });
/** Segments of one store; when all are in it a new one is begun. */
const segments = 400;
try {
  let kills = 0, stores = 1, kept = 0;
  for (let round = 0; round < rounds; round++) {
    const path = `${folder}/${stores}`;
    const outcome = await killRound(path, segments, Math.random);
    if (outcome.kept < kept) throw new Error(`Round ${round}: ${outcome.kept} segments are left of ${kept}`);
    kills += outcome.killed ? 1 : 0;
    kept = outcome.kept;
    if (kept < segments) continue;
    for (const { name } of Deno.readDirSync(folder)) Deno.removeSync(`${folder}/${name}`);
    stores++;
    kept = 0;
  }
  console.log(`${rounds} of ${rounds} rounds: nothing lost, nothing wrong; ${kills} kills, ${stores} stores`);
} finally {
  Deno.removeSync(folder, { recursive: true });
}
