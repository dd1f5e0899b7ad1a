// Video in one piece (ResolvedSettings.onePiece) is cut by the detector inside the encoder. There it must run without
// assembly, as it does in rav1e's own build: on samples that are out of their range the two decide differently.

/**
 * From now on no detector of this process uses assembly; those outside of encoders decide the same, more slowly. The
 * detector's crate (av-scenechange) asks the environment for CPU_TARGET once: to be called before the first thread is started.
 */
export function detectWithoutAssembly(): void {
  Deno.env.set("CPU_TARGET", "rust");
}
