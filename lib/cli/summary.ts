// The last line of a complete encode, with one more for each machine where there were workers, and the same as data for
// --progress json:
//
// {"type":"summary", ...}  once, after the output has its name
//   output         the output's name              frames, segments, slots   whole numbers
//   packetBytes    bytes of the packets           fileBytes   with the container's own
//   kbps           thousands of bits a second of video
//   seconds        from the beginning of encoding to the last segment's end
//   keptFrames     frames of them that earlier runs had finished
//   fps            frames that this run has encoded / seconds
//   efficiency     useful slot-seconds / (slots x seconds), 0 to 1
//   usefulSeconds, withheldSeconds   slot-seconds: of finished segments; withheld for memory
//   firstFrameSentAt   milliseconds since 1970 when the first frame went to an encoder; null where none had to
//   boundSeconds   the least that any schedule of these segments on these slots could have taken
// and where workers were asked:
//   copySeconds    slot-seconds of tries that another try at the same segment made needless
//   packingCpuSeconds   CPU seconds that this machine spent on packing frames for workers
//   machines       one object a machine, this one first if it encoded: worker (its name, null for this machine), segments,
//                  frames, fps (of its frames, over seconds), seconds (of its slots), bytesSent, bytesReceived, faults

import { count } from "../resume/describe.ts";
import type { EncodeSummary, MachineSummary } from "../encode/encode_job.ts";
import { printable, quotedPath } from "../media/printable.ts";
import { formatBytes } from "./progress/format.ts";

export interface SummaryFacts {
  readonly output: string;
  readonly frames: number;
  readonly keptFrames: number;
  readonly segments: number;
  readonly slots: number;
  readonly packetBytes: number;
  readonly fileBytes: number;
  readonly kbps: number;
  readonly seconds: number;
  readonly fps: number;
  readonly efficiency: number;
  readonly usefulSeconds: number;
  readonly withheldSeconds: number;
  readonly boundSeconds: number;
  readonly firstFrameSentAt: number | null;
  readonly copySeconds?: number;
  readonly packingCpuSeconds?: number;
  readonly machines?: readonly (MachineSummary & { readonly fps: number })[];
}

/** `frameRate` is the video's, frames a second. */
export function summaryFacts(
  output: string,
  summary: EncodeSummary,
  fileBytes: number,
  frameRate: number,
): SummaryFacts {
  const { frames, keptFrames, bytes, wallSeconds, firstFrameSentAt, machines, copySeconds, packingCpuSeconds } =
    summary;
  const fps = (frames: number) => wallSeconds > 0 ? frames / wallSeconds : 0;
  return {
    output,
    frames,
    keptFrames,
    segments: summary.segments,
    slots: summary.slots,
    packetBytes: bytes,
    fileBytes,
    kbps: bytes * 8 * frameRate / frames / 1000,
    seconds: wallSeconds,
    fps: fps(frames - keptFrames),
    efficiency: summary.efficiency,
    usefulSeconds: summary.usefulSeconds,
    withheldSeconds: summary.withheldSeconds,
    boundSeconds: summary.boundSeconds,
    firstFrameSentAt: Number.isFinite(firstFrameSentAt) ? firstFrameSentAt : null,
    ...(machines.length > 0 && {
      copySeconds,
      packingCpuSeconds,
      machines: machines.map((machine) => ({ ...machine, fps: fps(machine.frames) })),
    }),
  };
}

export function summaryText(facts: SummaryFacts): string {
  const { output, frames, keptFrames, fileBytes, kbps, fps, segments, slots, efficiency, withheldSeconds } = facts;
  const { machines = [], copySeconds = 0, packingCpuSeconds = 0 } = facts;
  const name = output === "-" ? "standard output" : quotedPath(output);
  return `${name}: ${count(frames, "frame")}${
    keptFrames > 0 ? ` (${keptFrames} of them before)` : ""
  }, ${fileBytes} bytes, ${kbps.toFixed(1)} kbit/s, ` +
    (keptFrames < frames ? `${fps.toFixed(2)} fps, ` : "") +
    `${count(segments, "segment")}, ${count(slots, "slot")} ${(efficiency * 100).toFixed(0)} % efficient` +
    (withheldSeconds >= 1 ? ` (${withheldSeconds.toFixed(0)} slot-seconds withheld for memory)` : "") +
    (copySeconds >= 1 ? `, ${copySeconds.toFixed(0)} slot-seconds of second copies` : "") +
    (packingCpuSeconds >= 0.05 ? `, ${packingCpuSeconds.toFixed(1)} CPU-seconds of packing for workers` : "") +
    machines.map((machine) => `\n  ${machineText(machine)}`).join("");
}

function machineText(machine: MachineSummary & { readonly fps: number }): string {
  const { worker, segments, frames, fps, bytesSent, bytesReceived, faults } = machine;
  const work = `${count(segments, "segment")}, ${count(frames, "frame")}, ${fps.toFixed(2)} fps`;
  if (worker === null) return `this machine: ${work}`;
  return `${printable(worker)}: ${work}, ${formatBytes(bytesSent)} sent, ${formatBytes(bytesReceived)} received` +
    (faults > 0 ? `, ${count(faults, "fault")}` : "");
}
