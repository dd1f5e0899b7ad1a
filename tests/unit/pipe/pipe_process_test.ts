import assert from "node:assert/strict";
import { join } from "node:path";
import { SegmentDigest } from "../../../ffi/digest.ts";
import { openLibrary } from "../../../ffi/library.ts";
import { clip, scenes } from "../../support/clips.ts";
import { libraryPath } from "./pipe_run.ts";
import { PipeFolder } from "./producers.ts";

const config = join(import.meta.dirname!, "../../../deno.json");
const child = [Deno.execPath(), "run", "-A", "--config", config, join(import.meta.dirname!, "pipe_child.ts")];

/** Runs a command of bash in which "$@" is the child program and $F the clip; what the child printed. */
async function bash(command: string, file: string): Promise<Record<string, unknown>> {
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", command, "bash", ...child],
    env: { F: file },
    stdin: "null",
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("standard input is read, whatever it is and whatever it is called", async () => {
  await using folder = new PipeFolder();
  const { path, frames } = folder.clip(clip(scenes(30, 20), { width: 64, height: 48 }));
  using digest = new SegmentDigest(openLibrary(libraryPath));
  for (const frame of frames) digest.addFrame(frame);
  const expected = { frames: 50, digest: digest.finish().toHex(), notes: [] };
  const commands = [
    'cat "$F" | "$@" -',
    '"$@" - <"$F"',
    // What was read before is gone: a file on standard input is not opened anew.
    '(head -c 3 "$F"; printf x; cat "$F") >"$F.longer"; { dd bs=1 count=4 of=/dev/null status=none; "$@" -; } <"$F.longer"',
    'cat "$F" | "$@" /dev/stdin',
    '"$@" /proc/self/fd/0 <"$F"',
    '"$@" <(cat "$F")',
    'exec 7<"$F"; "$@" /dev/fd/7',
  ];
  for (const command of commands) assert.deepEqual(await bash(command, path), expected, command);
});

Deno.test("standard input with nothing in it is refused", async () => {
  await using folder = new PipeFolder();
  const { path } = folder.clip(clip(scenes(3)));
  const closed = { name: "InputError", error: "Cannot read standard input: it is closed, or /dev/null" };
  assert.deepEqual(await bash('"$@" - <&-', path), closed);
  assert.deepEqual(await bash('"$@" - </dev/null', path), closed);
  const empty = { name: "InputError", error: "Cannot read standard input: it is empty" };
  assert.deepEqual(await bash(': | "$@" -', path), empty);
  const folderIn = await bash('"$@" - <"$(dirname "$F")"', path);
  assert.match(String(folderIn.error), /^Cannot read standard input: it is a directory/);
});

Deno.test("a temporary file is gone with the process that was killed", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using folder = new PipeFolder();
  const { path } = folder.clip(clip(scenes(200).map((scene) => ({ ...scene, noise: 32 }))));
  const before = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  const [program, ...args] = child;
  const names: string[] = [];
  const watcher = Deno.watchFs(folder.path);
  const watching = (async () => {
    for await (const { kind, paths } of watcher) if (kind === "create") names.push(...paths);
  })();
  const process = new Deno.Command(program!, { args: [...args, path, "spill", folder.path], stdout: "piped" }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  assert.match(new TextDecoder().decode(value), /in the middle/);
  const open = [...Deno.readDirSync(`/proc/${process.pid}/fd`)].map(({ name }) => linkOf(process.pid, name));
  assert.ok(
    open.some((link) => link.startsWith(folder.path) && link.endsWith(" (deleted)")),
    "it is there, without a name",
  );
  watcher.close();
  await watching;
  assert.deepEqual(names, [], "it never had one: there is no moment at which a kill would leave it");
  process.kill("SIGKILL");
  await reader.cancel();
  await process.status;
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), before);
});

Deno.test("a full disk under the temporary file is noted once and holds the reader back", {
  ignore: !canMount(),
}, async () => {
  await using folder = new PipeFolder();
  const { path } = folder.clip(clip(scenes(200, 100).map((scene) => ({ ...scene, noise: 32 }))));
  const command = 'mkdir "$F.d"; mount -t tmpfs -o size=1m none "$F.d"; "$@" "$F" small "$F.d"';
  const { stdout } = await new Deno.Command("unshare", {
    args: ["-m", "bash", "-c", command, "bash", ...child],
    env: { F: path },
    stdin: "null",
  }).output();
  const result = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual([result.frames, result.cutShort, result.notes.length], [300, undefined, 1]);
  assert.match(result.notes[0], /^no more temporary input in '.*': .*; '.*' is read as fast as memory allows$/);
});

function linkOf(pid: number, descriptor: string): string {
  try {
    return Deno.readLinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return "";
  }
}

function canMount(): boolean {
  const command = "mount -t tmpfs none /mnt";
  return Deno.build.os === "linux" &&
    new Deno.Command("unshare", { args: ["-m", "sh", "-c", command], stderr: "null" }).outputSync().success;
}
