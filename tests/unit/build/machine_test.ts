import assert from "node:assert/strict";
import { linuxCpu, machineFacts, machineName } from "../../../ffi/build/machine.ts";
import { isUsableNasm } from "../../../ffi/build/nasm.ts";

const x86 = (flags: string, more = "") =>
  `processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 207\ncpu MHz\t\t: 2299.998\nflags\t\t: ${flags}\n${more}\n`;

Deno.test("linuxCpu() says what a compiler may use, and nothing that changes with the clock or the kernel", () => {
  const facts = linuxCpu(x86("fpu sse2 avx2 bmi2"));
  assert.deepEqual(facts, ["vendor_id=GenuineIntel", "cpu family=6", "model=207", "avx2 bmi2 sse2"]);
  assert.deepEqual(linuxCpu(x86("fpu bmi2 avx2 sse2 md_clear arch_capabilities", "cpu MHz\t: 800.0")), facts);
  assert.deepEqual(
    linuxCpu(x86("sse2 avx2 bmi2") + "\n" + x86("sse2 avx512f")),
    facts,
    "only the first processor counts",
  );
  assert.notDeepEqual(linuxCpu(x86("fpu sse2 bmi2")), facts);
});

Deno.test("linuxCpu() reads arm64", () => {
  const text =
    "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd sve\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n\n";
  assert.deepEqual(linuxCpu(text), ["CPU implementer=0x41", "CPU part=0xd40", "asimd fp sve"]);
});

Deno.test("machineName() is stable, starts with the target, and differs when a fact does", async () => {
  const facts = machineFacts();
  const name = await machineName(facts);
  assert.equal(await machineName(machineFacts()), name);
  assert(name.startsWith(`${Deno.build.target}-`));
  assert.notEqual(await machineName([...facts, "more"]), name);
});

Deno.test("isUsableNasm() wants 2.15 or newer", () => {
  for (const good of ["NASM version 2.15", "NASM version 2.16.01 compiled on x", "NASM version 3.00"]) {
    assert(isUsableNasm(good));
  }
  for (const bad of ["NASM version 2.14.02 compiled on x", "NASM version 0.98", "yasm 1.3.0", ""]) {
    assert(!isUsableNasm(bad));
  }
});
