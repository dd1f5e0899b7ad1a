// CPU time of the calling thread. Not for encoder threads: node's modules cost them their start.

import process from "node:process";

/** Seconds that the thread has worked since it began, in the system included. */
export function threadCpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}
