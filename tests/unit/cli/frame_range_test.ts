import assert from "node:assert/strict";
import { frameRange } from "../../../lib/cli/frame_range.ts";
import { ExitError, IncompleteError, InputError, UsageError } from "../../../lib/errors.ts";
import type { Y4mFile } from "../../../lib/media/y4m_file.ts";
import { smallFormat } from "../../support/settings_of.ts";

interface Case {
  frames: number;
  damage?: string;
  /** XLENGTH. */
  announced?: number;
  skip?: number;
  limit?: number;
  expect?: number;
  still?: boolean;
}

const cutOff = "the file ends 90 bytes into frame 7";

function rangeOf({ frames, damage, announced, skip = 0, limit = 0, expect, still = false }: Case) {
  const file: Y4mFile = {
    fileBytes: 0,
    modified: null,
    path: "in.y4m",
    frames,
    damage,
    layout: { frameBytes: 12, fixed: { firstFrame: 40, stride: 18 }, offsets: undefined },
    header: {
      format: { ...smallFormat, width: 4, height: 2 },
      headerBytes: 34,
      announcedFrames: announced,
      interlaced: false,
      warnings: [],
    },
  };
  return frameRange(file, { skip, limit, expectFrames: expect, options: { stillPicture: still } });
}

function refuses(given: Case, kind: typeof ExitError | typeof UsageError, message: string) {
  assert.throws(() => rangeOf(given), (error) => {
    assert.ok(error instanceof kind, `${error}`);
    assert.equal(error.message, message);
    return true;
  });
}

Deno.test("frameRange() gives all frames, those after --skip, and at most --limit of them", () => {
  assert.deepEqual(rangeOf({ frames: 7 }), { skip: 0, frames: 7, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, skip: 2 }), { skip: 2, frames: 5, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, skip: 6 }), { skip: 6, frames: 1, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, limit: 3 }), { skip: 0, frames: 3, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, limit: 100 }), { skip: 0, frames: 7, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, skip: 5, limit: 2 }), { skip: 5, frames: 2, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, skip: 5, limit: 3 }), { skip: 5, frames: 2, warnings: [] });
});

Deno.test("frameRange() refuses to skip every frame", () => {
  refuses({ frames: 7, skip: 7 }, UsageError, "Cannot skip 7 frames: 'in.y4m' has 7");
  refuses({ frames: 7, skip: 8, limit: 1 }, UsageError, "Cannot skip 8 frames: 'in.y4m' has 7");
});

Deno.test("frameRange() refuses a damaged file with the number of whole frames and the --limit that encodes those", () => {
  const start = `Cannot encode 'in.y4m': it has 7 whole frames, then ${cutOff}`;
  refuses({ frames: 7, damage: cutOff }, InputError, `${start}; --limit 7 encodes those`);
  refuses({ frames: 7, damage: cutOff, limit: 8 }, InputError, `${start}; --limit 7 encodes those`);
  refuses({ frames: 7, damage: cutOff, skip: 3 }, InputError, `${start}; --limit 4 encodes the rest of those`);
  refuses(
    { frames: 7, damage: cutOff, skip: 3, limit: 5 },
    InputError,
    `${start}; --limit 4 encodes the rest of those`,
  );
});

Deno.test("frameRange() offers no way out of a damaged file where everything whole is skipped", () => {
  const message = `Cannot encode 'in.y4m': it has 7 whole frames, then ${cutOff}`;
  refuses({ frames: 7, damage: cutOff, skip: 7 }, InputError, message);
  refuses({ frames: 7, damage: cutOff, skip: 9, limit: 1 }, InputError, message);
});

Deno.test("frameRange() takes from a damaged or short file what --limit asks for, if it is there", () => {
  for (const flaw of [{ damage: cutOff }, { announced: 100 }, { damage: cutOff, announced: 100 }]) {
    assert.deepEqual(rangeOf({ frames: 7, limit: 7, ...flaw }), { skip: 0, frames: 7, warnings: [] });
    assert.deepEqual(rangeOf({ frames: 7, limit: 2, skip: 5, ...flaw }), { skip: 5, frames: 2, warnings: [] });
  }
});

Deno.test("frameRange() does what its own messages advise", () => {
  for (const flaw of [{ damage: cutOff }, { announced: 100 }]) {
    for (const skip of [0, 3, 6]) {
      let limit = 0;
      assert.throws(() => rangeOf({ frames: 7, skip, ...flaw }), ({ message }) => {
        limit = Number(/--limit (\d+)/.exec(message)![1]);
        return true;
      });
      assert.deepEqual(rangeOf({ frames: 7, skip, limit, ...flaw }), { skip, frames: 7 - skip, warnings: [] });
    }
  }
});

Deno.test("frameRange() ends with exit 1 when the header promises more frames than there are", () => {
  const start = "Cannot encode 'in.y4m': its header promises 9 frames (XLENGTH), but it has 7";
  refuses({ frames: 7, announced: 9 }, IncompleteError, `${start}; --limit 7 encodes those`);
  refuses({ frames: 7, announced: 9, limit: 8 }, IncompleteError, `${start}; --limit 7 encodes those`);
  refuses({ frames: 7, announced: 9, skip: 6 }, IncompleteError, `${start}; --limit 1 encodes the rest of those`);
  refuses({ frames: 7, announced: 9, skip: 7 }, IncompleteError, start);
});

Deno.test("frameRange() encodes what is there beyond the header's promise, with a warning", () => {
  assert.deepEqual(rangeOf({ frames: 7, announced: 7 }), { skip: 0, frames: 7, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, announced: 5 }), {
    skip: 0,
    frames: 7,
    warnings: ["'in.y4m' has 7 frames, more than the 5 its header promises (XLENGTH)"],
  });
});

Deno.test("frameRange() ends with exit 1 when there are not exactly as many frames as --expect-frames says", () => {
  for (const expect of [6, 8]) {
    for (const more of [{}, { skip: 1 }, { limit: 6 }, { announced: expect }]) {
      refuses(
        { frames: 7, expect, ...more },
        IncompleteError,
        `Cannot encode 'in.y4m': it has 7 frames, not the ${expect} of --expect-frames`,
      );
    }
  }
  assert.deepEqual(rangeOf({ frames: 7, expect: 7, skip: 2, limit: 3 }), { skip: 2, frames: 3, warnings: [] });
});

Deno.test("frameRange() gives one frame for a still picture and says what is left out", () => {
  assert.deepEqual(rangeOf({ frames: 1, still: true }), { skip: 0, frames: 1, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, still: true, limit: 1 }), { skip: 0, frames: 1, warnings: [] });
  assert.deepEqual(rangeOf({ frames: 7, still: true, skip: 6 }), { skip: 6, frames: 1, warnings: [] });
  const warnings = ["a still picture has one frame: the other 4 of 'in.y4m' are left out, as rav1e does"];
  assert.deepEqual(rangeOf({ frames: 7, still: true, skip: 2 }), { skip: 2, frames: 1, warnings });
  assert.deepEqual(rangeOf({ frames: 7, still: true, skip: 2, limit: 3 }), { skip: 2, frames: 1, warnings });
});
