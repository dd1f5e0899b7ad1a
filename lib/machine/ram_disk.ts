// Whether a folder is kept in memory: what is put there to spare memory spares none.

import { resolve } from "node:path";

const ramDisks = ["tmpfs", "ramfs", "devtmpfs"];

/** Whether the mount that a folder belongs to is kept in memory. `mounts`: /proc/self/mountinfo (proc(5)), "" elsewhere. */
export function isRamDisk(folder: string, mounts = mountsOfProcess()): boolean {
  let path: string;
  try {
    path = Deno.realPathSync(resolve(folder));
  } catch {
    return false;
  }
  let found = { mount: "", type: "" };
  for (const line of mounts.split("\n")) {
    const [before, after] = line.split(" - ");
    const mount = unescaped(before?.split(" ")[4] ?? "");
    const type = after?.split(" ")[0] ?? "";
    const isAbove = mount === "/" || path === mount || path.startsWith(`${mount}/`);
    // Of two mounts at one place the later one covers the other.
    if (mount !== "" && isAbove && mount.length >= found.mount.length) found = { mount, type };
  }
  return ramDisks.includes(found.type);
}

/** mountinfo writes spaces and the like as three octal digits. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

export function mountsOfProcess(): string {
  try {
    return Deno.readTextFileSync("/proc/self/mountinfo");
  } catch {
    return "";
  }
}
