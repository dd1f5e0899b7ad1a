import assert from "node:assert/strict";
import { join } from "node:path";
import { armCrashMark, disarmCrashMark, readCrashMark, setCrashSegment } from "../../ffi/crash_mark.ts";
import { LibraryError, openLibrary } from "../../ffi/library.ts";
import { Code } from "../../ffi/symbols.ts";
import { libraryPath } from "./support.ts";

const root = new URL("../../", import.meta.url);

interface Folder extends Disposable {
  readonly path: string;
}

function workFolder(): Folder {
  const path = Deno.makeTempDirSync({ prefix: "crash mark é-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Runs a program in which `library` is open and the mark is armed; gives how it ended and its mark. */
async function run(source: string, thread = "") {
  using folder = workFolder();
  const mark = join(folder.path, "mark");
  const imports = `
    import { abortProcess, armCrashMark, disarmCrashMark, setCrashSegment } from "${root}ffi/crash_mark.ts";
    import { openLibrary } from "${root}ffi/library.ts";
    const library = openLibrary(${JSON.stringify(libraryPath)});
  `;
  Deno.writeTextFileSync(join(folder.path, "thread.ts"), `${imports}\n${thread}`);
  const program = join(folder.path, "program.ts");
  Deno.writeTextFileSync(
    program,
    `${imports}
    const mark = armCrashMark(library, ${JSON.stringify(mark)});
    const start = () => new Worker(new URL("thread.ts", import.meta.url), { type: "module" });
    const said = (thread) => new Promise((resolve) => thread.onmessage = resolve);
    ${source}`,
  );
  const args = ["run", "--quiet", "--no-check", "--allow-all", program];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "null", stderr: "piped" });
  const { code, signal, stderr } = await child.output();
  return { code, signal, stderr: new TextDecoder().decode(stderr), mark: readCrashMark(mark) };
}

Deno.test("A process that aborts on the thread of a segment leaves that segment", async () => {
  const { signal, mark } = await run(
    `setCrashSegment(library, { mark, segment: 1 });
    const threads = [start(), start()];
    await Promise.all(threads.map(said));
    threads[0].postMessage({ segment: 4, abort: false });
    await said(threads[0]);
    threads[1].postMessage({ segment: 70000, abort: true });
    await said(threads[1]);`,
    `self.onmessage = ({ data: { segment, abort } }) => {
      setCrashSegment(library, { mark: 0, segment });
      if (abort) abortProcess(library);
      self.postMessage("done");
    };
    self.postMessage("ready");`,
  );
  assert.equal(signal, "SIGABRT");
  assert.deepEqual(mark, { segment: 70000, signal: 6 });
});

Deno.test("A process that aborts where nothing is encoded leaves no segment", async () => {
  const before = await run("abortProcess(library);");
  assert.deepEqual([before.signal, before.mark], ["SIGABRT", { segment: null, signal: 6 }]);
  const after = await run(
    "setCrashSegment(library, { mark, segment: 5 }); setCrashSegment(library, null); abortProcess(library);",
  );
  assert.deepEqual(after.mark, { segment: null, signal: 6 });
});

Deno.test("A crash of one of several encodes is left at that one's mark alone", async () => {
  using others = workFolder();
  const paths = [1, 2].map((number) => join(others.path, `mark ${number}`));
  const arm = `const others = ${JSON.stringify(paths)}.map((path) => armCrashMark(library, path));`;
  const { signal, mark } = await run(`${arm}
    if (new Set([mark, ...others]).size !== 3) throw new Error("not three marks");
    setCrashSegment(library, { mark: others[1], segment: 3 });
    abortProcess(library);`);
  assert.deepEqual([signal, mark], ["SIGABRT", undefined]);
  assert.deepEqual(paths.map(readCrashMark), [undefined, { segment: 3, signal: 6 }]);
});

Deno.test("A crash that is nobody's is left at all marks but those that are not wanted any more", async () => {
  using others = workFolder();
  const path = join(others.path, "mark");
  const { mark } = await run(`disarmCrashMark(library, mark);
    const again = armCrashMark(library, ${JSON.stringify(path)});
    if (again !== mark) throw new Error("the number was not given again");
    abortProcess(library);`);
  assert.deepEqual([mark, readCrashMark(path)], [undefined, { segment: null, signal: 6 }]);
});

Deno.test("A process that is sent a fault's signal dies of it and leaves a mark", async () => {
  for (const [name, number] of [["SIGABRT", 6], ["SIGILL", 4], ["SIGFPE", 8]] as const) {
    const { signal, mark } = await run(`Deno.kill(Deno.pid, "${name}"); await said(start());`);
    assert.equal(signal, name);
    assert.deepEqual(mark, { segment: null, signal: number });
  }
});

Deno.test("A process that ends, fails, or is killed by others leaves no mark", async () => {
  assert.deepEqual(await run("setCrashSegment(library, { mark, segment: 5 });"), {
    code: 0,
    signal: null,
    stderr: "",
    mark: undefined,
  });
  const failed = await run("setCrashSegment(library, { mark, segment: 5 }); throw new Error('no');");
  assert.deepEqual([failed.code, failed.signal, failed.mark], [1, null, undefined]);
  for (const name of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    const killed = await run(`Deno.kill(Deno.pid, "${name}"); await said(start());`);
    assert.deepEqual([killed.signal, killed.mark], [name, undefined]);
  }
});

Deno.test("JavaScript that recurses without end and WebAssembly that reads out of bounds leave no mark and go on", async () => {
  // (module (memory 1) (func (export "read") (param i32) (result i32) (i32.load (local.get 0))))
  const wasm = "0061736d010000000106016001" + "7f017f03020100050301000107080104" +
    "7265616400000a0901070020002802000b";
  const { code, stderr, mark } = await run(`
    const deep = () => deep() + 1;
    try { deep(); } catch (error) { if (!(error instanceof RangeError)) throw error; }
    const { instance } = await WebAssembly.instantiate(Uint8Array.fromHex("${wasm}"));
    let trapped = 0;
    for (let round = 0; round < 20000; round++) {
      try { instance.exports.read(1 << 30); } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        trapped++;
      }
    }
    if (trapped !== 20000) throw new Error("trapped " + trapped);
  `);
  assert.deepEqual([code, stderr, mark], [0, "", undefined]);
});

// The system gives the number of a thread that has ended to the next one.
Deno.test({
  name: "A thread that was ended from outside leaves its segment to none that comes after it",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const { signal, mark } = await run(
    `const threadCount = () => [...Deno.readDirSync("/proc/self/task")].length;
    const before = threadCount();
    const threads = [start(), start(), start()];
    await Promise.all(threads.map(said));
    for (const thread of threads) {
      thread.postMessage({ segment: 40 });
      await said(thread);
      thread.terminate();
    }
    while (threadCount() > before) await new Promise((resolve) => setTimeout(resolve, 10));
    const next = start();
    await said(next);
    next.postMessage({});
    await said(next);`,
    `self.onmessage = ({ data: { segment } }) => {
      if (segment === undefined) abortProcess(library);
      setCrashSegment(library, { mark: 0, segment });
      self.postMessage("done");
    };
    self.postMessage("ready");`,
  );
  assert.deepEqual([signal, mark], ["SIGABRT", { segment: null, signal: 6 }]);
});

Deno.test("readCrashMark() says nothing of a segment where the line is not whole", () => {
  using folder = workFolder();
  const path = join(folder.path, "mark");
  assert.equal(readCrashMark(path), undefined);
  const whole = "segment 12 signal 11\n";
  for (let length = 0; length < whole.length; length++) {
    Deno.writeTextFileSync(path, whole.slice(0, length));
    assert.deepEqual(readCrashMark(path), { segment: null, signal: null });
  }
  Deno.writeTextFileSync(path, whole);
  assert.deepEqual(readCrashMark(path), { segment: 12, signal: 11 });
  for (const other of [`${whole}x`, "segment x signal 6\n", "segment 99999999999 signal 6\n", "\xff\0"]) {
    Deno.writeTextFileSync(path, other);
    assert.deepEqual(readCrashMark(path), { segment: null, signal: null });
  }
  // What nobody has memory for is not read.
  Deno.writeTextFileSync(path, whole);
  Deno.truncateSync(path, 2 ** 33);
  assert.deepEqual(readCrashMark(path), { segment: null, signal: null });
});

Deno.test("armCrashMark() and setCrashSegment() refuse what no path and no segment is", () => {
  const library = openLibrary(libraryPath);
  const refused = (error: unknown) => error instanceof LibraryError && error.code === Code.invalidArgument;
  assert.throws(() => armCrashMark(library, ""), refused);
  assert.throws(() => armCrashMark(library, "/tmp/a\0b"), refused);
  for (const encoding of [[0, -2], [0, 2 ** 32], [-1, 0], [256, 0]] as const) {
    const [mark, segment] = encoding;
    assert.throws(() => setCrashSegment(library, { mark, segment }), refused);
  }
  assert.throws(() => disarmCrashMark(library, 256), refused);
});
