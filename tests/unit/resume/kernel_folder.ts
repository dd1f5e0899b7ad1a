// A folder that stands for the kernel's files.

import { dirname } from "node:path";
import type { KernelFiles } from "../../../lib/machine/memory.ts";
import { WorkFolder } from "../../support/work_folder.ts";

export class KernelFolder implements KernelFiles, Disposable {
  readonly #folder = new WorkFolder();
  readonly proc = this.#folder.file("proc");
  readonly cgroup = this.#folder.file("cgroup");

  write(name: string, text: string): void {
    const path = this.#folder.file(name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
