import assert from "node:assert/strict";
import { containerFormats } from "../../../lib/containers/container.ts";
import { turnOf, turnWarning } from "../../../lib/inputs/turning.ts";

const said = (rotation: number, isMirrored: boolean, format: typeof containerFormats[number], videoFilter?: string) =>
  turnWarning("'a'", { rotation, isMirrored }, { format, videoFilter });

Deno.test("quarter turns are the output's to say, and nobody is told where it can", () => {
  for (const rotation of [90, 180, 270] as const) {
    assert.equal(turnOf({ rotation, isMirrored: false }, undefined), rotation);
    for (const format of ["mkv", "webm", "mp4"] as const) assert.equal(said(rotation, false, format), undefined);
    for (const format of ["ivf", "obu"] as const) {
      assert.match(
        said(rotation, false, format)!,
        new RegExp(
          `^'a' is turned by ${rotation} degrees when it is played, which \\.${format} has no place for; .* turns them$`,
        ),
      );
    }
  }
  for (const format of containerFormats) assert.equal(said(0, false, format), undefined);
});

Deno.test("a mirrored picture, or one at another angle, is warned of whatever the container", () => {
  for (
    const [rotation, filter] of [[0, "hflip"], [90, "transpose=clock_flip"], [180, "vflip"], [
      270,
      "transpose=cclock_flip",
    ]] as const
  ) {
    assert.equal(turnOf({ rotation, isMirrored: true }, undefined), 0);
    const text = said(rotation, true, "mp4")!;
    assert.match(text, /^'a' is mirrored (and turned by \d+ degrees )?when it is played; its frames/);
    assert.ok(text.endsWith(`--video-filter ${filter} shows them so`), text);
  }
  assert.equal(turnOf({ rotation: 45, isMirrored: false }, undefined), 0);
  assert.equal(
    said(45, false, "mkv"),
    "'a' is turned by 45 degrees when it is played; its frames are encoded as they are stored",
  );
});

Deno.test("who turns the frames by a filter is told nothing, and the output turns them no further", () => {
  for (const filter of ["transpose=clock", "crop=10:10,vflip", "rotate=PI/2"]) {
    assert.equal(turnOf({ rotation: 90, isMirrored: false }, filter), 0);
    assert.equal(said(90, false, "ivf", filter), undefined);
    assert.equal(said(0, true, "mp4", filter), undefined);
  }
  assert.equal(turnOf({ rotation: 90, isMirrored: false }, "crop=10:10"), 90);
});
