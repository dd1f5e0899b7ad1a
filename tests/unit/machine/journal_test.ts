import assert from "node:assert/strict";
import { stderrIsJournal } from "../../../lib/machine/journal.ts";

Deno.test("standard error is the journal only where it is the very socket that JOURNAL_STREAM names", () => {
  const file = { dev: 8, ino: 4711 };
  assert(stderrIsJournal({ variable: "8:4711", file }));
  for (const variable of [undefined, "", "8:4712", "9:4711", "8:", "8:4711:1", " 8:4711", "8:4711\n", "08:4711"]) {
    assert(!stderrIsJournal({ variable, file }), variable);
  }
  assert(!stderrIsJournal({ variable: "8:4711", file: undefined }));
  assert(!stderrIsJournal({ variable: "8:null", file: { dev: 8, ino: null } }));
});

Deno.test("a process finds its own standard error", async () => {
  const script = `
    import { stderrIsJournal } from "${new URL("../../../lib/machine/journal.ts", import.meta.url)}";
    const { dev, ino } = Deno.statSync("/proc/self/fd/2");
    Deno.env.set("JOURNAL_STREAM", dev + ":" + ino);
    const own = stderrIsJournal();
    Deno.env.set("JOURNAL_STREAM", dev + ":" + (ino + 1));
    console.log(own, stderrIsJournal());
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    stdin: "null",
    stderr: "piped",
  }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), Deno.build.os === "linux" ? "true false" : "false false");
});
