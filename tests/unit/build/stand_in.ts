// A checkout of its own for each test: a crate of three small files, and programs that answer like cargo, rustc and nasm.

import { join } from "node:path";

export interface StandIn extends Disposable {
  readonly root: string;
  /** PATH holds the stand-in programs alone. */
  readonly environment: Record<string, string>;
  /** How often cargo ran, and its arguments, a line each. */
  cargoCalls(): string[];
  write(path: string, text: string): void;
  /** A program in the PATH of `environment`: a shell script. */
  program(name: string, script: string): void;
  removeProgram(name: string): void;
}

const cargo = `echo "$*" >> "$CALLS"
while [ $# -gt 0 ]; do [ "$1" = --target-dir ] && target=$2; shift; done
if [ -n "$CARGO_SAYS" ]; then printf '%s\\n' "$CARGO_SAYS" >&2; exit 101; fi
printf '   Compiling rav1e v0.8.1\\n    Building [==>  ] 1/2: rav1e\\r    Building [====>] 2/2: librav1e-by-gop\\r' >&2
echo "made with RUSTFLAGS=$RUSTFLAGS" > "$target/librav1e_by_gop.so"
printf '{"reason":"compiler-artifact","target":{"name":"rav1e_by_gop"},"filenames":["%s"]}\\n' "$target/librav1e_by_gop.so"`;

export function standIn(): StandIn {
  const root = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-build-" });
  const calls = join(root, "calls");
  const made: StandIn = {
    root,
    environment: { PATH: join(root, "bin"), HOME: join(root, "home"), CALLS: calls },
    cargoCalls() {
      try {
        return Deno.readTextFileSync(calls).trim().split("\n");
      } catch {
        return [];
      }
    },
    write(path, text) {
      Deno.mkdirSync(join(root, path, ".."), { recursive: true });
      Deno.writeTextFileSync(join(root, path), text);
    },
    program(name, script) {
      made.write(`bin/${name}`, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
      Deno.chmodSync(join(root, "bin", name), 0o755);
    },
    removeProgram(name) {
      Deno.removeSync(join(root, "bin", name));
    },
    [Symbol.dispose]() {
      Deno.removeSync(root, { recursive: true });
    },
  };
  for (const name of ["Cargo.toml", "Cargo.lock", "src/lib.rs"]) made.write(`ffi/librav1e/${name}`, `# ${name}\n`);
  made.program("cargo", cargo);
  made.program("rustc", "");
  made.program("nasm", "echo NASM version 2.16.01");
  return made;
}
