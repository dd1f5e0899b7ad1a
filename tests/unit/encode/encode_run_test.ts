import assert from "node:assert/strict";
import { libraryFile } from "../../../ffi/build/library_file.ts";
import { openLibrary } from "../../../ffi/library.ts";
import { EncodeRun } from "../../../lib/encode/encode_run.ts";
import { FileSource } from "../../../lib/encode/file_source.ts";
import type { SegmentPackets } from "../../../lib/encode/segment_encoder.ts";
import type { FedSlot, VideoSource } from "../../../lib/encode/video_source.ts";
import { openY4mFile } from "../../../lib/media/y4m_file.ts";
import { settingsOf } from "../../support/settings_of.ts";
import { smallClipFrames, WorkFolder } from "../../support/work_folder.ts";
import { OwnSlots } from "../../../lib/encode/slot_limit.ts";

/** A source that sees to it that no slot is told of two segments. */
function watched(source: FileSource): VideoSource {
  const at = new Map<FedSlot, number>();
  return new Proxy<VideoSource>(source, {
    get(_, name) {
      if (name === "attach") {
        return (segment: number, slot: FedSlot) => {
          assert.equal(at.get(slot), undefined, `segment ${segment}'s slot still has ${at.get(slot)}`);
          at.set(slot, segment);
          source.attach(segment, slot);
        };
      }
      if (name === "detach") {
        return (segment: number, slot: FedSlot) => {
          assert.equal(at.get(slot), segment);
          at.delete(slot);
          source.detach(segment, slot);
        };
      }
      const value = Reflect.get(source, name, source);
      return typeof value === "function" ? value.bind(source) : value;
    },
  });
}

Deno.test("a slot that begins a segment while its last one is on its way to the disk is told of the new one alone", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const library = await libraryFile((line) => console.error(line));
  const settings = settingsOf({ minKeyint: 1, keyint: 3 });
  const resolved = openLibrary(library).resolve(settings);
  const input = {
    path: folder.file("in.y4m"),
    layout: openY4mFile(folder.file("in.y4m")).layout,
    skip: 0,
    frames: smallClipFrames,
  };
  const kept = new Map<number, SegmentPackets>();
  const run = new EncodeRun({
    library,
    settings,
    resolved,
    source: watched(new FileSource({ library, settings, input, forcedKeyframes: [], packBytes: 1e6 })),
    skip: 0,
    slots: 2,
    fleet: undefined,
    workerTimeoutSeconds: 1,
    limit: new OwnSlots(2, { slotsNow: () => 2 }),
    store: {
      announce: () => Promise.resolve(),
      heard: () => Promise.resolve(),
      // The others are encoded meanwhile.
      commit: (packets) =>
        new Promise((resolve) => setTimeout(() => resolve(void kept.set(packets.index, packets)), 50)),
      read: (segment) => Promise.resolve(kept.get(segment)!),
      extendPlan: (detected) => detected,
    },
    kept: undefined,
    plan: undefined,
    sink: { write: () => Promise.resolve() },
    stallSeconds: undefined,
    onCommit: () => {},
    onFailure: ({ reason }) => assert.fail(reason),
    onNote: () => {},
  });
  const { frames, segments } = await run.run();
  assert.equal(frames, smallClipFrames);
  assert.ok(segments >= 13);
});
