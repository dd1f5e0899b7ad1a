// `status` for people: what there is to say, a line each.

import { localTime } from "../resume/describe.ts";
import { frameList } from "../resume/describe.ts";
import { formatBytes, formatDuration, formatFigure, formatPercent } from "./progress/format.ts";
import type { InputFrames, StatusFacts } from "./status_facts.ts";

const stateWords = {
  running: "running",
  interrupted: "interrupted; the same command goes on",
  unnamed: "complete, but without its name; the same command gives it",
  complete: "complete; kept until all of its set are, which the same command sees to",
} as const;

/** Of a long list so many are shown; --json has them all. */
const mostZones = 12;

/** Lines for people, newline at the end. */
export function statusText(facts: StatusFacts): string {
  const { frames, segments, lastRun, running } = facts;
  const lines: [string, string][] = [
    [facts.output, stateWords[facts.state]],
    [
      "frames",
      `${frames.done} of ${frames.all ?? "?"} done` +
      (facts.fraction === null ? "" : `, ${formatPercent(facts.fraction)}`),
    ],
    ["segments", `${segments.done} of ${segments.known} done${segments.planComplete ? "" : ", more to be found"}`],
    ["packets", formatBytes(facts.bytes)],
    ["command", facts.command],
    ...zoneLines(facts.zones),
    ["begun", `${localTime(Date.parse(facts.begun))}, ${facts.runs} run${facts.runs === 1 ? "" : "s"} so far`],
    [running.length > 0 || lastRun.ended === "running" ? "this run" : "last run", runText(lastRun)],
  ];
  if (facts.eta !== null) lines.push(["left", `about ${formatDuration(facts.eta)}`]);
  if (running.length > 0) {
    lines.push(["at work", running.map(rangeText).join(", ")]);
    lines.push(["a stop now", `loses ${formatFigure(facts.stopCostSlotMinutes)} minutes of slots`]);
  }
  for (const part of facts.setAside) {
    lines.push([
      "left out",
      `frames ${rangeText(part)}: the process died there ${part.deaths} times; --resume tries again`,
    ]);
  }
  if (facts.damaged.length > 0) {
    const parts = facts.damaged.map((part) => ({
      first: part.firstFrame,
      frames: part.lastFrame - part.firstFrame + 1,
    }));
    lines.push(["damaged", `${frameList(parts, 0)}: to be encoded again`]);
  }
  const [[output, state] = ["", ""], ...rest] = lines;
  const width = Math.max(...rest.map(([name]) => name.length));
  return `${output}: ${state}\n` + rest.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join("");
}

function zoneLines(zones: readonly string[]): [string, string][] {
  const lines = zones.slice(0, mostZones).map((text): [string, string] => ["zone", text]);
  const more = zones.length - lines.length;
  return more > 0 ? [...lines, ["zones", `and ${more} more`]] : lines;
}

function runText({ started, ended, slots, seconds, frames, fps }: StatusFacts["lastRun"]): string {
  const how =
    { running: "", clean: ", ended as asked", failed: ", failed", killed: ", did not say that it ended" }[ended];
  return `started ${localTime(Date.parse(started))}${how}: ${frames} frames in ${formatDuration(seconds)}, ` +
    `${formatFigure(fps)} fps, ${slots === 0 ? "workers alone" : `${slots} slot${slots === 1 ? "" : "s"} here`}`;
}

function rangeText({ firstFrame, lastFrame }: InputFrames): string {
  return `${firstFrame}-${lastFrame}`;
}
