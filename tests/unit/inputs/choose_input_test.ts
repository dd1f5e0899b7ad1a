import assert from "node:assert/strict";
import { chooseForFile, chooseForPipe } from "../../../lib/inputs/choose_input.ts";
import type { InputWishes } from "../../../lib/inputs/input_wishes.ts";
import { findSequence, sequencePattern } from "../../../lib/inputs/image_sequence.ts";
import { UsageError } from "../../../lib/errors.ts";
import { WorkFolder } from "../../support/work_folder.ts";

const none: InputWishes = { inputVia: undefined, bitDepth: undefined, videoFilter: undefined };

Deno.test("what a file holds counts more than its name, and --input-via more than both", () => {
  using folder = new WorkFolder();
  folder.clip("a.mkv");
  folder.write("b.bin", "\x1aE\xdf\xa3");
  for (const name of ["c.vpy", "c.VPY", "c.avs"]) folder.write(name, "script");
  folder.write("d.mkv", "");
  folder.write("e.y4m", "nothing of the kind");
  const via = (name: string, wishes: Partial<InputWishes> = {}) =>
    chooseForFile(folder.file(name), { ...none, ...wishes }).via;
  assert.equal(via("a.mkv"), "y4m");
  assert.equal(via("b.bin"), "ffmpeg");
  assert.deepEqual([via("c.vpy"), via("c.VPY"), via("c.avs")], ["vspipe", "vspipe", "avisynth"]);
  assert.deepEqual([via("d.mkv"), via("e.y4m")], ["y4m", "y4m"]);
  assert.equal(via("a.mkv", { inputVia: "ffmpeg" }), "ffmpeg");
  assert.equal(via("b.bin", { inputVia: "y4m" }), "y4m");
  assert.equal(via("b.bin", { inputVia: "vspipe" }), "vspipe");
});

Deno.test("y4m goes through ffmpeg only where its frames are to be others", () => {
  using folder = new WorkFolder();
  folder.clip("a.y4m");
  const via = (wishes: Partial<InputWishes>) => chooseForFile(folder.file("a.y4m"), { ...none, ...wishes }).via;
  assert.equal(via({ bitDepth: 8 }), "y4m");
  assert.equal(via({ bitDepth: 10 }), "ffmpeg");
  assert.equal(via({ videoFilter: "hflip" }), "ffmpeg");
});

Deno.test("a filter is refused where no ffmpeg would apply it", () => {
  using folder = new WorkFolder();
  folder.write("c.vpy", "script");
  const wishes = { ...none, videoFilter: "hflip" };
  assert.throws(() => chooseForFile(folder.file("c.vpy"), wishes), UsageError);
  assert.throws(() => chooseForFile(folder.file("c.vpy"), { ...wishes, inputVia: "y4m" }), UsageError);
  assert.throws(() => chooseForPipe("-", wishes), /Cannot filter standard input: /);
  assert.throws(() => chooseForPipe("-", { ...none, inputVia: "ffmpeg" }), /through ffmpeg: it is no file/);
  assert.deepEqual(chooseForPipe("-", none), { via: "y4m" });
});

Deno.test("numbered images are found as printf writes their numbers, and no hole among them is overlooked", () => {
  using folder = new WorkFolder();
  for (const name of ["f0009.png", "f0010.png", "f0011.png", "f12.png", "f00013.png", "g1.png", "f0001.png.txt"]) {
    folder.write(name, "");
  }
  assert.deepEqual(findSequence(folder.file("f%04d.png")), {
    path: folder.file("f%04d.png"),
    firstNumber: 9,
    images: 3,
  });
  assert.deepEqual(findSequence(folder.file("g%d.png")), { path: folder.file("g%d.png"), firstNumber: 1, images: 1 });
  for (const name of ["h%d.png", "f.png", "f%04d%d.png", "%s.png", "f%x.png", "f%-4d.png"]) {
    assert.equal(findSequence(folder.file(name)), undefined, name);
  }
  folder.write("f0013.png", "");
  assert.throws(() => findSequence(folder.file("f%04d.png")), /of its 4 images, 9 to 13, number 12 is missing/);
  folder.write("100%_1.png", "");
  assert.equal(findSequence(folder.file("100%%_%d.png"))?.images, 1);
});

Deno.test("the pattern that is shown for a folder finds its images", () => {
  using folder = new WorkFolder();
  assert.equal(sequencePattern(folder.path), undefined);
  for (const name of ["notes7.txt", "single1.png", "50%a0001.exr", "50%a0002.exr"]) folder.write(name, "");
  assert.equal(sequencePattern(folder.path), folder.file("50%%a%04d.exr"));
  assert.equal(findSequence(sequencePattern(folder.path)!)?.images, 2);
});
