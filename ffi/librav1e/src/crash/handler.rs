//! The signal handlers. The process lives or dies, and of what, exactly as without them.
//!
//! Rust's own handlers of SIGSEGV and SIGBUS, which every program of Rust has, report a stack that overflowed and abort;
//! for any other fault they put back the default action and return, so that the instruction faults once more, for good.
//! Others (V8's for WebAssembly) may repair the fault and return. So the mark is made first and taken back where the
//! handler before us returns and has left us installed. While it runs, SIGABRT is as it was: on the small stack
//! that a thread has for signals there is no room for a handler within a handler.

use super::mark::{mark, unmark};
use crate::guard::{Code, Failure, Outcome};
use libc::{c_int, c_void, sigaction, siginfo_t};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

const SIGNALS: [c_int; 6] = [libc::SIGABRT, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// What each signal did before. Set before our handler is installed.
static PREVIOUS: [OnceLock<sigaction>; SIGNALS.len()] = [const { OnceLock::new() }; SIGNALS.len()];

/// Installs what is not there yet. One thread at a time.
pub fn install_all() -> Outcome<()> {
  for (signal, previous) in SIGNALS.into_iter().zip(&PREVIOUS) {
    if previous.get().is_none() {
      install(signal, previous)?;
    }
  }
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
