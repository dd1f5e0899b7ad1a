// For those with no y4m at hand: makes a short clip by code and encodes it with the real command, saying what it does.
// usage: deno task demo [FOLDER]   (a new temporary folder where absent)

import { clipLength, demoClip } from "./lib/media/demo_clip.ts";
import { writeClip } from "./lib/media/y4m_writer.ts";

/** Fast enough to be watched, slow enough that there is something to watch. */
const options = ["--speed", "8"];

const startedIn = Deno.env.get("INIT_CWD") || Deno.cwd();
const folder = Deno.args[0] === undefined
  ? Deno.makeTempDirSync({ prefix: "rav1e-by-gop-demo-" })
  : Deno.args[0].startsWith("/")
  ? Deno.args[0]
  : `${startedIn}/${Deno.args[0]}`;
Deno.mkdirSync(folder, { recursive: true });
const input = `${folder}/demo.y4m`, output = `${folder}/demo.ivf`;

const { width, height, scenes } = demoClip;
console.log(`Making ${clipLength(demoClip)} frames of ${width}x${height} in ${scenes.length} scenes: ${input}`);
writeClip(input, demoClip);

console.log(`Encoding: rav1e-by-gop ${[input, "-o", output, ...options].join(" ")}`);
const main = decodeURIComponent(new URL("main.ts", import.meta.url).pathname);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "--allow-all", "--quiet", main, input, "-o", output, "-y", ...options],
  stdin: "inherit",
  stdout: "inherit",
  stderr: "inherit",
}).spawn().status;
if (code === 0) {
  const mebibytes = (path: string) => (Deno.statSync(path).size / 2 ** 20).toFixed(2);
  console.log(`${mebibytes(input)} MiB of raw video became ${mebibytes(output)} MiB of AV1.`);
  console.log(`Play it:  mpv ${output}    or    ffplay ${output}`);
}
Deno.exit(code);
