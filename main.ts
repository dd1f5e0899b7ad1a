// The program's start: hands the arguments to lib/cli/main.ts and leaves with its exit code, at once, whatever threads
// are still there.

import { main, reportError } from "./lib/cli/main.ts";
import { flushStderr } from "./lib/cli/stderr_queue.ts";
import { removeStartMark } from "./lib/shape/start_marks.ts";

removeStartMark();

// Nobody is there to catch these: a promise or a callback the program forgot is its own fault, and must not look like a
// success.
const verbose = Deno.args.includes("--verbose") || Deno.args.includes("-v");
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  leave(reportError(event.reason, verbose));
});
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  leave(reportError(event.error, verbose));
});

Deno.exit(
  await main(Deno.args, {
    encode: async (command) => (await import("./lib/cli/encode_command.ts")).encodeCommand(command),
    scenes: async (command) => (await import("./lib/cli/scenes_command.ts")).scenesCommand(command),
    proxies: async (command) => (await import("./lib/cli/proxies/proxies_command.ts")).proxiesCommand(command),
    worker: async (command) => (await import("./lib/cli/worker_command.ts")).workerCommand(command),
    libraryInfo: async () => {
      const { builtLibrary } = await import("./ffi/build/library_file.ts");
      const path = await builtLibrary();
      return path === undefined ? undefined : (await import("./ffi/library.ts")).openLibrary(path).info();
    },
  }),
);

async function leave(code: number): Promise<never> {
  await flushStderr();
  Deno.exit(code);
}
