// How an encoder gets on with a segment: the longest time between two steps (a frame that goes in, a packet that comes out),
// up to the first two packets and afterwards, and how far what counts as done (framesDone) is from the part of the time that
// has passed. CPU time, so that the machine may do other things. What fleets expect of slots rests on it
// (lib/encode/forecast.ts, at_work.ts).
// usage: deno run --allow-all bench/steps.ts CLIP.y4m [SPEED...]      (at least 140 frames)

import process from "node:process";
import { libraryFile } from "../ffi/build/library_file.ts";
import { Encoder } from "../ffi/encoder.ts";
import { Library } from "../ffi/library.ts";
import { framesDone } from "../lib/encode/at_work.ts";
import { defaultOptions, settingsFor } from "../lib/encode/settings.ts";
import { FrameReader } from "../lib/media/frame_reader.ts";
import { openY4mFile } from "../lib/media/y4m_file.ts";

interface Step {
  readonly seconds: number;
  readonly sent: number;
  readonly packets: number;
}

const [path, ...named] = Deno.args;
if (path === undefined) throw new Error("Cannot measure: no clip named; give the path of a y4m file");
const input = openY4mFile(path);
const library = new Library(await libraryFile(console.error));
for (const speed of named.length > 0 ? named.map(Number) : [10, 6, 4]) {
  for (const [first, frames] of [[0, 12], [5, 40], [20, 120]] as const) {
    const steps = encode(speed, first, frames), total = steps.at(-1)!.seconds;
    const longest = [0, 0];
    let error = 0;
    for (const [place, step] of steps.entries()) {
      const before = steps[place - 1] ?? { seconds: 0, sent: 0, packets: 0 };
      // As it looks in the middle between two.
      const done = framesDone({ ...before, bytes: 0, waiting: false }) / frames;
      error = Math.max(error, Math.abs(done - (before.seconds + step.seconds) / 2 / total));
      const part = step.packets > 2 ? 1 : 0, perFrame = total / frames;
      longest[part] = Math.max(longest[part]!, (step.seconds - before.seconds) / perFrame);
    }
    const [atFirst, later] = longest.map((gap) => gap.toFixed(1));
    console.log(
      `speed ${speed}, ${frames} frames in ${
        total.toFixed(1)
      } s: without a step for ${atFirst} frames' time at first, ` +
        `${later} later; frames done are off by ${error.toFixed(2)} of the segment at most`,
    );
  }
}

function encode(speed: number, first: number, frames: number): Step[] {
  using reader = new FrameReader(path!, input.layout);
  using encoder = new Encoder(library, settingsFor(input.header.format, { ...defaultOptions, speed }), 0);
  const frame = new Uint8Array(input.layout.frameBytes), steps: Step[] = [];
  const started = process.cpuUsage();
  for (let sent = 0, packets = 0;;) {
    const received = encoder.receive();
    if (received === "end") return steps;
    if (received === "again") continue;
    if (received === "need-frame" && sent === frames) {
      encoder.flush();
      continue;
    }
    if (received !== "need-frame") packets++;
    else {
      reader.readFrame(first + sent++, frame);
      encoder.send(frame);
    }
    const { user, system } = process.cpuUsage(started);
    steps.push({ seconds: (user + system) / 1e6, sent, packets });
  }
}
