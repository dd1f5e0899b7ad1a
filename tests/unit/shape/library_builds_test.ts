import assert from "node:assert/strict";
import { runsLevel3 } from "../../../lib/shape/library_builds.ts";

/** Flags as Linux prints them for a Haswell. */
const haswell =
  "fpu vme sse sse2 ht pni ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt aes xsave avx f16c rdrand lahf_lm abm " +
  "fsgsbase bmi1 avx2 smep bmi2 erms xsaveopt";

const cpuinfo = (flags: string) => `processor\t: 0\nmodel name\t: CPU\nflags\t\t: ${flags}\nbugs\t\t: none\n`;

Deno.test("runsLevel3() knows a CPU of that level", () => {
  assert(runsLevel3(cpuinfo(haswell)));
});

Deno.test("runsLevel3() misses none of the level's instructions", () => {
  for (
    const flag of ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave", "pni", "sse4_2", "popcnt"]
  ) {
    assert(!runsLevel3(cpuinfo(haswell.split(" ").filter((known) => known !== flag).join(" "))), flag);
  }
});

Deno.test("runsLevel3() takes nothing for granted", () => {
  for (const text of ["", "Features\t: fp asimd\n", "Apple M1", cpuinfo("")]) assert(!runsLevel3(text));
});
