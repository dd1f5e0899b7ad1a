//! What the process's allocator is told: once, before the first encoder, that big blocks go back to the system when freed;
//! after an encoder, now and then, that small ones go back too.
//!
//! An encoder allocates its planes and statistics anew for every frame. glibc raises its mmap threshold to the largest
//! block it has seen freed (up to 32 MiB), so after a few frames all of them come from the thread's arena, which is
//! fragmented by them, grows from segment to segment and is never given back: 374 MB after three segments of 960x540 at
//! speed 10, where less than 240 are needed. A threshold that is set stays as it is. The lower it is the less memory is
//! kept (128 KiB: 15 MB less a slot there) and the more time goes into fresh pages: at 768x576, speed 10, CPU time is
//! 0.955 of stock rav1e's with 256 KiB, 0.94 with 512 KiB and without any (bench/cpu.ts, bench/peak_memory.ts).
//!
//! What is smaller stays in the arenas of the threads, which fragment a little more with every segment: on thousands of
//! frames of 320x180 at speed 10 two slots went from 230 to 413 MB, and now stay at about 180. `malloc_trim` gives back
//! what is free between the blocks in use, in all arenas.
//!
//! mimalloc (3, as the crate comes) in place of all this takes more: two slots of 640x360 at speed 10 on a pipe came to
//! 349 MB within 1,000 frames and to 391 MB within 4,000, with this to 334 and, within 10,000, 354.

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

/// After an encoder was freed. At most four times a second: it takes a few milliseconds, in which other slots may wait.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back_free_pages() {
  use std::sync::Mutex;
  use std::time::{Duration, Instant};

  const AT_MOST_EVERY: Duration = Duration::from_millis(250);
  static LAST: Mutex<Option<Instant>> = Mutex::new(None);
  // Where another thread is at it this one need not be.
  let Ok(mut last) = LAST.try_lock() else { return };
  if last.is_some_and(|time| time.elapsed() < AT_MOST_EVERY) {
    return;
  }
  // SAFETY: malloc_trim takes the arenas' locks and may be called at any time; it changes nothing that is allocated.
  unsafe {
    libc::malloc_trim(0);
  }
  *last = Some(Instant::now());
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back_free_pages() {}
