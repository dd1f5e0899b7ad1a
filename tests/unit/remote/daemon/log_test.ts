import assert from "node:assert/strict";
import { Log, type LogOptions } from "../../../../lib/remote/daemon/log.ts";
import { Repeats } from "../../../../lib/remote/daemon/repeats.ts";

function logged(options: Partial<LogOptions>, say: (log: Log) => void): string[] {
  const lines: string[] = [];
  const now = () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
  say(new Log({ format: "text", level: "info", write: (line) => lines.push(line), now, ...options }));
  return lines;
}

Deno.test("a line of text has the time, the level and the session", () => {
  assert.deepEqual(
    logged({}, (log) => {
      log.info("a", "one");
      log.of("0123abcd").warning("b", "two");
    }),
    ["2026-01-02T03:04:05.006Z info    one\n", "2026-01-02T03:04:05.006Z warning [0123abcd] two\n"],
  );
});

Deno.test("a line of JSON has the figures of the event, too", () => {
  const [line] = logged({ format: "json" }, (log) => log.of("s").error("lost", "gone", { frames: 3 }));
  assert.deepEqual(JSON.parse(line!), {
    time: "2026-01-02T03:04:05.006Z",
    level: "error",
    event: "lost",
    session: "s",
    text: "gone",
    frames: 3,
  });
});

Deno.test("the journal gets levels as it takes them, and no second time", () => {
  const say = (
    log: Log,
  ) => [log.debug("e", "d"), log.of("s").info("e", "i"), log.warning("e", "w"), log.error("e", "e")];
  const lines = logged({ journal: true, level: "debug" }, say);
  assert.deepEqual(lines, ["<7>d\n", "<6>[s] i\n", "<4>w\n", "<3>e\n"]);
  const [json] = logged({ journal: true, format: "json" }, (log) => log.error("e", "text"));
  assert.match(json!, /^<3>\{"time":"2026/);
});

Deno.test("what is below the level is left out", () => {
  const all = (log: Log) => [log.debug("e", "d"), log.info("e", "i"), log.warning("e", "w"), log.error("e", "e")];
  const counts = (["debug", "info", "warning", "error"] as const).map((level) => logged({ level }, all).length);
  assert.deepEqual(counts, [4, 3, 2, 1]);
});

Deno.test("whatever a stranger says is one printable line of limited length", () => {
  for (const format of ["text", "json"] as const) {
    const [line] = logged({ format }, (log) => log.info("e", "a\nb\u001b[31m\u202e" + "x".repeat(5000)));
    assert.match(line!, /^[\x20-\x7e]+\n$/);
    assert(line!.length < 1500);
  }
});

Deno.test("of a storm of events one is said a minute, with the number of the others", () => {
  let nowMs = 0;
  const repeats = new Repeats(() => nowMs);
  assert.deepEqual(Array.from({ length: 4 }, () => repeats.note("a")), ["", undefined, undefined, undefined]);
  assert.equal(repeats.note("b"), "");
  nowMs = 60_000;
  assert.equal(repeats.note("a"), " (and 3 more since the last such line)");
  nowMs = 200_000;
  assert.equal(repeats.note("a"), "");
});

Deno.test("figures of a line of JSON are as printable as its text", () => {
  const client = "evil\u009b2J\u2028\u001b]0;\u0007";
  const [line] = logged({ format: "json" }, (log) => log.info("opened", "", { client }));
  assert.doesNotMatch(line!.slice(0, -1), /[\p{C}\p{Zl}\p{Zp}]/u);
  assert.equal(JSON.parse(line!).client, "evil\\u{9b}2J\\u{2028}\\u{1b}]0;\\u{7}");
});
