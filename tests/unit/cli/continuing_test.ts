import assert from "node:assert/strict";
import { continuingCommand } from "../../../lib/cli/continuing.ts";

Deno.test("continuingCommand() repeats the command without what would begin anew, fit for a shell", () => {
  const command = (...args: string[]) => continuingCommand(args, "rav1e-by-gop");
  assert.equal(command("in.y4m", "-o", "my film.ivf", "-s", "4"), "rav1e-by-gop in.y4m -o 'my film.ivf' -s 4");
  assert.equal(command("--restart", "in.y4m", "-o", "it's.ivf"), `rav1e-by-gop in.y4m -o 'it'\\''s.ivf'`);
  assert.equal(command("in.y4m", "--overwrite", "-oout.ivf"), "rav1e-by-gop in.y4m -y -oout.ivf");
  assert.equal(command("-o", "out.ivf", "--", "--restart"), "rav1e-by-gop -o out.ivf -- --restart");
});
