// Finds the real rav1e 0.8.1 command: the RAV1E variable, PATH, build/oracle, ~/.cache/stock-rav1e, in this order. A
// command of another version is no oracle: named by RAV1E it is refused, elsewhere it is passed over.
// Run by itself it prints the path, building the command first when there is none.

const version = "0.8.1";
const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const ownBuild = `${root}build/oracle`;

/** Path of a stock command that answers with the right version, or undefined. Throws where RAV1E names another. */
export async function findStock(): Promise<string | undefined> {
  const named = Deno.env.get("RAV1E");
  if (named) {
    if (await isRightVersion(named)) return named;
    throw new Error(`Cannot use RAV1E=${named}: it does not answer --version with ${version}`);
  }
  const places = ["rav1e", `${ownBuild}/bin/rav1e`, `${Deno.env.get("HOME")}/.cache/stock-rav1e/bin/rav1e`];
  for (const place of places) if (await isRightVersion(place)) return place;
  return undefined;
}

/** As findStock(), for tests that run side by side and must not all build: throws where there is none. */
export async function needStock(): Promise<string> {
  const found = await findStock();
  if (found) return found;
  throw new Error(`Cannot find rav1e ${version}: run tests/oracle/stock.ts, which builds it, or name one in RAV1E`);
}

/** As findStock(), building the command from crates.io when there is none: minutes, needs cargo, a C compiler, nasm. */
export async function findOrBuildStock(log: (line: string) => void): Promise<string> {
  const found = await findStock();
  if (found) return found;
  log(`building rav1e ${version} in build/oracle (once, some minutes)`);
  const { success } = await new Deno.Command("cargo", {
    args: [
      ...["install", "--locked", "--version", `=${version}`, "rav1e", "--root", ownBuild],
      ...["--no-default-features", "--features", "binaries,asm,threading,signal_support"],
    ],
    // The assembler that the library's own build may have fetched serves here too.
    env: { PATH: `${Deno.env.get("PATH") ?? ""}:${root}build/tools/nasm/usr/bin` },
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  const built = `${ownBuild}/bin/rav1e`;
  if (!success || !await isRightVersion(built)) {
    throw new Error(`Cannot build rav1e ${version}: see cargo's words above`);
  }
  return built;
}

/**
 * Encodes with the stock command on one thread and returns the IVF file's bytes and what it said about its settings.
 * Throws with its words where it fails.
 */
export async function encodeWithStock(
  stock: string,
  input: string,
  output: string,
  args: readonly string[],
  cwd: string,
): Promise<{ ivf: Uint8Array; said: string }> {
  const { success, stderr } = await new Deno.Command(stock, {
    args: [input, "--output", output, "-y", "--threads", "1", ...args],
    cwd,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`Cannot encode with ${stock} ${args.join(" ")}: ${said.trim()}`);
  return { ivf: Deno.readFileSync(`${cwd}/${output}`), said };
}

async function isRightVersion(command: string): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command(command, { args: ["--version"], stderr: "null" }).output();
    return new TextDecoder().decode(stdout).startsWith(`rav1e ${version} `);
  } catch {
    return false;
  }
}

if (import.meta.main) console.log(await findOrBuildStock(console.error));
