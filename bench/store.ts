// What durable commits cost: one after the other, and as many at once as a busy run may have. A commit is durable before
// the next is asked for, so the disk decides; the middle value is shown, with the least and the most.
// usage: deno run --allow-all bench/store.ts [FOLDER=.] [TINY_SEGMENTS=20000]

import { ResumeStore } from "../lib/resume/store.ts";
import { identity, opening, runState } from "../tests/unit/resume/samples.ts";
import { spread, verdict } from "./support/statistics.ts";

const folder = Deno.makeTempDirSync({ dir: Deno.args[0] ?? ".", prefix: "store-bench-" });
const tiny = Number(Deno.args[1] ?? 20_000);
const chunk = crypto.getRandomValues(new Uint8Array(65536));

function packets(index: number, bytes: number) {
  const data = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += chunk.length) data.set(chunk.subarray(0, Math.min(chunk.length, bytes - at)), at);
  return {
    index,
    first: index,
    frames: 1,
    sizes: Uint32Array.of(bytes),
    data,
    seconds: 1,
    firstFrameSentAt: 0,
    inputDigest: new Uint8Array(32),
  };
}

function planOf(segments: number) {
  return { decided: segments, keyframes: Array.from({ length: segments }, (_, index) => index), complete: true };
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await what();
  return performance.now() - started;
}

async function fresh(name: string, segments: number): Promise<ResumeStore> {
  const { store } = await ResumeStore.open(`${folder}/${name}`, identity(), opening);
  store.extendPlan(planOf(segments));
  return store;
}

try {
  const opens: number[] = [];
  for (let run = 0; run < 9; run++) {
    opens.push(
      await timed(async () => {
        const { store } = await ResumeStore.open(`${folder}/open-${run}`, identity(), opening);
        queueMicrotask(() => store.close(true));
      }),
    );
  }
  console.log(`a new store, thread and all: ${spread(opens, 0)} ms`);

  for (const [bytes, count] of [[2_000, 200], [5_000_000, 40], [100_000_000, 3]] as const) {
    const store = await fresh(`one-by-one-${bytes}`, count);
    const times: number[] = [];
    for (let index = 0; index < count; index++) {
      const segment = packets(index, bytes);
      times.push(await timed(() => store.commit(segment)));
    }
    await store.remove();
    console.log(`a commit of ${bytes} bytes, durable: ${spread(times, 1)} ms`);
  }

  const store = await fresh("announced", 200);
  const announcements: number[] = [];
  for (let index = 0; index < 200; index++) announcements.push(await timed(() => store.announce([index], runState)));
  await store.remove();
  console.log(`an announcement, durable: ${spread(announcements, 1)} ms`);

  for (const atOnce of [1, 16, 256]) {
    const many = await fresh(`tiny-${atOnce}`, tiny);
    const seconds = await timed(async () => {
      let next = 0;
      const line = async () => {
        while (next < tiny) await many.commit(packets(next++, 2_000));
      };
      await Promise.all(Array.from({ length: atOnce }, line));
    }) / 1000;
    await many.close(true);
    const again = await timed(async () => {
      const { store, restored } = await ResumeStore.open(`${folder}/tiny-${atOnce}`, identity(), opening);
      if (restored?.segments.length !== tiny) throw new Error("segments are missing");
      await store.remove();
    }) / 1000;
    // One by one it is the disk's own time for a durable write, and no run does that.
    console.log(
      `${tiny} segments of 2 KB, ${atOnce} at once: ${seconds.toFixed(1)} s ` +
        (atOnce > 1 ? `${verdict(seconds, "<=", 60)}, ` : "") +
        `opened again and verified in ${again.toFixed(1)} s`,
    );
  }

  const large = await fresh("large", 200);
  for (let index = 0; index < 200; index++) await large.commit(packets(index, 5_000_000));
  await large.close(true);
  const seconds = await timed(async () => {
    const { store } = await ResumeStore.open(`${folder}/large`, identity(), opening);
    await store.remove();
  }) / 1000;
  console.log(
    `1 GB opened again and verified: ${seconds.toFixed(1)} s; ${Math.round(Deno.memoryUsage().rss / 1e6)} MB resident`,
  );
} finally {
  Deno.removeSync(folder, { recursive: true });
}
