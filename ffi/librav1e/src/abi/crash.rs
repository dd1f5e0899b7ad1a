//! Marks that a crash leaves, and a crash on demand to try them.

use super::lent::borrow;
use crate::crash;
use crate::guard::{self, Code, Failure, Outcome};

/// From now on a signal that kills the process for a fault of its own (SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP)
/// on a thread that encodes a segment of this mark leaves one line in the file at `path` (bytes without a NUL): `segment 7
/// signal 6`; on a thread that has said none it leaves `segment - signal 6` at every mark. Returns the mark's number.
///
/// # Safety
/// `path` must be null or point to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_crash_arm(path: *const u8, length: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    crash::arm(unsafe { borrow(path, length) }?).map(i64::from)
  })
}

/// The mark is not left any more; its number may be given again. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_crash_disarm(mark: i64) -> i64 {
  guard::enter(|| crash::disarm(number(mark, "mark")?).map(|()| 0))
}

/// Says which segment the calling thread encodes from now on, -1 for none, and at which mark that is left. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_crash_segment(mark: i64, segment: i64) -> i64 {
  guard::enter(|| {
    let encoding = match segment {
      -1 => None,
      _ => Some(crash::Encoding { mark: number(mark, "mark")?, segment: number(segment, "segment")? }),
    };
    crash::set_encoding(encoding).map(|()| 0)
  })
}

fn number(value: i64, what: &str) -> Outcome<u32> {
  u32::try_from(value)
    .map_err(|_| Failure::new(Code::InvalidArgument, format!("{value} is not the number of a {what}")))
}

/// Aborts the process from inside a call, as a failed assertion of C would. Only tests of crashes call it.
#[no_mangle]
pub extern "C" fn rbg_abort() {
  std::process::abort();
}
