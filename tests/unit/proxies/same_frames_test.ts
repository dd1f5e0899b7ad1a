import assert from "node:assert/strict";
import { IncompleteError } from "../../../lib/errors.ts";
import { SameFrames } from "../../../lib/proxies/same_frames.ts";

const detected = (decided: number, keyframes: number[], complete = false) => ({ decided, keyframes, complete });

Deno.test("sizes with the same GOPs and frames match, in whatever order they say so", () => {
  const same = new SameFrames();
  same.detected("50 %", detected(1, [0]));
  same.detected("100 %", detected(16, [0, 15]));
  same.finished("100 %", 0, 0, 15);
  same.detected("50 %", detected(16, [15]));
  same.finished("50 %", 0, 0, 15);
  same.detected("50 %", detected(20, [], true));
  same.detected("100 %", detected(20, [], true));
  same.finished("50 %", 1, 15, 5);
  same.finished("100 %", 1, 15, 5);
});

function refused(what: RegExp, does: (same: SameFrames) => void): void {
  const same = new SameFrames();
  same.detected("100 %", detected(16, [0, 15]));
  same.finished("100 %", 0, 0, 15);
  same.detected("100 %", detected(20, [], true));
  assert.throws(() => does(same), (error: Error) => error instanceof IncompleteError && what.test(error.message));
}

Deno.test("a size whose keyframes, packets or length differ is refused with both numbers", () => {
  refused(/GOP 1 begins with frame 15 in the 100 % proxy, with frame 14 in the 50 % one/, (same) => {
    same.detected("50 %", detected(15, [0, 14]));
  });
  refused(/frames 0-14 are 15 packets in the 100 % proxy, 14 in the 50 % one/, (same) => {
    same.finished("50 %", 0, 0, 14);
  });
  refused(
    /the 100 % proxy has 20 frames, the 50 % one 19/,
    (same) => same.detected("50 %", detected(19, [0, 15], true)),
  );
  refused(/the 50 % proxy finished GOP 3 from frame 40 on, which no other has/, (same) => {
    same.finished("50 %", 3, 40, 15);
  });
});
