//! The files of marks, and the line that is left in one. All of this is async-signal-safe but [`free_number`] and [`set`]: it
//! allocates nothing and cannot panic.

use super::threads::{encoding_of_this_thread, Encoding};
use super::MARKS;
use libc::{c_char, c_int};
use std::ffi::CString;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// The paths of the marks, ending in NUL; null where there is none. A path is kept for ever: a handler may be reading it.
static PATHS: [AtomicPtr<c_char>; MARKS] = [const { AtomicPtr::new(null_mut()) }; MARKS];
/// Whether a mark was made.
static MARKED: AtomicBool = AtomicBool::new(false);

/// The number of a mark that nobody has; one thread at a time asks and sets.
pub fn free_number() -> Option<u32> {
  let free = PATHS.iter().position(|path| path.load(Ordering::Relaxed).is_null())?;
  u32::try_from(free).ok()
}

/// Where a mark of this number (below `MARKS`) is made from now on; None for nowhere.
pub fn set(number: u32, path: Option<CString>) {
  PATHS[number as usize].store(path.map_or(null_mut(), CString::into_raw), Ordering::Release);
}

/// Writes the line, unless there is one already. Gives whether it was written.
pub fn mark(signal: c_int) -> bool {
  if MARKED.swap(true, Ordering::AcqRel) {
    return false;
  }
  let encoding = encoding_of_this_thread();
  let mut line = Line { bytes: [0; 64], length: 0 };
  line.text(b"segment ");
  match encoding {
    Some(Encoding { segment, .. }) => line.number(segment.into()),
    None => line.text(b"-"),
  }
  line.text(b" signal ");
  line.number(signal.unsigned_abs().into());
  line.text(b"\n");
  let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_NOFOLLOW | libc::O_CLOEXEC;
  // SAFETY: `path` ends in NUL and is never freed; the line's bytes are ours.
  each_path(encoding, |path| unsafe {
    let file = libc::open(path, flags, 0o644 as libc::c_uint);
    if file >= 0 {
      libc::write(file, line.bytes.as_ptr().cast(), line.length);
      libc::close(file);
    }
  });
  true
}

/// Takes the marks back that `mark` has just made.
pub fn unmark() {
  // SAFETY: `path` ends in NUL and is never freed.
  each_path(encoding_of_this_thread(), |path| {
    unsafe { libc::unlink(path) };
  });
  MARKED.store(false, Ordering::Release);
}

/// The marks of what a thread encodes: one, or all where it encodes nothing.
fn each_path(encoding: Option<Encoding>, mut visit: impl FnMut(*const c_char)) {
  for (number, path) in PATHS.iter().enumerate() {
    let path = path.load(Ordering::Acquire);
    if !path.is_null() && encoding.is_none_or(|encoding| encoding.mark as usize == number) {
      visit(path);
    }
  }
}

/// Text made without allocating and without a panic: what does not fit is left out.
struct Line {
  bytes: [u8; 64],
  length: usize,
}

impl Line {
  fn text(&mut self, text: &[u8]) {
    for (free, byte) in self.bytes.iter_mut().skip(self.length).zip(text) {
      *free = *byte;
      self.length += 1;
    }
  }

  fn number(&mut self, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
      *digit = b'0' + (number % 10) as u8;
      number /= 10;
      count += 1;
      if number == 0 {
        break;
      }
    }
    self.text(digits.get(20 - count..).unwrap_or(&[]));
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn lines_have_numbers_of_every_length_and_never_overflow() {
    let mut line = Line { bytes: [0; 64], length: 0 };
    for number in [0, 7, 10, 4_294_967_295, u64::MAX] {
      line.number(number);
      line.text(b" ");
    }
    assert_eq!(&line.bytes[..line.length], b"0 7 10 4294967295 18446744073709551615 ");
    line.text(&[b'x'; 100]);
    assert_eq!(line.length, 64);
  }
}
