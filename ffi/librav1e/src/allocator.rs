//! What the process's allocator is told, once, before the first encoder: big blocks go back to the system when freed.
//!
//! An encoder allocates its planes and statistics anew for every frame. glibc raises its mmap threshold to the largest
//! block it has seen freed (up to 32 MiB), so after a few frames all of them come from the thread's arena, which is
//! fragmented by them, grows from segment to segment and is never given back: 374 MB after three segments of 960x540 at
//! speed 10, where less than 240 are needed. A threshold that is set stays as it is. The lower it is the less memory is
//! kept (128 KiB: 15 MB less a slot there) and the more time goes into fresh pages: at 768x576, speed 10, CPU time is
//! 0.955 of stock rav1e's with 256 KiB, 0.94 with 512 KiB and without any (bench/cpu.ts, bench/peak_memory.ts).

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back_big_blocks() {
  use std::ffi::c_int;
  use std::sync::Once;

  extern "C" {
    fn mallopt(parameter: c_int, value: c_int) -> c_int;
  }
  /// malloc.h
  const M_MMAP_THRESHOLD: c_int = -3;
  /// Bytes.
  const THRESHOLD: c_int = 512 * 1024;

  static ONCE: Once = Once::new();
  // SAFETY: mallopt takes its own lock and may be called at any time; it changes nothing that is allocated.
  ONCE.call_once(|| unsafe {
    mallopt(M_MMAP_THRESHOLD, THRESHOLD);
  });
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back_big_blocks() {}
