// `deno task compile`: makes dist/rav1e-by-gop, one file that runs where nothing is installed. It is Deno's own kind of
// executable where the runtime for it (denort) is given or reachable, else a self-extracting one. Beside it, in share,
// the manual page and the completions.
// usage: deno run -A ship/main.ts [--shape deno-compile|self-extracting] [--output FILE]

import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { noticesFile } from "../lib/cli/licenses.ts";
import { writeArchive } from "./archive.ts";
import { bundleProgram } from "./bundle.ts";
import { root, run } from "./command.ts";
import { compileWithDeno } from "./deno_compile.ts";
import { writeDocuments } from "./documents.ts";
import { packed } from "./frame.ts";
import { buildLauncher, buildLibraries, findTools } from "./native.ts";
import { neededGlibc } from "./glibc.ts";
import { gatherNotices } from "./notices.ts";
import { isolationFlags, permissionFlags } from "./permissions.ts";
import { glibc } from "./zig.ts";

const log = (line: string) => console.error(line);
const { values } = parseArgs({ args: Deno.args, options: { shape: { type: "string" }, output: { type: "string" } } });
if (![undefined, "deno-compile", "self-extracting"].includes(values.shape)) {
  console.error(`--shape ${values.shape}: must be deno-compile or self-extracting`);
  Deno.exit(2);
}
const output = values.output ?? join(root, "dist", "rav1e-by-gop");
const work = join(root, "build", "ship");
const frames = join(work, "frames"), program = join(work, "program");
Deno.mkdirSync(dirname(output), { recursive: true });

try {
  await bundleProgram(program, run);
  const tools = await findTools(run, log);
  // Takes as long as the libraries, and another core.
  const runtime = values.shape === "deno-compile" ? undefined : packed(Deno.execPath(), frames, run);
  const [libraries] = await Promise.all([buildLibraries(program, tools, run, log), runtime]);
  const { text, missing } = await gatherNotices({ offline: false });
  if (missing.length > 0) throw new Error(`Cannot gather the notices of ${missing.join(", ")}: no licence file`);
  Deno.writeTextFileSync(join(program, noticesFile), text);

  const compiled = values.shape !== "self-extracting" &&
    await compileWithDeno({ program, output, required: values.shape === "deno-compile" }, run, log);
  const natives = [...libraries];
  if (!compiled) {
    const launcher = await buildLauncher(tools, run, log);
    natives.push(launcher);
    const others = [...Deno.readDirSync(program)].map(({ name }) => join(program, name)).sort();
    await writeArchive(output, {
      launcher,
      runtime: Deno.execPath(),
      others,
      arguments: ["run", ...isolationFlags, ...permissionFlags, "{folder}/main.js"],
      built: buildTime(),
      frames,
    }, run);
  }
  writeDocuments(join(dirname(output), "share"));
  const shape = compiled ? "deno compile" : "self-extracting";
  const megabytes = (Deno.statSync(output).size / 1e6).toFixed(1);
  console.log(`${output}: ${shape} executable, ${megabytes} MB${glibcOf(natives)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}

/** What Deno itself asks for is no more than `glibc` in zig.ts. */
function glibcOf(paths: readonly string[]): string {
  const versions = [glibc, ...paths.map((path) => neededGlibc(Deno.readFileSync(path)) ?? "")];
  return Deno.build.os === "linux" ? `, for glibc ${versions.sort(byNumber).at(-1)} or newer` : "";
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** Seconds since 1970; SOURCE_DATE_EPOCH makes two builds of the same sources equal. */
function buildTime(): number {
  return Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? Math.floor(Date.now() / 1000));
}
