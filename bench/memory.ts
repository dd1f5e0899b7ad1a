// Peak memory of one slot (and of the scene detector) by size, depth, chroma and speed, measured on the real library,
// beside what lib/machine/memory_model.ts says of it; the promise is within 20 %. Each case runs in a process of its own,
// one after the other, about 25 minutes in all. Linux only (/proc).
// usage: deno run --allow-all bench/memory.ts [--write] [TEXT...]
//   TEXT     only cases whose description has all of these words in it, for instance: 720 "speed 10"
//   --write  puts what was measured into tests/unit/machine/measured_memory.json, which the unit tests hold the model to

import { libraryFile } from "../ffi/build/library_file.ts";
import { openLibrary } from "../ffi/library.ts";
import { bytesPerSlot, detectorBytes } from "../lib/machine/memory_model.ts";
import { caseSettings, describeCase, type MeasuredCase, type MemoryCase, memoryCases } from "./memory_case.ts";

const process = new URL("memory_process.ts", import.meta.url).pathname;
const table = new URL("../tests/unit/machine/measured_memory.json", import.meta.url);
const write = Deno.args.includes("--write");
const words = Deno.args.filter((word) => word !== "--write");

const path = await libraryFile(console.error);
const library = openLibrary(path);
const known: MeasuredCase[] = JSON.parse(await Deno.readTextFile(table).catch(() => "[]"));
let worst = 0;
console.log("measured   model   error  case");
for (const memoryCase of memoryCases) {
  const name = describeCase(memoryCase);
  if (!words.every((word) => name.includes(word))) continue;
  const bytes = await measure(memoryCase);
  const settings = caseSettings(memoryCase);
  const resolved = library.resolve(settings);
  const model = memoryCase.part === "slot" ? bytesPerSlot(settings, resolved) : detectorBytes(settings, resolved);
  const error = model / bytes - 1;
  worst = Math.max(worst, Math.abs(error));
  const megabytes = (value: number) => `${(value / 1e6).toFixed(0)} MB`.padStart(8);
  console.log(`${megabytes(bytes)}${megabytes(model)}${(error * 100).toFixed(1).padStart(7)} %  ${name}`);
  if (write) {
    const others = known.filter((row) => describeCase(row) !== name);
    const row = {
      ...memoryCase,
      bytes,
      lookahead: resolved.rdoLookaheadFrames,
      keyint: resolved.keyint,
      sceneDetection: resolved.sceneDetection,
    };
    known.splice(0, known.length, ...others, row);
    await Deno.writeTextFile(table, `[\n${known.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]\n`);
  }
}
console.log(`largest error ${(worst * 100).toFixed(1)} %, promised 20 %: ${worst <= 0.2 ? "kept" : "NOT KEPT"}`);

async function measure(memoryCase: MemoryCase): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", process, JSON.stringify({ library: path, memoryCase })],
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure ${describeCase(memoryCase)}: its process failed`);
  return Number(new TextDecoder().decode(stdout));
}
