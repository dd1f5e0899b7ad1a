// AviSynth scripts, by a program that does what avs2yuv does as far as can be seen from outside: options anywhere, the script
// first of what is none, the output behind -o, y4m there and talk on standard error. The "script" it is given is a y4m.

import assert from "node:assert/strict";
import { runProgram } from "../support/program.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

const ignore = Deno.build.os === "windows";

/** `more`: what else it does with $infile, when it has understood its words. */
function fakeAvs2yuv(nstdr: boolean, more = 'cat "$infile"'): string {
  return `#!/bin/sh
for word in "$@"; do
  if [ "$behind" = o ]; then out=$word; behind=; continue; fi
  case "$word" in
    ${nstdr ? "-nstdr) quiet=1 ;;" : ""}
    -o) behind=o ;;
    -?*) echo "Error: no such option \\"$word\\"." >&2; exit 2 ;;
    *) infile=$word ;;
  esac
done
if [ -z "$infile" ] || [ -z "$out" ]; then
  printf 'Avs2YUV 0.30\\n\\nUsage: avs2yuv [options] in.avs [-o out.y4m]\\n${
    nstdr ? "-nstdr\\\\tdo not print info to stderr\\\\n" : ""
  }-seek\\tseek to the given frame number\\nThe outfile may be "-", meaning stdout.\\n' >&2
  exit 2
fi
case "$infile" in *.avs) ;; *) echo "Error: infile \\"$infile\\" doesn't look like an avisynth script." >&2 ;; esac
[ -f "$infile" ] || { echo "Error: no file $infile." >&2; exit 1; }
[ "$out" = - ] || exit 3
[ -n "$quiet" ] || printf 'Avs2YUV 0.30\\nScript file:\\t%s\\nTotal frames:\\t37\\n' "$infile" >&2
${more}
`;
}

/** An ffmpeg that was built with AviSynth, if so. It is asked for no more than that. */
const fakeFfmpeg = (withAviSynth: boolean) =>
  `#!/bin/sh
case "$*" in
*-demuxers*) printf 'File formats:\\n D. = Demuxing supported\\n --\\n D  3dostr  3DO STR\\n${
    withAviSynth ? " D   avisynth        AviSynth script\\n" : ""
  }' ;;
*) echo "asked: $*" >&2; exit 1 ;;
esac
`;

class Scripts extends WorkFolder {
  constructor(programs: Readonly<Record<string, string>>) {
    super();
    this.clip("-in.avs");
    Deno.mkdirSync(this.file("bin"));
    for (const [name, text] of Object.entries(programs)) {
      Deno.writeTextFileSync(this.file(`bin/${name}`), text, { mode: 0o755 });
    }
    for (const name of ["cat", "head", "kill", "sh"]) {
      const found = (Deno.env.get("PATH") ?? "").split(":").map((place) => `${place}/${name}`).find((path) => {
        try {
          return Deno.statSync(path).isFile;
        } catch {
          return false;
        }
      });
      if (found !== undefined) Deno.symlinkSync(found, this.file(`bin/${name}`));
    }
  }

  encode(...words: string[]) {
    const env = { PATH: this.file("bin") };
    return runProgram(["-o", "out.ivf", "-s", "10", ...words, "--", "-in.avs"], { cwd: this.path, env });
  }
}

for (const nstdr of [true, false]) {
  Deno.test(`a script is run by avs2yuv${nstdr ? "" : ", an older one too"}`, { ignore }, async () => {
    using scripts = new Scripts({ avs2yuv: fakeAvs2yuv(nstdr) });
    const { code, stderr } = await scripts.encode();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /'-in\.avs': read through avs2yuv/);
    assert.deepEqual(scripts.read("out.ivf"), await smallClipEncoded());
    const scenes = await runProgram(["scenes", "-s", "10", "--", "-in.avs"], {
      cwd: scripts.path,
      env: { PATH: scripts.file("bin") },
    });
    assert.equal(scenes.code, 0, scenes.stderr);
    assert.match(new TextDecoder().decode(scenes.stdout), /"keyframes": \[0,12,25\]/);
  });
}

Deno.test("a script that fails on the way makes no film, with its own reason", { ignore }, async () => {
  const more = 'head -c 120000 "$infile"; echo "Error: no such plugin occurred while reading frame 25." >&2; exit 1';
  using scripts = new Scripts({ avs2yuv: fakeAvs2yuv(true, more) });
  const { code, stderr } = await scripts.encode();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /avs2yuv ended with exit code 1 after \d+ frames: Error: no such plugin occurred while reading/);
  assert(!scripts.names().includes("out.ivf"));
});

Deno.test(
  "where there is nothing that runs AviSynth, that is said, and whatever is there is used",
  { ignore },
  async () => {
    const refused: [Record<string, string>, string[], RegExp][] = [
      [{}, [], /it is an AviSynth script; neither avs2yuv nor an ffmpeg that was built with AviSynth is on PATH\n$/],
      [{ ffmpeg: fakeFfmpeg(false) }, [], /; neither avs2yuv nor an ffmpeg that was built with AviSynth is on PATH\n$/],
      // What it says of its version and its ffprobe are asked for next: it is the one that is to read the script.
      [{ ffmpeg: fakeFfmpeg(true) }, [], /asked: -version|ffprobe, which reads everything else, is not on PATH/],
      [
        { ffmpeg: fakeFfmpeg(true), avs2yuv: fakeAvs2yuv(true) },
        ["--bit-depth", "10"],
        /asked: -version|ffprobe, which reads/,
      ],
      [{ avs2yuv: fakeAvs2yuv(true) }, ["--bit-depth", "10"], /in 10 bits: it comes in 8; the script decides that\n$/],
      [
        { avs2yuv: fakeAvs2yuv(true), ffmpeg: fakeFfmpeg(false) },
        ["--video-filter", "hflip"],
        /Cannot filter '-in\.avs': --video-filter is for what ffmpeg reads, and this ffmpeg was not built with AviSynth; the/,
      ],
    ];
    for (const [programs, words, message] of refused) {
      using scripts = new Scripts(programs);
      const { code, stderr } = await scripts.encode(...words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.deepEqual(scripts.names(), ["-in.avs", "bin"]);
    }
    using scripts = new Scripts({ avs2yuv: fakeAvs2yuv(true) });
    const { code, stderr } = await scripts.encode("--bit-depth", "8");
    assert.equal(code, 0, stderr);
    assert.deepEqual(scripts.read("out.ivf"), await smallClipEncoded());
  },
);
