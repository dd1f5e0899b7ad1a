//! Leaves a mark when a signal is about to kill the process: one line in a file, with the signal and the segment that the
//! thread was encoding. A process that makes several encodes has a file for each, and the mark is left in that of the encode
//! whose segment it was; where the thread encoded none, in all of them. The process dies exactly as it would have without: what was installed before is handed the signal.
//!
//! In a handler only what is async-signal-safe is called (signal-safety(7)), and no thread-local variable is touched: the
//! first use of one in a thread may allocate. Hence the table of threads.
//!
//! Rust's own handlers of SIGSEGV and SIGBUS, which every program of Rust has, report a stack that overflowed and abort;
//! for any other fault they put back the default action and return, so that the instruction faults once more, for good.
//! Others (V8's for WebAssembly) may repair the fault and return. So the mark is made first and taken back where the
//! handler before us returns and has left us installed. While it runs, SIGABRT is as it was: on the small stack
//! that a thread has for signals there is no room for a handler within a handler.

use crate::guard::{Code, Failure, Outcome};
use libc::{c_char, c_int, c_void, sigaction, siginfo_t};
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

const SIGNALS: [c_int; 6] = [libc::SIGABRT, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// What each signal did before. Set before our handler is installed.
static PREVIOUS: [OnceLock<sigaction>; SIGNALS.len()] = [const { OnceLock::new() }; SIGNALS.len()];

/// Encodes that can be under way at once.
const MARKS: usize = 256;

/// The paths of the marks, ending in NUL; null where there is none. A path is kept for ever: a handler may be reading it.
static PATHS: [AtomicPtr<c_char>; MARKS] = [const { AtomicPtr::new(null_mut()) }; MARKS];
/// Whether a mark was made.
static MARKED: AtomicBool = AtomicBool::new(false);

/// Threads that can be encoding at once.
const THREADS: usize = 4096;
const NONE: i64 = -1;

/// What a thread encodes: a segment, and the number of the mark that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
  pub mark: u32,
  pub segment: u32,
}

/// A thread (0 is none) and what it encodes, the mark's number above the segment's. Only the thread itself writes an entry that
/// is its own.
struct Entry {
  thread: AtomicUsize,
  encoding: AtomicI64,
}

impl Entry {
  fn encoding(&self) -> Option<Encoding> {
    let both = u64::try_from(self.encoding.load(Ordering::Relaxed)).ok()?;
    Some(Encoding { mark: (both >> 32) as u32, segment: both as u32 })
  }
}

static ENTRIES: [Entry; THREADS] =
  [const { Entry { thread: AtomicUsize::new(0), encoding: AtomicI64::new(NONE) } }; THREADS];

fn this_thread() -> usize {
  // SAFETY: has no conditions, and is safe in a handler with the C libraries there are.
  unsafe { libc::pthread_self() as usize }
}

fn entry_of(thread: usize) -> Option<&'static Entry> {
  ENTRIES.iter().find(|entry| entry.thread.load(Ordering::Relaxed) == thread)
}

/// Says what the calling thread encodes from now on; None for nothing.
pub fn set_encoding(encoding: Option<Encoding>) -> Outcome<()> {
  let thread = this_thread();
  let own = entry_of(thread);
  let Some(Encoding { mark, segment }) = encoding else {
    if let Some(entry) = own {
      entry.encoding.store(NONE, Ordering::Relaxed);
      entry.thread.store(0, Ordering::Release);
    }
    return Ok(());
  };
  if mark as usize >= MARKS {
    return Err(no_mark(mark));
  }
  let claimed = || {
    ENTRIES.iter().find(|entry| entry.thread.compare_exchange(0, thread, Ordering::AcqRel, Ordering::Relaxed).is_ok())
  };
  match own.or_else(claimed) {
    Some(entry) => {
      entry.encoding.store(i64::from(mark) << 32 | i64::from(segment), Ordering::Relaxed);
      Ok(())
    }
    None => Err(Failure::new(Code::WrongState, format!("{THREADS} threads are encoding already"))),
  }
}

fn no_mark(mark: u32) -> Failure {
  Failure::new(Code::InvalidArgument, format!("{mark} is not the number of a mark: there are {MARKS}"))
}

/// Has a mark made at `path` when the process is killed by a signal of its own fault. Gives the mark's number.
pub fn arm(path: &[u8]) -> Outcome<u32> {
  static ARMING: Mutex<()> = Mutex::new(());
  let _one_at_a_time = ARMING.lock().unwrap_or_else(PoisonError::into_inner);
  let path = match CString::new(path) {
    Ok(path) if !path.is_empty() => path,
    _ => return Err(Failure::new(Code::InvalidArgument, "the path of a crash mark is empty or has a NUL")),
  };
  let Some(mark) = PATHS.iter().position(|path| path.load(Ordering::Relaxed).is_null()) else {
    return Err(Failure::new(Code::WrongState, format!("{MARKS} crash marks are armed already")));
  };
  for (signal, previous) in SIGNALS.into_iter().zip(&PREVIOUS) {
    if previous.get().is_none() {
      install(signal, previous)?;
    }
  }
  PATHS[mark].store(path.into_raw(), Ordering::Release);
  Ok(mark as u32)
}

/// The mark is not made any more, and its number is free for another.
pub fn disarm(mark: u32) -> Outcome<()> {
  let path = PATHS.get(mark as usize).ok_or_else(|| no_mark(mark))?;
  path.store(null_mut(), Ordering::Release);
  Ok(())
}

fn install(signal: c_int, previous: &OnceLock<sigaction>) -> Outcome<()> {
  let failed = || {
    let reason = std::io::Error::last_os_error();
    Failure::new(Code::EncoderFailure, format!("cannot install a handler of signal {signal}: {reason}"))
  };
  let before = current(signal).ok_or_else(failed)?;
  // Ignored, it kills nobody; and a fault that cannot be ignored is better left to the system.
  if before.sa_sigaction == libc::SIG_IGN {
    return Ok(());
  }
  let mut ours = before;
  let handle: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
  ours.sa_sigaction = handle as usize;
  ours.sa_flags |= libc::SA_SIGINFO | libc::SA_ONSTACK;
  let _ = previous.set(before);
  // SAFETY: `ours` is a whole action whose handler is async-signal-safe.
  if unsafe { sigaction(signal, &ours, null_mut()) } != 0 {
    return Err(failed());
  }
  Ok(())
}

/// What a signal does now.
fn current(signal: c_int) -> Option<sigaction> {
  let mut action = MaybeUninit::<sigaction>::zeroed();
  // SAFETY: asks only; all zeros is an action too.
  unsafe { (sigaction(signal, null(), action.as_mut_ptr()) == 0).then(|| action.assume_init()) }
}

/// # Safety
/// `action` must have been in force before.
unsafe fn restore(signal: c_int, action: &sigaction) {
  // SAFETY: as the caller promises.
  unsafe { sigaction(signal, action, null_mut()) };
}

fn previous_of(signal: c_int) -> Option<&'static sigaction> {
  SIGNALS.iter().zip(&PREVIOUS).find(|(known, _)| **known == signal).and_then(|(_, previous)| previous.get())
}

extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
  let Some(previous) = previous_of(signal) else { return };
  // SAFETY: the system gives a valid `info` to a handler with SA_SIGINFO; a code of 0 or less means somebody sent it.
  let sent = info.is_null() || unsafe { (*info).si_code } <= 0;
  let errno = errno();
  // SAFETY: the actions were in force before us; `previous` is a handler where it is called, with the system's arguments.
  unsafe {
    let saved = *errno;
    if previous.sa_sigaction == libc::SIG_DFL || signal == libc::SIGABRT {
      mark(signal);
      restore(signal, previous);
      // Blocked until we return. A faulting instruction that is run again faults again, with its own details; but what
      // was sent does not come by itself, and a breakpoint is behind us.
      if sent || signal == libc::SIGTRAP || signal == libc::SIGABRT {
        libc::raise(signal);
      }
    } else if sent {
      // Rust's handlers survive the first of these; so do we, without a mark.
      call(previous, signal, info, context);
    } else {
      let first = mark(signal);
      let abort = current(libc::SIGABRT);
      if let Some(before) = previous_of(libc::SIGABRT) {
        restore(libc::SIGABRT, before);
      }
      call(previous, signal, info, context);
      let ours: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
      if current(signal).is_some_and(|now| now.sa_sigaction == ours as usize) {
        // Still installed: it has repaired the fault.
        if first {
          unmark();
        }
        if let Some(abort) = abort {
          restore(libc::SIGABRT, &abort);
        }
      }
    }
    *errno = saved;
  }
}

/// Calls a handler as the system would.
///
/// # Safety
/// `action` must have a handler; the rest is what the system gave.
unsafe fn call(action: &sigaction, signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
  // SAFETY: which of both kinds of handler it is, its flags tell.
  unsafe {
    if action.sa_flags & libc::SA_SIGINFO != 0 {
      type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
      std::mem::transmute::<usize, Handler>(action.sa_sigaction)(signal, info, context);
    } else {
      std::mem::transmute::<usize, extern "C" fn(c_int)>(action.sa_sigaction)(signal);
    }
  }
}

/// Writes the line, unless there is one already. Gives whether it was written.
fn mark(signal: c_int) -> bool {
  if MARKED.swap(true, Ordering::AcqRel) {
    return false;
  }
  let encoding = entry_of(this_thread()).and_then(Entry::encoding);
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

fn unmark() {
  // SAFETY: `path` ends in NUL and is never freed.
  each_path(entry_of(this_thread()).and_then(Entry::encoding), |path| {
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

fn errno() -> *mut c_int {
  #[cfg(target_os = "linux")]
  // SAFETY: gives the thread's own, which exists as long as the thread.
  unsafe {
    libc::__errno_location()
  }
  #[cfg(not(target_os = "linux"))]
  // SAFETY: as above.
  unsafe {
    libc::__error()
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

  #[test]
  fn threads_have_their_own_segments_and_give_their_places_back() {
    let encoding = || entry_of(this_thread()).and_then(Entry::encoding);
    let of = |mark, segment| Some(Encoding { mark, segment });
    set_encoding(of(0, 3)).unwrap();
    std::thread::scope(|scope| {
      scope.spawn(|| {
        assert_eq!(encoding(), None);
        set_encoding(of(255, u32::MAX)).unwrap();
        assert_eq!(encoding(), of(255, u32::MAX));
        set_encoding(of(7, 10)).unwrap();
        assert_eq!(encoding(), of(7, 10));
        set_encoding(None).unwrap();
        assert_eq!(encoding(), None);
      });
    });
    assert_eq!(encoding(), of(0, 3));
    assert!(set_encoding(of(256, 1)).is_err());
    set_encoding(None).unwrap();
    set_encoding(None).unwrap();
    assert_eq!(encoding(), None);
  }
}
