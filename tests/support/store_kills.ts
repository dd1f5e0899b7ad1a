// Kills a process that commits segments, at any moment, again and again, and looks each time at what its store has: all
// that was said to be kept, every byte of it, and nothing damaged.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openStore } from "../../lib/resume/opening.ts";
import { identity, opening, segment } from "../unit/resume/samples.ts";

/** From one page to many, so that transactions of all sizes are met. */
export function packetBytes(index: number): number {
  return [40, 700, 5_000, 60_000][index % 4]!;
}

export interface KillRound {
  /** Segments that are in the store after the kill. */
  readonly kept: number;
  readonly killed: boolean;
}

/** One process from its start to its death or its end. `random` gives 0 to 1; it alone decides the moment. */
export async function killRound(path: string, count: number, random: () => number): Promise<KillRound> {
  const script = fileURLToPath(new URL("store_child.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--quiet", script, path, `${count}`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  // Some are killed while they open the store, the others while they write.
  const early = random() < 0.25;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const killSoon = (ms: number) => timer ??= setTimeout(() => kill(child), ms * random());
  if (early) killSoon(250);
  let said = "";
  for await (const text of lines) {
    said += text;
    if (said.includes("kept")) killSoon(120);
  }
  const { signal } = await child.status;
  clearTimeout(timer);
  const kept = [...said.matchAll(/^kept (\d+)$/gm)].map(([, index]) => Number(index));
  assert(!/^open \d+ [1-9]/m.test(said), "segments were found damaged");
  return { kept: check(path, kept), killed: signal !== null };
}

/** Throws where the store lacks one of `kept`, or has a wrong one. Returns how many it has. */
function check(path: string, kept: readonly number[]): number {
  const { writer, restored } = openStore({ path, identity: identity(), ...opening });
  try {
    const found = restored?.segments.map(({ index }) => index) ?? [];
    assert.deepEqual(kept.filter((index) => !found.includes(index)), [], "kept segments are missing");
    assert.deepEqual([restored?.damaged ?? [], restored?.mended ?? false], [[], false]);
    assert.deepEqual([restored?.setAside ?? [], restored?.runLast ?? []], [[], []]);
    for (const index of found) {
      const { data, sizes } = segment(index, packetBytes(index));
      const read = writer.read(index)!;
      assert.deepEqual([read.data, read.sizes], [data, sizes]);
    }
    return found.length;
  } finally {
    writer.db.close();
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
