import assert from "node:assert/strict";
import { checkInputPath } from "../../../lib/cli/input_path.ts";
import { checkPaths, type Surroundings } from "../../../lib/cli/paths.ts";
import type { OutputTarget } from "../../../lib/encode/output_target.ts";
import { ExitError, InputError, UsageError } from "../../../lib/errors.ts";

const isRoot = Deno.uid() === 0;

/** No terminal anywhere; asking is a fault of the test. */
const nowhere: Surroundings = {
  stdinIsTerminal: false,
  stdoutIsTerminal: false,
  stderrIsTerminal: false,
  confirm: () => Promise.reject(new Error("asked")),
};

/** A folder with an input in it; afterwards nothing else may have been created. */
async function withFolder(action: (folder: string, input: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/in.y4m`, "YUV4MPEG2");
    await action(folder, `${folder}/in.y4m`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function check(
  input: string,
  output: string,
  { overwrite = false, ...around }: Partial<Surroundings> & { overwrite?: boolean } = {},
): Promise<OutputTarget> {
  const { info } = await checkInputPath(input, false, undefined, () => around.stdinIsTerminal ?? false);
  return await checkPaths({ output, overwrite }, info, () => Promise.resolve(false), { ...nowhere, ...around });
}

async function refusal(
  kind: typeof InputError | typeof UsageError,
  ...args: Parameters<typeof check>
): Promise<string> {
  try {
    await check(...args);
  } catch (error) {
    assert(error instanceof ExitError && error instanceof kind, String(error));
    assert.equal(error.exitCode, 2);
    assert(!error.message.includes("\n"));
    return error.message;
  }
  assert.fail("nothing was thrown");
}

Deno.test("checkPaths() describes a new file and creates nothing", () =>
  withFolder(async (folder, input) => {
    for (const name of ["out.ivf", "OUT.IVF", "out", ".ivf", "a.b/out"]) {
      if (name.includes("/")) Deno.mkdirSync(`${folder}/a.b`);
      const path = `${folder}/${name}`;
      assert.deepEqual(await check(input, path), { kind: "file", path, part: `${path}.part` });
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["a.b", "in.y4m"]);
  }));

Deno.test("checkInputPath() refuses inputs that cannot be read", () =>
  withFolder(async (folder) => {
    const output = `${folder}/out.ivf`;
    assert.match(await refusal(InputError, `${folder}/none.y4m`, output), /none\.y4m: no such file or directory$/);
    assert.match(await refusal(InputError, `${folder}/in.y4m/x`, output), /a part of its path is not a directory/);
    assert.match(await refusal(InputError, folder, output), /it is a directory/);
    assert.match(
      await refusal(InputError, "-", output, { stdinIsTerminal: true }),
      /^Cannot read standard input: it is a terminal/,
    );
    Deno.symlinkSync("loop", `${folder}/loop`);
    assert.match(await refusal(InputError, `${folder}/loop`, output), /in a circle/);
  }));

Deno.test("checkInputPath() tells files from what can be read only once, and opens nothing", () =>
  withFolder(async (folder, input) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    assert.equal((await checkInputPath(input)).kind, "file");
    assert.equal((await checkInputPath(input, true)).kind, "pipe");
    for (const pipe of ["-", `${folder}/pipe`, "/dev/zero"]) {
      const { kind } = await checkInputPath(pipe, false, undefined, () => false);
      assert.equal(kind, "pipe", pipe);
    }
  }));

Deno.test("checkPaths() refuses containers it cannot write", () =>
  withFolder(async (folder, input) => {
    for (const name of ["out.avi", "out.", "out.ivf2", "out.ivf.gz"]) {
      assert.match(
        await refusal(UsageError, input, `${folder}/${name}`),
        /no container known here; use \.ivf, \.obu, \.mkv, \.webm or \.mp4$/,
      );
    }
  }));

Deno.test("checkPaths() refuses places that cannot be written", () =>
  withFolder(async (folder, input) => {
    assert.match(await refusal(UsageError, input, folder), /it is a directory; name a file in it/);
    assert.match(await refusal(UsageError, input, `${folder}/new/`), /it names a directory/);
    assert.match(await refusal(UsageError, input, `${folder}/none/out.ivf`), /there is no directory .*none; create it/);
    assert.match(await refusal(UsageError, input, `${input}/out.ivf`), /a part of its path is not a directory/);
    assert.match(await refusal(UsageError, input, `${folder}/${"x".repeat(251)}`), /256 bytes, more than 255/);
    assert.equal((await check(input, `${folder}/${"x".repeat(250)}`)).kind, "file");
    Deno.symlinkSync("nothing.ivf", `${folder}/link.ivf`);
    assert.match(await refusal(UsageError, input, `${folder}/link.ivf`), /a symbolic link to nothing/);
  }));

Deno.test({
  name: "checkPaths() refuses what permissions forbid",
  ignore: isRoot, // to whom nothing is forbidden
  fn: () =>
    withFolder(async (folder, input) => {
      Deno.mkdirSync(`${folder}/closed`, { mode: 0o500 });
      assert.match(await refusal(UsageError, input, `${folder}/closed/out.ivf`), /closed: permission denied$/);
      Deno.writeTextFileSync(`${folder}/out.ivf`, "", { mode: 0o400 });
      assert.match(await refusal(UsageError, input, `${folder}/out.ivf`, { overwrite: true }), /permission denied$/);
      Deno.chmodSync(input, 0o000);
      assert.match(await refusal(InputError, input, `${folder}/new.ivf`), /permission denied$/);
    }),
});

Deno.test("checkPaths() refuses an output that is the input under any name", () =>
  withFolder(async (folder, input) => {
    Deno.renameSync(input, `${folder}/in.ivf`);
    Deno.linkSync(`${folder}/in.ivf`, `${folder}/hard.ivf`);
    Deno.symlinkSync("in.ivf", `${folder}/soft.ivf`);
    Deno.symlinkSync(folder, `${folder}/here`);
    for (const name of ["in.ivf", "hard.ivf", "soft.ivf", "here/in.ivf", "./in.ivf"]) {
      const message = await refusal(UsageError, `${folder}/in.ivf`, `${folder}/${name}`, { overwrite: true });
      assert.match(message, /it is the input; name another file$/);
    }
    assert.match(
      await refusal(UsageError, `${folder}/soft.ivf`, `${folder}/hard.ivf`, { overwrite: true }),
      /it is the input/,
    );
  }));

Deno.test("checkPaths() refuses to write its .part over the input or over what is no file", () =>
  withFolder(async (folder, input) => {
    const output = `${folder}/out.ivf`;
    Deno.linkSync(input, `${output}.part`);
    assert.match(await refusal(UsageError, input, output), /out\.ivf\.part, .* is the input/);
    Deno.removeSync(`${output}.part`);
    Deno.mkdirSync(`${output}.part`);
    assert.match(await refusal(UsageError, input, output), /not a plain file/);
    Deno.removeSync(`${output}.part`);
    Deno.writeTextFileSync(`${folder}/other`, "");
    Deno.symlinkSync("other", `${output}.part`);
    assert.match(await refusal(UsageError, input, output), /not a plain file/);
    Deno.removeSync(`${folder}/other`);
    assert.match(await refusal(UsageError, input, output), /not a plain file/);
    Deno.removeSync(`${output}.part`);
    Deno.writeTextFileSync(`${output}.part`, "left by a run that was killed");
    assert.equal((await check(input, output)).kind, "file");
  }));

Deno.test("checkPaths() replaces an existing output only when told to", () =>
  withFolder(async (folder, input) => {
    const output = `${folder}/out.ivf`;
    Deno.writeTextFileSync(output, "kept");
    assert.match(await refusal(UsageError, input, output), /it exists; add -y to replace it$/);
    assert.equal((await check(input, output, { overwrite: true })).kind, "file");
    assert.equal(Deno.readTextFileSync(output), "kept");
  }));

Deno.test("checkPaths() asks only where stdin and stderr are terminals", () =>
  withFolder(async (folder, input) => {
    const output = `${folder}/out.ivf`;
    Deno.writeTextFileSync(output, "");
    const questions: string[] = [];
    const answering = (answer: boolean) => ({
      confirm: (question: string) => {
        questions.push(question);
        return Promise.resolve(answer);
      },
    });
    const both = { stdinIsTerminal: true, stderrIsTerminal: true };
    assert.equal((await check(input, output, { ...both, ...answering(true) })).kind, "file");
    assert.match(await refusal(UsageError, input, output, { ...both, ...answering(false) }), /it exists and stays/);
    assert.equal(questions.length, 2);
    for (const one of [{ stdinIsTerminal: true }, { stderrIsTerminal: true }]) {
      assert.match(await refusal(UsageError, input, output, { ...one, ...answering(true) }), /add -y/);
    }
    assert.equal((await check(input, output, { ...both, ...answering(true), overwrite: true })).kind, "file");
    assert.equal(questions.length, 2);
  }));

Deno.test("checkPaths() replaces what a link leads to, not the link", () =>
  withFolder(async (folder, input) => {
    Deno.mkdirSync(`${folder}/disk`);
    Deno.writeTextFileSync(`${folder}/disk/real.ivf`, "");
    Deno.symlinkSync("disk/real.ivf", `${folder}/out.ivf`);
    const path = Deno.realPathSync(`${folder}/disk/real.ivf`);
    const target = await check(input, `${folder}/out.ivf`, { overwrite: true });
    assert.deepEqual(target, { kind: "file", path, part: `${path}.part` });
  }));

Deno.test("checkPaths() writes standard output, pipes and devices straight", () =>
  withFolder(async (folder, input) => {
    for (const name of ["-", "/dev/stdout", "/dev/fd/1"]) {
      assert.deepEqual(await check(input, name), { kind: "stream", path: null, name: "standard output" });
      assert.match(await refusal(UsageError, input, name, { stdoutIsTerminal: true }), /it is a terminal/);
    }
    const pipe = `${folder}/pipe.mkv`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    for (const name of [pipe, "/dev/null", "/dev/fd/7"]) {
      assert.deepEqual(await check(input, name), { kind: "stream", path: name, name });
    }
  }));
