import assert from "node:assert/strict";
import { libraryFile } from "../../../ffi/build/library_file.ts";
import { FileSource } from "../../../lib/encode/file_source.ts";
import { LocalSlot, type SlotOutcome } from "../../../lib/encode/local_slot.ts";
import { Plan } from "../../../lib/encode/plan.ts";
import type { SlotVideo } from "../../../lib/encode/video_source.ts";
import { openY4mFile } from "../../../lib/media/y4m_file.ts";
import { settingsOf } from "../../support/settings_of.ts";
import { smallClipFrames, WorkFolder } from "../../support/work_folder.ts";

const library = await libraryFile((line) => console.error(line));

interface Watched {
  readonly source: FileSource;
  readonly plan: Plan;
  /** Settles when the plan is complete, or the source has failed. */
  readonly complete: Promise<void>;
  readonly videoChanges: number[];
}

function sourceOf(path: string, packBytes: number, layout = openY4mFile(path).layout): Watched {
  const settings = settingsOf({ minKeyint: 1, keyint: 20 });
  const input = { path, layout, skip: 0, frames: smallClipFrames };
  const source = new FileSource({ library, settings, input, forcedKeyframes: [], packBytes });
  const plan = new Plan(), complete = Promise.withResolvers<void>(), videoChanges: number[] = [];
  source.start(plan, {
    detected: (detected) => {
      plan.advance(detected);
      if (plan.complete) complete.resolve();
    },
    videoChanged: () => videoChanges.push(plan.decided),
    cutShort: complete.reject,
    failed: complete.reject,
    note: (text) => assert.fail(text),
  });
  source.allow(100);
  return { source, plan, complete: complete.promise, videoChanges };
}

function slotOf(number: number, video: SlotVideo): LocalSlot {
  return new LocalSlot(number, { library, settings: settingsOf({ minKeyint: 1, keyint: 20 }), onePiece: false, video });
}

/** The packets of a segment. */
async function encode({ source, plan }: Watched, slot: LocalSlot, index: number): Promise<Uint8Array> {
  const { first } = plan.segments[index]!;
  const ended = slot.encode({ index, first, attempt: 1 });
  source.attach(index, slot);
  const outcome: SlotOutcome = await ended;
  source.detach(index, slot);
  assert.equal(outcome.kind, "done", JSON.stringify(outcome));
  return outcome.kind === "done" ? outcome.packets.data : assert.fail();
}

Deno.test("what is encoded from a file's packs is what is encoded from the file, by several slots at a segment", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  for (const packBytes of [1, 10e6]) {
    const watched = sourceOf(folder.file("in.y4m"), packBytes);
    const { source, plan, complete } = watched;
    await complete;
    assert.equal(source.packingCpuSeconds, 0);
    const reader = slotOf(0, source.video),
      packed = [1, 2].map((n) => slotOf(n, { kind: "packs", ...source.packs, digestsAreOwn: true }));
    assert.deepEqual([reader.wantsPacks, packed[0]!.wantsPacks], [false, true]);
    try {
      for (const { index } of plan.segments) {
        const expected = await encode(watched, reader, index);
        for (const data of await Promise.all(packed.map((slot) => encode(watched, slot, index)))) {
          assert.deepEqual(data, expected);
        }
      }
      assert.ok(source.packingCpuSeconds > 0);
    } finally {
      for (const slot of [reader, ...packed]) slot.close();
      source.close();
    }
  }
});

Deno.test("packs of a file are made by its layout as it was corrected", async () => {
  using folder = new WorkFolder();
  folder.clip("plain.y4m");
  folder.clip("in.y4m", { frameParameters: (frame) => frame === 30 ? " Ip" : "" });
  const plain = sourceOf(folder.file("plain.y4m"), 10e6);
  const watched = sourceOf(folder.file("in.y4m"), 10e6, openY4mFile(folder.file("plain.y4m")).layout);
  const { source, plan, complete } = watched;
  const slot = slotOf(0, { kind: "packs", ...source.packs, digestsAreOwn: true }),
    reader = slotOf(1, plain.source.video);
  try {
    await Promise.all([complete, plain.complete]);
    assert.equal(watched.videoChanges.length, 1);
    for (const { index } of plan.segments) {
      assert.deepEqual(await encode(watched, slot, index), await encode(plain, reader, index));
    }
  } finally {
    for (const one of [slot, reader]) one.close();
    for (const one of [source, plain.source]) one.close();
  }
});

Deno.test("a file whose frames cannot be packed fails the source by what is wrong with the file", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const failed = Promise.withResolvers<unknown>();
  const watched = sourceOf(folder.file("in.y4m"), 10e6);
  await watched.complete;
  watched.source.close();
  const { path, layout } = { path: folder.file("in.y4m"), layout: openY4mFile(folder.file("in.y4m")).layout };
  const source = new FileSource({
    library,
    settings: settingsOf(),
    input: { path, layout, skip: 0, frames: smallClipFrames },
    forcedKeyframes: [],
    packBytes: 10e6,
  });
  source.start(watched.plan, {
    detected: () => {},
    videoChanged: () => {},
    cutShort: failed.resolve,
    failed: failed.resolve,
    note: () => {},
  });
  Deno.truncateSync(path, 60_000);
  const slot = slotOf(0, { kind: "packs", ...source.packs, digestsAreOwn: true });
  source.attach(watched.plan.segments.length - 1, slot);
  const error = await failed.promise;
  assert.match((error as Error).message, /Cannot read frame \d+ of .*in\.y4m.*: the file ends \d+ bytes early/);
  source.close();
});
