import assert from "node:assert/strict";
import { setFailure } from "../../../lib/cli/proxies/set_failure.ts";
import { IncompleteError, UsageError } from "../../../lib/errors.ts";

const outputs = ["out/film_100.mkv", "out/film_50.mkv", "out/film_25.mkv"];

Deno.test("what all sizes say in the same words of their own files is said once", () => {
  const errors = outputs.map((output) => ({
    output,
    error: new UsageError(
      `Cannot go on with '${output}.rav1e-by-gop': quantizer is 50, was 100; add --restart to begin anew`,
    ),
  }));
  const error = setFailure(errors, undefined);
  assert.ok(error instanceof UsageError);
  assert.equal(
    error.message,
    "Cannot go on with 'out/film_100.mkv.rav1e-by-gop': quantizer is 50, was 100; add --restart to begin anew " +
      "(the same of film_50.mkv, film_25.mkv)",
  );
});

Deno.test("what the source has done is said once, and not what follows from it", () => {
  const texts = [
    "Cannot read a.mov: ffmpeg was killed",
    "Cannot read a.mov: another size has failed",
    "Cannot read a.mov: ffmpeg was killed",
  ];
  const error = setFailure(
    texts.map((text, at) => ({ output: outputs[at]!, error: new IncompleteError(text) })),
    "3 are kept",
  );
  assert.ok(error instanceof IncompleteError);
  assert.equal(error.message, "Cannot read a.mov: ffmpeg was killed; 3 are kept");
});

Deno.test("different ends of sizes are all said, and a fault of the program's own is thrown as it is", () => {
  const of = (errors: Error[]) => setFailure(errors.map((error, at) => ({ output: outputs[at]!, error })), undefined);
  const both = of([new IncompleteError("the disk is full"), new IncompleteError("no frame 3")]);
  assert.equal((both as Error).message, "the disk is full; no frame 3");
  const fault = new TypeError("oh");
  assert.equal(of([new IncompleteError("the disk is full"), fault]), fault);
});
