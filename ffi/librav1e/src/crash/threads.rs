//! Which thread encodes what. A thread writes its own entry alone, and one atomic number holds all that it says, so that a
//! handler on that thread sees what it said last and nothing in between. A thread that ends gives its entry back, whether it
//! has said so or was ended from outside: the system gives its number to another.

use super::check_number;
use crate::guard::{Code, Failure, Outcome};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

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

/// Gives the entry of a thread back when the thread ends.
struct Leaving;

impl Drop for Leaving {
  fn drop(&mut self) {
    leave();
  }
}

thread_local! {
  /// Touched by those that encode, outside of any handler.
  static LEAVING: Leaving = const { Leaving };
}

fn this_thread() -> usize {
  // SAFETY: has no conditions, and is safe in a handler with the C libraries there are.
  unsafe { libc::pthread_self() as usize }
}

fn entry_of(thread: usize) -> Option<&'static Entry> {
  ENTRIES.iter().find(|entry| entry.thread.load(Ordering::Relaxed) == thread)
}

/// Says what the calling thread encodes from now on; None for nothing.
pub fn set_encoding(encoding: Option<Encoding>) -> Outcome<()> {
  let Some(Encoding { mark, segment }) = encoding else {
    leave();
    return Ok(());
  };
  check_number(mark)?;
  let thread = this_thread();
  let claimed = || {
    ENTRIES.iter().find(|entry| entry.thread.compare_exchange(0, thread, Ordering::AcqRel, Ordering::Relaxed).is_ok())
  };
  match entry_of(thread).or_else(claimed) {
    Some(entry) => {
      // Too late for it only where the thread is ending already.
      let _ = LEAVING.try_with(|_| ());
      entry.encoding.store(i64::from(mark) << 32 | i64::from(segment), Ordering::Relaxed);
      Ok(())
    }
    None => Err(Failure::new(Code::WrongState, format!("{THREADS} threads are encoding already"))),
  }
}

/// The calling thread encodes nothing any more.
fn leave() {
  if let Some(entry) = entry_of(this_thread()) {
    entry.encoding.store(NONE, Ordering::Relaxed);
    entry.thread.store(0, Ordering::Release);
  }
}

/// What the calling thread said last. Async-signal-safe.
pub fn encoding_of_this_thread() -> Option<Encoding> {
  entry_of(this_thread()).and_then(Entry::encoding)
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn threads_have_their_own_segments_and_give_their_places_back() {
    let encoding = encoding_of_this_thread;
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

  #[test]
  fn a_thread_that_ends_without_a_word_leaves_no_entry_for_the_next_of_its_number() {
    let encoding = Encoding { mark: 9, segment: 99 };
    std::thread::spawn(move || set_encoding(Some(encoding)).unwrap()).join().unwrap();
    assert!(ENTRIES.iter().all(|entry| entry.encoding() != Some(encoding)));
  }
}
