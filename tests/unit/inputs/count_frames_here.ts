// Run by a test in a folder of films: opens each of the names as an input and prints how many frames it gives, as JSON.

import { openSource } from "../../../lib/inputs/open_source.ts";
import { childFrames } from "./child_frames.ts";

const wishes = { inputVia: undefined, bitDepth: undefined, videoFilter: undefined };
const counts: Record<string, number> = {};
for (const path of Deno.args) {
  const request = { path, name: `'${path}'`, wishes, skip: 0, onIrregular: () => {} };
  const { command, pipe } = await openSource({ via: "ffmpeg", sequence: undefined }, request);
  pipe.close();
  counts[path] = (await childFrames(command)).hashes.length;
}
console.log(JSON.stringify(counts));
