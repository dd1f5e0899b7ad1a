import assert from "node:assert/strict";
import { FramePromises, type PromisedFrames } from "../../../lib/pipe/frame_promises.ts";

function promises(changes: Partial<PromisedFrames> = {}): FramePromises {
  return new FramePromises({
    name: "standard input",
    skip: 0,
    limit: 0,
    stillPicture: false,
    expectFrames: undefined,
    announcedFrames: undefined,
    plannedFrames: undefined,
    ...changes,
  });
}

/** What comes of an input of so many frames: its kind, the error's class and words. */
function end(changes: Partial<PromisedFrames>, frames: number, damage?: string): string {
  const verdict = promises(changes).judge({ frames, damage, headerBytes: 31 });
  return verdict.kind === "whole"
    ? `whole: ${verdict.note}`
    : `${verdict.kind}: ${verdict.error.name}: ${verdict.error.message}`;
}

Deno.test("a pipe that keeps its promises is whole", () => {
  assert.equal(end({}, 7), "whole: undefined");
  assert.equal(end({ expectFrames: 7, announcedFrames: 7, skip: 6, plannedFrames: 1 }, 7), "whole: undefined");
  assert.equal(end({ limit: 10 }, 7), "whole: undefined", "--limit is at most");
});

Deno.test("a pipe that ends early is cut, also between frames", () => {
  assert.equal(
    end({}, 7, "it ends 90 bytes into frame 7"),
    "cut: IncompleteError: Cannot encode standard input: it has 7 whole frames, then it ends 90 bytes into frame 7; " +
      "--limit 7 encodes those",
  );
  assert.match(end({ skip: 3 }, 7, "it ends 90 bytes into frame 7"), /^cut: .*; --limit 4 encodes the rest of those$/);
  assert.match(end({ expectFrames: 8 }, 7), /^cut: IncompleteError: .*it has 7 frames, not the 8 of --expect-frames$/);
  assert.match(
    end({ announcedFrames: 8 }, 7),
    /^cut: IncompleteError: .*promises 8 frames \(XLENGTH\), but it has 7; --l/,
  );
  assert.match(end({ plannedFrames: 8 }, 7), /^cut: IncompleteError: .*it has 7 frames, and the plan .* 8;/);
});

Deno.test("a pipe without a frame to encode is refused", () => {
  assert.equal(
    end({}, 0),
    "failed: InputError: Cannot read standard input: it holds no whole frame: it ends after its header of 31 bytes",
  );
  assert.match(end({}, 0, "it ends 5 bytes into frame 0"), /^failed: InputError: .*no whole frame: it ends 5 bytes/);
  assert.equal(end({ skip: 7 }, 7), "failed: UsageError: Cannot skip 7 frames: standard input has 7");
  assert.match(
    end({}, 1, "it ends 1 byte into frame 1"),
    /: it has 1 whole frame, then it ends 1 byte into frame 1; --limit 1 encodes/,
  );
  assert.match(
    end({ skip: 7 }, 7, "it ends 5 bytes into frame 7"),
    /^failed: InputError: .*7 whole frames, then it ends/,
  );
});

Deno.test("a pipe longer than promised is cut where that was --expect-frames or a plan, and noted where it was XLENGTH", () => {
  assert.equal(promises({ expectFrames: 7, skip: 2 }).tooMany(7), undefined);
  assert.match(promises({ expectFrames: 7, skip: 2 }).tooMany(8)!.message, /more than the 7 frames of --expect-frames/);
  assert.equal(promises({ plannedFrames: 7, skip: 2 }).tooMany(9), undefined);
  assert.match(promises({ plannedFrames: 7, skip: 2 }).tooMany(10)!.message, /more than the 9 frames of the plan/);
  assert.equal(promises({ announcedFrames: 7 }).tooMany(8), undefined);
  assert.equal(
    end({ announcedFrames: 7 }, 9),
    "whole: standard input has 9 frames, more than the 7 its header promises (XLENGTH)",
  );
});

Deno.test("reading stops after --limit, or a still picture's frame", () => {
  assert.equal(promises().lastRead, Infinity);
  assert.equal(promises({ skip: 5, limit: 10 }).lastRead, 15);
  assert.equal(promises({ skip: 5, limit: 10, stillPicture: true }).lastRead, 6);
});

Deno.test("the frames to encode are what was promised, null where nothing was", () => {
  assert.equal(promises().frames, null);
  assert.equal(promises({ skip: 3, limit: 10 }).frames, 10);
  assert.equal(promises({ skip: 3, announcedFrames: 20 }).frames, 17);
  assert.equal(promises({ skip: 3, announcedFrames: 20, limit: 5 }).frames, 5);
  assert.equal(promises({ expectFrames: 30, announcedFrames: 20 }).frames, 30);
  assert.equal(promises({ skip: 30, announcedFrames: 20 }).frames, null);
  assert.equal(promises({ stillPicture: true, announcedFrames: 20 }).frames, 1);
  assert.equal(promises({ plannedFrames: 12 }).frames, 12);
});

Deno.test("zones hold an input to the frames that they are for", () => {
  const zones = { file: "'z.toml'", lastZone: "z.toml, [[zones]] 3", lastFirst: 20 };
  const closed = promises({ zonesReach: { ...zones, least: 30, most: 30 } });
  const open = promises({ zonesReach: { ...zones, least: 21, most: null } });
  const said = (promised: FramePromises, frames: number) => {
    const verdict = promised.judge({ frames, damage: undefined, headerBytes: 10 });
    return verdict.kind === "whole" ? "whole" : verdict.error.message;
  };
  assert.deepEqual([said(closed, 30), said(open, 21), said(open, 900)], ["whole", "whole", "whole"]);
  assert.match(
    said(closed, 29),
    /it has 29 frames, 0 to 28, and z\.toml, \[\[zones\]\] 3 reaches to frame 29; leave its end out$/,
  );
  assert.match(
    said(open, 20),
    /it has 20 frames, 0 to 19, and z\.toml, \[\[zones\]\] 3 begins with frame 20; drop it$/,
  );
  assert.equal(closed.tooMany(30), undefined);
  assert.match(
    closed.tooMany(31)!.message,
    /more than the 30 frames that are in zones of 'z\.toml'; let the last zone reach/,
  );
  assert.equal(open.tooMany(1000), undefined);
});
