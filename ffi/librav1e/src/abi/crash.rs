//! Marks that a crash leaves, and a crash on demand to try them.

use super::borrow;
use crate::crash;
use crate::guard::{self, Code, Failure};

/// From now on a signal that kills the process for a fault of its own (SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP)
/// leaves one line in the file at `path` (bytes without a NUL): `segment 7 signal 6`, or `segment - signal 6` where the
/// thread has said none. Again with another path changes the path. Returns 0.
///
/// # Safety
/// `path` must be null or point to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_crash_arm(path: *const u8, length: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    crash::arm(unsafe { borrow(path, length) }?).map(|()| 0)
  })
}

/// Says which segment the calling thread encodes from now on; -1 for none. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_crash_segment(segment: i64) -> i64 {
  guard::enter(|| {
    let segment = match segment {
      -1 => None,
      _ => Some(
        u32::try_from(segment)
          .map_err(|_| Failure::new(Code::InvalidArgument, format!("{segment} is not the number of a segment")))?,
      ),
    };
    crash::set_segment(segment).map(|()| 0)
  })
}

/// Aborts the process from inside a call, as a failed assertion of C would. Only tests of crashes call it.
#[no_mangle]
pub extern "C" fn rbg_abort() {
  std::process::abort();
}
