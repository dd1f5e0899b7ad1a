// Which Rust would build the library, known without starting it. A rustup installation is followed through its proxies to
// the toolchain they would run. The identity is the same on two machines that have the same compiler wherever it can be.

import { basename, dirname, join } from "node:path";
import { type Environment, findProgram, statOrUndefined } from "./programs.ts";

export interface Rust {
  readonly cargo: string;
  /** Changes with the compiler. */
  readonly identity: string;
  /** What has to be added to the environment for `cargo` to work. */
  readonly environment: Environment;
}

/** The installed Rust; undefined without cargo or without a toolchain behind it. */
export function findRust(environment: Environment): Rust | undefined {
  // cron and fresh installations have no ~/.cargo/bin on PATH.
  const cargoHome = environment.CARGO_HOME ?? join(environment.HOME ?? "/", ".cargo");
  const cargo = findProgram("cargo", environment, [join(cargoHome, "bin")]);
  if (cargo === undefined) return undefined;
  const folder = dirname(cargo);
  const rustc = environment.RUSTC ?? findProgram("rustc", { PATH: folder }) ?? findProgram("rustc", environment);
  if (rustc === undefined) return undefined;
  if (!isRustupProxy(rustc)) return { cargo, identity: compilerIdentity(rustc), environment: {} };

  const home = rustupHome(environment, folder);
  const toolchain = home === undefined ? undefined : rustupToolchain(environment, home);
  if (home === undefined || toolchain === undefined) return undefined;
  return { cargo, identity: compilerIdentity(join(toolchain, "bin", "rustc")), environment: { RUSTUP_HOME: home } };
}

/** rustup's proxies are links to rustup, or copies of it beside it. */
function isRustupProxy(program: string): boolean {
  try {
    if (basename(Deno.realPathSync(program)) === "rustup") return true;
  } catch {
    return false;
  }
  const rustup = statOrUndefined(join(dirname(program), "rustup"));
  return rustup !== undefined && rustup.size === statOrUndefined(program)?.size;
}

/** rustup's folder: the user's, else the one beside the .cargo whose proxies are on PATH (another HOME than at its installation). */
function rustupHome(environment: Environment, proxies: string): string | undefined {
  if (environment.RUSTUP_HOME !== undefined) return environment.RUSTUP_HOME;
  const candidates = [join(environment.HOME ?? "/", ".rustup"), join(proxies, "..", "..", ".rustup")];
  return candidates.find((home) => statOrUndefined(join(home, "toolchains")) !== undefined);
}

/**
 * The folder of the toolchain in use. Overrides of single folders are not looked at: the worst they can do is that a
 * library of another compiler is kept, which encodes the same bytes.
 */
function rustupToolchain(environment: Environment, home: string): string | undefined {
  const name = environment.RUSTUP_TOOLCHAIN ?? defaultToolchain(home);
  if (name === undefined) return undefined;
  const folder = (name: string) => name.startsWith("/") ? name : join(home, "toolchains", name);
  return [folder(name), folder(`${name}-${Deno.build.target}`)].find((path) => statOrUndefined(join(path, "bin")));
}

function defaultToolchain(home: string): string | undefined {
  try {
    return /^default_toolchain\s*=\s*"([^"]+)"/m.exec(Deno.readTextFileSync(join(home, "settings.toml")))?.[1];
  } catch {
    return undefined;
  }
}

/** The compiler's own hash where its library's name carries it, else the size and time of its file. */
function compilerIdentity(rustc: string): string {
  const path = resolved(rustc);
  const libraries = join(dirname(path), "..", "lib");
  // A toolchain's lib folder holds a handful of files, /usr/lib thousands.
  if (!path.startsWith("/usr/")) {
    try {
      const drivers = [...Deno.readDirSync(libraries)].map(({ name }) => name).filter((name) =>
        /^librustc_driver-/.test(name)
      );
      if (drivers.length > 0) return drivers.sort().join(" ");
    } catch { /* not laid out as a toolchain is */ }
  }
  const info = statOrUndefined(path);
  return info === undefined ? path : `${path} ${info.size} ${info.mtime?.getTime()}`;
}

function resolved(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}
