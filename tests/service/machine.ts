// A machine with a real systemd, made of namespaces: a small Debian in a folder (build/service, made once), booted by boot.sh.
// It shares this machine's kernel and network, so that what listens in it is reached by loopback. Takes root.

import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isFound } from "../support/found_program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "build", "service");
const release = "bookworm";
const debian = join(folder, release);

/** Makes ready for `Machine.boot`. Returns why there can be none here; undefined where there can. */
export function whyNoMachine(): string | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it takes root on Linux";
  const missing = ["apt-get", "dpkg-deb", "unshare", "nsenter"].find((program) => !isFound(program));
  if (missing !== undefined) return `there is no ${missing}`;
  const { success } = new Deno.Command("unshare", { args: ["-mpf", "-u", "-i", "-C", "true"] }).outputSync();
  if (!success) return "namespaces may not be made";
  try {
    if (!isThere(debian)) makeDebian();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export interface Output {
  readonly code: number;
  readonly text: string;
}

export class Machine implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess;
  /** Of its first process, as this machine sees it. */
  readonly #process: number;
  readonly folder: string;

  private constructor(holder: Deno.ChildProcess, process: number, folder: string) {
    this.#holder = holder;
    this.#process = process;
    this.folder = folder;
  }

  /** Resolves when it has booted. */
  static async boot(): Promise<Machine> {
    const copy = join(folder, `machine-${Deno.pid}`);
    run("cp", ["-a", "--reflink=auto", debian, copy]);
    const holder = new Deno.Command("bash", {
      args: [
        script("group"),
        groupOf(copy),
        "unshare",
        "--kill-child",
        "-mpf",
        "-u",
        "-i",
        "-C",
        "bash",
        script("boot"),
        copy,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const machine = new Machine(holder, await childOf(holder.pid), copy);
    // Until it is systemd nobody answers, or this machine's own does ("offline"); then --wait is until all is started.
    while (!/^(running|degraded)/.test((await machine.run("systemctl", "is-system-running", "--wait")).text)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return machine;
  }

  /** Runs a program on it, to its end. */
  async run(program: string, ...args: string[]): Promise<Output> {
    const environment = ["/usr/bin/env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin", "HOME=/root", "TERM=dumb"];
    const { code, stdout, stderr } = await new Deno.Command("nsenter", {
      args: ["-t", `${this.#process}`, "-m", "-p", "-u", "-i", "-C", "-r", "-w", ...environment, program, ...args],
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, text: text.decode(stdout) + (code === 0 ? "" : text.decode(stderr)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#holder.status;
    // Its processes are gone a moment after the first of them.
    const remove = () => new Deno.Command("bash", { args: [script("group"), "--remove", groupOf(this.folder)] });
    for (let tries = 0; tries < 50 && !(await remove().output()).success; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function script(name: string): string {
  return fileURLToPath(new URL(`./${name}.sh`, import.meta.url));
}

/** Of its control groups. */
function groupOf(folder: string): string {
  return `rav1e-by-gop-${basename(folder)}`;
}

/** debootstrap is a script; it need not be installed. */
function makeDebian(): void {
  Deno.mkdirSync(folder, { recursive: true });
  run("sh", ["-c", "apt-get download debootstrap && dpkg-deb -x debootstrap_*.deb ."]);
  const part = `${debian}.part`;
  run("rm", ["-rf", part]);
  const args = ["--variant=minbase", "--include=systemd,systemd-sysv,dbus", release, part];
  run("sh", ["usr/sbin/debootstrap", ...args], { DEBOOTSTRAP_DIR: join(folder, "usr/share/debootstrap") });
  Deno.renameSync(part, debian);
}

function run(program: string, args: string[], env?: Record<string, string>): void {
  const { success, stderr } = new Deno.Command(program, { args, env, cwd: folder, stdin: "null" }).outputSync();
  if (!success) throw new Error(`Cannot run ${program} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

/** The process that `unshare` has started. Before `pid` was that it was a shell, with children of its own. */
async function childOf(pid: number): Promise<number> {
  for (;;) {
    const isUnshare = Deno.readTextFileSync(`/proc/${pid}/comm`).trim() === "unshare";
    const [child] = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ");
    if (isUnshare && child) return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
