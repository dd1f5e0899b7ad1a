// The last pass, with an ffmpeg of ours that does what a test says.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Carried } from "../../../lib/streams/carried.ts";
import { constantTimes } from "../../../lib/media/frame_times.ts";
import { joinArguments } from "../../../lib/streams/join_arguments.ts";
import { StreamJoiner } from "../../../lib/streams/join_streams.ts";

const carried: Carried = {
  streams: [
    { index: 1, kind: "audio", startSeconds: 0.02, encoder: undefined },
    { index: 4, kind: "subtitle", startSeconds: 1, encoder: "mov_text" },
  ],
  chapters: true,
  leftOut: undefined,
};
const request = {
  video: "file:v",
  source: "-s",
  made: "file:m",
  isStream: false,
  format: "mp4",
  carried,
  startSeconds: 0.08,
  hasEditList: false,
  isCutBefore: false,
  lasts: null,
} as const;

function valueOf(args: readonly string[], name: string, after = 0): string | undefined {
  const at = args.indexOf(name, after);
  return at < 0 ? undefined : args[at + 1];
}

Deno.test("joinArguments() moves video and source together, so that nothing is before 0", () => {
  const args = joinArguments(request), source = args.indexOf("file:v");
  assert.equal(valueOf(args, "-itsoffset"), "0.060000");
  assert.equal(valueOf(args, "-itsoffset", source), "-0.019999");
  assert.deepEqual(args.filter((_, n) => args[n - 1] === "-map"), ["0:v:0", "1:1", "1:4"]);
  assert.equal(valueOf(args, "-c:2"), "mov_text");
  assert.equal(args.includes("-ss"), false);
  assert.equal(args.includes("-t"), false);
});

Deno.test("joinArguments() enters the source at frame 0 where frames are left out before it, and leaves when told", () => {
  const args = joinArguments({ ...request, isCutBefore: true, lasts: 2.5 });
  assert.equal(valueOf(args, "-itsoffset"), "0.000000");
  assert.equal(valueOf(args, "-ss"), "0.080000");
  assert.equal(valueOf(args, "-itsoffset", args.indexOf("file:v")), "-0.079999");
  assert.equal(valueOf(args, "-copypriorss:a"), "0");
  assert.equal(valueOf(args, "-t"), "2.500000");
});

Deno.test("joinArguments() attaches covers behind the attachments that are copied, and leaves out what is not there", () => {
  const file = (fileName: string) => ({
    encoder: undefined,
    startSeconds: 0,
    attached: { fileName, mimeType: "image/png" },
  });
  const streams: Carried["streams"] = [
    { index: 1, kind: "cover", ...file("a=b\n.png") },
    { index: 2, kind: "attachment", startSeconds: 0, encoder: undefined },
    { index: 3, kind: "cover", ...file("-c.png") },
    { index: 4, kind: "subtitle", startSeconds: 0, encoder: "subrip" },
    { index: 5, kind: "cover", ...file("d.png") },
  ];
  const args = joinArguments({
    ...request,
    carried: { ...carried, streams },
    attached: ["/tmp/1", undefined, "/tmp/5"],
  });
  assert.deepEqual(args.filter((_, n) => args[n - 1] === "-map"), ["0:v:0", "1:2", "1:4"]);
  assert.equal(valueOf(args, "-c:2"), "subrip");
  assert.deepEqual(args.filter((_, n) => args[n - 1] === "-attach"), ["file:/tmp/1", "file:/tmp/5"]);
  assert.deepEqual(args.filter((_, n) => args[n - 1]?.startsWith("-metadata:s:t:1")), [
    "mimetype=image/png",
    "filename=a=b\n.png",
  ]);
  assert.equal(args.filter((_, n) => args[n - 1] === "-metadata:s:t:2")[1], "filename=d.png");
});

Deno.test("joinArguments() leaves out what an edit list does, but where the output has one itself", () => {
  const trimmed = { ...request, hasEditList: true, lasts: 2 };
  const args = joinArguments({ ...trimmed, format: "mkv" });
  assert.equal(valueOf(args, "-ss"), "-0.150000");
  assert.equal(valueOf(args, "-output_ts_offset"), "-0.150000");
  assert.equal(valueOf(args, "-copypriorss:a"), "0");
  assert.equal(valueOf(args, "-copypriorss:s"), "1");
  assert.equal(valueOf(args, "-t"), "2.210000");
  // Chapters: the source once more, moved so that they stay where they are.
  assert.equal(valueOf(args, "-map_chapters"), "2");
  assert.deepEqual(args.filter((_, n) => args[n - 1] === "-itsoffset"), ["0.060000", "-0.019999", "-0.169999"]);
  for (const other of [trimmed, { ...request, format: "mkv" } as const]) {
    assert.equal(joinArguments(other).includes("-ss"), false);
    assert.equal(valueOf(joinArguments(other), "-copypriorss:a"), "1");
  }
  assert.ok(joinArguments({ ...trimmed, isStream: true }).includes("-ss"));
});

Deno.test("joinArguments() names files, whatever they are called", () => {
  for (const name of ["-y", "pipe:0", "http://x/y", "a b'\"\n%d", "concat:a|b"]) {
    const args = joinArguments({ ...request, source: name });
    assert.ok(args.includes(`file:${name}`), name);
    assert.equal(args.includes(name), name === "-y");
  }
});

/** A folder with a video, and an `ffmpeg` that is this script. */
class Fake implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "join-test-" });
  readonly video = join(this.folder, "v");
  readonly made = join(this.folder, "m");
  readonly warnings: string[] = [];

  constructor(script: string) {
    Deno.writeTextFileSync(this.video, "video");
    Deno.writeTextFileSync(
      join(this.folder, "ffmpeg"),
      `#!/bin/sh\nfor made; do :; done; made="\${made#file:}"\n${script}\n`,
    );
    Deno.chmodSync(join(this.folder, "ffmpeg"), 0o755);
  }

  joiner(program = join(this.folder, "ffmpeg"), streams = carried.streams): StreamJoiner {
    return new StreamJoiner({
      program,
      source: "s.mkv",
      format: "mkv",
      carried: { ...carried, streams },
      hasEditList: false,
      isCutBefore: false,
      turn: 0,
      sourceTimes: { startSeconds: 0 },
      times: constantTimes({ num: 25, den: 1 }),
      limit: 0,
      onSlow: () => {},
      onWarning: (text) => this.warnings.push(text),
    });
  }

  names(): string[] {
    return Array.from(Deno.readDirSync(this.folder), ({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** The shortest file that is whole: a header and a segment with nothing in them. */
const whole = `printf '\\032\\105\\337\\243\\200\\030\\123\\200\\147\\200' > "$made"`;

const failures: [name: string, script: string, why: RegExp][] = [
  [
    "says why",
    'echo half > "$made"; echo "no space left" >&2; echo more >&2; exit 1',
    /ffmpeg says "no space left" \(exit code 1\)/,
  ],
  ["is killed", 'echo half > "$made"; kill -9 $$', /ffmpeg was ended by SIGKILL/],
  ["takes fewer frames", 'echo half > "$made"; echo frame=4 >&2', /ffmpeg took 4 of 5 frames/],
  ["says nothing of frames", 'echo half > "$made"', /ffmpeg took 0 of 5 frames/],
  [
    "ends well with half a file",
    `${whole}; echo more >> "$made"; echo frame=5 >&2`,
    /what ffmpeg has written is not whole/,
  ],
  [
    "ends well with a file of the right length and no tables in it",
    `${whole}; echo frame=5 >&2; echo cannot >&2; echo "Error writing trailer of m: Invalid argument" >&2`,
    /ffmpeg says "cannot" \(exit code 0\)/,
  ],
  [
    "ends well on a full disk",
    'echo half > "$made"; echo frame=5 >&2; echo "Error writing trailer: No space left" >&2',
    /ffmpeg says "Error writing trailer: No space left" \(exit code 0\); /,
  ],
];
for (const [name, script, why] of failures) {
  Deno.test(`an ffmpeg that ${name} is a failure that leaves the video and nothing else`, async () => {
    using fake = new Fake(script);
    await assert.rejects(fake.joiner().join(fake.video, fake.made, 5), (error: Error) => {
      assert.equal(error.name, "IncompleteError");
      assert.match(error.message, why);
      assert.match(
        error.message,
        /^Cannot copy the other streams of 's\.mkv': .*; the video is complete in '.*v' \(5 bytes/,
      );
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    assert.deepEqual(fake.names(), ["ffmpeg", "v"]);
  });
}

Deno.test("an ffmpeg that is not there is named", async () => {
  using fake = new Fake("");
  await assert.rejects(
    fake.joiner("/nowhere/ffmpeg").join(fake.video, fake.made, 5),
    /^IncompleteError: Cannot copy the other streams of .*: there is no ffmpeg on the PATH; the video is complete in/,
  );
});

Deno.test("what ffmpeg says of streams that it copied all the same is passed on, made safe", async () => {
  using fake = new Fake(
    `${whole}; echo "fps=1.0" >&2; printf 'bad \\033[31m timestamps\\n' >&2; echo "frame=5" >&2`,
  );
  await fake.joiner().join(fake.video, fake.made, 5);
  assert.deepEqual(fake.names(), ["ffmpeg", "m", "v"]);
  assert.deepEqual(fake.warnings, ["ffmpeg says of the other streams: bad \\u{1b}[31m timestamps"]);
});

Deno.test("a cover that cannot be read is left out with a warning, and costs nothing else", async () => {
  const words = 'printf "%s\\n" "$@" > "${0%/*}/words"';
  using fake = new Fake(
    `case "$*" in *"0:3"*) echo bad >&2; exit 1;; *image2pipe*) echo picture > "$made"; exit;; esac; ${words}\n` +
      `${whole}; echo frame=5 >&2`,
  );
  const attached = { fileName: "cover.png", mimeType: "image/png" };
  const covers = [3, 7].map((index) =>
    ({ index, kind: "cover", startSeconds: 0, encoder: undefined, attached }) as const
  );
  await fake.joiner(undefined, covers).join(fake.video, fake.made, 5);
  assert.deepEqual(fake.warnings, ['cover 3 is left out: ffmpeg says "bad" (exit code 1)']);
  const said = Deno.readTextFileSync(join(fake.folder, "words")).split("\n");
  const files = said.filter((_, n) => said[n - 1] === "-attach");
  assert.equal(files.length, 1);
  assert.match(files[0]!, /^file:.*\/7$/);
  // It is gone when it has been attached.
  assert.throws(() => Deno.statSync(files[0]!.slice("file:".length)), Deno.errors.NotFound);
});

Deno.test("discard() ends the ffmpeg that runs and removes what it has written", async () => {
  using fake = new Fake('echo half > "$made"; echo started >&2; exec sleep 600');
  const joiner = fake.joiner(), joined = joiner.join(fake.video, fake.made, 5);
  joined.catch(() => {});
  while (!fake.names().includes("m")) await new Promise((resolve) => setTimeout(resolve, 5));
  joiner.discard();
  await assert.rejects(joined, /ffmpeg was ended by SIGKILL/);
  assert.deepEqual(fake.names(), ["ffmpeg", "v"]);
});

Deno.test("a stream whose reader has gone, or whose ffmpeg ends early, says which", async () => {
  const head = new Uint8Array([1]), packet = new Uint8Array(1 << 20);
  {
    using fake = new Fake("echo 'cannot' >&2; exit 3");
    const joined = fake.joiner().stream(new WritableStream(), head);
    await assert.rejects(async () => {
      for (;;) await joined.write(packet);
    }, /Cannot copy the other streams: ffmpeg says "cannot" \(exit code 3\)/);
  }
  using fake = new Fake("exec cat");
  const gone = new Deno.errors.BrokenPipe("gone");
  const joined = fake.joiner().stream(new WritableStream({ write: () => Promise.reject(gone) }), head);
  await assert.rejects(async () => {
    for (;;) await joined.write(packet);
  }, gone);
});

Deno.test("a stream gets the head, then what is written, through ffmpeg, and its bytes are counted", async () => {
  using fake = new Fake("cat; echo frame=2 >&2");
  const got: number[] = [];
  const target = new WritableStream<Uint8Array>({ write: (bytes) => void got.push(...bytes) });
  const joined = fake.joiner().stream(target, new Uint8Array([1, 2]));
  assert.equal(await joined.write(new Uint8Array([3])), 1);
  await joined.write(new Uint8Array([4, 5]));
  await joined.end(2);
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
  assert.equal(joined.bytes, 5);
});
