import assert from "node:assert/strict";
import { ChildPipe } from "../../ffi/child_pipe.ts";
import { openLibrary } from "../../ffi/library.ts";
import { libraryPath } from "./support.ts";

const library = openLibrary(libraryPath);

/** A child that runs `script`, in which $1 is the descriptor of the pipe. */
function child(pipe: ChildPipe, script: string): Deno.ChildProcess {
  const args = ["-c", script, "sh", `${pipe.childDescriptor}`];
  const started = new Deno.Command("sh", { args, stdin: "null", stderr: "null" }).spawn();
  pipe.closeWriting();
  return started;
}

Deno.test("ChildPipe carries what several children's streams say, each to its end", async () => {
  const texts = await Promise.all(["one", "two", "three"].map(async (word) => {
    using pipe = new ChildPipe(library);
    const reading = await Deno.open(pipe.readingPath);
    pipe.closeReading();
    const writer = child(pipe, `echo ${word} >/dev/fd/$1`);
    const text = await new Response(reading.readable).text();
    assert.equal((await writer.status).code, 0);
    return text;
  }));
  assert.deepEqual(texts, ["one\n", "two\n", "three\n"]);
});

Deno.test("A child that writes into a ChildPipe which nobody reads any more ends by SIGPIPE", async () => {
  using pipe = new ChildPipe(library);
  const reading = await Deno.open(pipe.readingPath);
  pipe.closeReading();
  const writer = child(pipe, "exec >/dev/fd/$1; while :; do echo y; done");
  await reading.read(new Uint8Array(10));
  reading.close();
  assert.equal((await writer.status).signal, "SIGPIPE");
});

Deno.test("A ChildPipe has no ends after it was closed, and closing any of them twice is fine", () => {
  const pipe = new ChildPipe(library);
  pipe.closeReading();
  pipe.closeReading();
  pipe.closeWriting();
  pipe.closeWriting();
  pipe.close();
  pipe.close();
  assert.throws(() => pipe.closeWriting(), { message: "Cannot use a pipe that was closed" });
});

Deno.test("A child does not have a ChildPipe that is kept", async () => {
  using pipe = new ChildPipe(library);
  pipe.keep();
  const writer = child(pipe, "echo >/dev/fd/$1");
  assert.notEqual((await writer.status).code, 0);
});
