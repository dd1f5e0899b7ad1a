//! Leaves a mark when a signal is about to kill the process: one line in a file, with the signal and the segment that the
//! thread was encoding. A process that makes several encodes has a file for each, and the mark is left in that of the encode
//! whose segment it was; where the thread encoded none, in all of them. The process dies exactly as it would have without:
//! what was installed before is handed the signal.
//!
//! In a handler only what is async-signal-safe is called (signal-safety(7)), and no thread-local variable is touched: the
//! first use of one in a thread may allocate. Hence tables of threads ([`threads`]) and of paths ([`mark`]) that are made of
//! atomic numbers.

mod handler;
mod mark;
mod threads;

pub use threads::{set_encoding, Encoding};

use crate::guard::{Code, Failure, Outcome};
use std::ffi::CString;
use std::sync::{Mutex, PoisonError};

/// Encodes that can be under way at once.
const MARKS: usize = 256;

/// Has a mark made at `path` when the process is killed by a signal of its own fault. Gives the mark's number.
pub fn arm(path: &[u8]) -> Outcome<u32> {
  static ARMING: Mutex<()> = Mutex::new(());
  let _one_at_a_time = ARMING.lock().unwrap_or_else(PoisonError::into_inner);
  let path = match CString::new(path) {
    Ok(path) if !path.is_empty() => path,
    _ => return Err(Failure::new(Code::InvalidArgument, "the path of a crash mark is empty or has a NUL")),
  };
  let Some(mark) = mark::free_number() else {
    return Err(Failure::new(Code::WrongState, format!("{MARKS} crash marks are armed already")));
  };
  handler::install_all()?;
  mark::set(mark, Some(path));
  Ok(mark)
}

/// The mark is not made any more, and its number is free for another.
pub fn disarm(mark: u32) -> Outcome<()> {
  check_number(mark)?;
  mark::set(mark, None);
  Ok(())
}

fn check_number(mark: u32) -> Outcome<()> {
  if mark as usize >= MARKS {
    return Err(Failure::new(Code::InvalidArgument, format!("{mark} is not the number of a mark: there are {MARKS}")));
  }
  Ok(())
}
