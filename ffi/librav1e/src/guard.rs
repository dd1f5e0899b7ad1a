//! The boundary itself: runs the body of an entry point, turns errors and panics into codes, and keeps their message.
//!
//! The panic hook of the process is asked only for panics that do not happen inside a guarded body; those inside are
//! recorded with their place and printed nowhere.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// Why an entry point failed. The values are the ABI's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
  /// A null pointer, a size that does not fit, text that is not UTF-8, a sample above the bit depth's maximum.
  InvalidArgument = -1,
  /// The settings document is not one, or rav1e refuses what it says.
  InvalidSettings = -2,
  /// The id is not one, is of another kind, or was freed.
  InvalidHandle = -3,
  /// The call is not allowed now, for instance a frame after the flush.
  WrongState = -4,
  /// Another thread is inside a call with this id.
  Busy = -5,
  /// rav1e reported that it cannot encode.
  EncoderFailure = -6,
  /// rav1e panicked; the object can only be freed.
  Panicked = -7,
  /// The bytes are not a whole and undamaged pack of the frames that are expected.
  CorruptPack = -8,
}

/// A code and the sentence that explains it: one line, whatever is in it.
#[derive(Debug)]
pub struct Failure {
  pub code: Code,
  pub message: String,
}

/// Characters of a message at the most.
const MOST_OF_A_MESSAGE: usize = 1000;
/// Characters of a text of others' making within a message.
const MOST_OF_A_QUOTE: usize = 80;

impl Failure {
  pub fn new(code: Code, message: impl Into<String>) -> Self {
    Failure { code, message: one_line(&message.into()) }
  }
}

/// Text that others made, as part of a message: in quotes, with what would not be seen made visible, and not all of it where
/// it is long.
pub fn quoted(text: &str) -> String {
  let shown: String = text.chars().take(MOST_OF_A_QUOTE).collect();
  let rest = if shown.len() < text.len() { "..." } else { "" };
  format!("'{}{rest}'", shown.escape_debug())
}

/// Line breaks and what lies about them become a space, other control characters are made visible, and what is too long is
/// cut. rav1e's panics have several lines, and what is refused may have anything in it.
fn one_line(message: &str) -> String {
  let lines: Vec<&str> = message.split(['\n', '\r', '\t']).map(str::trim).filter(|line| !line.is_empty()).collect();
  let mut visible = String::new();
  for next in lines.join(" ").chars().take(MOST_OF_A_MESSAGE) {
    if next.is_control() {
      visible.extend(next.escape_default());
    } else {
      visible.push(next);
    }
  }
  visible
}

pub type Outcome<T> = Result<T, Failure>;

thread_local! {
  static GUARDED: Cell<bool> = const { Cell::new(false) };
  static PANIC_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
  static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

fn install_hook() {
  static ONCE: Once = Once::new();
  ONCE.call_once(|| {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
      if GUARDED.get() {
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
        PANIC_PLACE.with_borrow_mut(|kept| *kept = place);
      } else {
        previous(info);
      }
    }));
  });
}

/// Runs `body` with panics caught: a panic becomes [`Code::Panicked`] with the panic's message and place.
pub fn catch<T>(body: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
  install_hook();
  let outer = GUARDED.replace(true);
  let result = panic::catch_unwind(AssertUnwindSafe(body));
  GUARDED.set(outer);
  result.unwrap_or_else(|payload| {
    let text = payload
      .downcast_ref::<&str>()
      .map(|text| (*text).to_owned())
      .or_else(|| payload.downcast_ref::<String>().cloned())
      .unwrap_or_else(|| "no message".to_owned());
    let place = PANIC_PLACE.with_borrow_mut(Option::take).unwrap_or_else(|| "an unknown place".to_owned());
    Err(Failure::new(Code::Panicked, format!("rav1e panicked at {place}: {text}")))
  })
}

/// Runs the body of an entry point: its number, or the code of what went wrong with the message kept for this thread.
pub fn enter(body: impl FnOnce() -> Outcome<i64>) -> i64 {
  enter_telling(body, |message| LAST_ERROR.with_borrow_mut(|kept| *kept = message))
}

/// The same where whoever asks for the message is on another thread: it is handed to `tell`, and nothing is kept.
pub fn enter_telling(body: impl FnOnce() -> Outcome<i64>, tell: impl FnOnce(String)) -> i64 {
  catch(body).unwrap_or_else(|failure| {
    tell(failure.message);
    failure.code as i64
  })
}

/// Shows the message of the last failed call on this thread.
pub fn with_last_error<T>(read: impl FnOnce(&str) -> T) -> T {
  LAST_ERROR.with_borrow(|kept| read(kept))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_panic_becomes_a_code_with_its_message_and_place() {
    let code = enter(|| panic!("index {} out of range", 7));
    assert_eq!(code, Code::Panicked as i64);
    with_last_error(|text| {
      assert!(text.contains("index 7 out of range"), "{text}");
      assert!(text.contains("guard.rs:"), "{text}");
    });
  }

  #[test]
  fn a_panic_on_a_pool_thread_keeps_its_place_when_caught_there() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let broken = || {
      rayon::scope(|scope| scope.spawn(|_| panic!("inside")));
      Ok(())
    };
    let failure = pool.install(|| catch(broken)).unwrap_err();
    assert!(failure.message.contains("guard.rs:") && failure.message.contains("inside"), "{}", failure.message);
  }

  #[test]
  fn a_message_is_one_line_of_bounded_length_whatever_is_in_it() {
    enter(|| {
      assert_eq!(1 + 1, 3, "a\u{1b}[31m\r\nsum");
      Ok(0)
    });
    with_last_error(|text| assert!(text.ends_with("failed: a\\u{1b}[31m sum left: 2 right: 3"), "{text}"));
    enter(|| Err(Failure::new(Code::InvalidSettings, "x".repeat(1 << 20))));
    with_last_error(|text| assert_eq!(text.len(), MOST_OF_A_MESSAGE));
  }

  #[test]
  fn a_quote_shows_the_beginning_and_all_that_is_in_it() {
    assert_eq!(quoted("bt.709"), "'bt.709'");
    assert_eq!(quoted("a'\n\u{1b}[2J"), "'a\\'\\n\\u{1b}[2J'");
    assert_eq!(quoted(&"\u{e4}".repeat(81)), format!("'{}...'", "\u{e4}".repeat(80)));
  }

  #[test]
  fn a_message_that_is_told_is_that_of_a_panic_too_and_is_not_kept() {
    enter(|| Err(Failure::new(Code::WrongState, "before")));
    let mut told = String::new();
    assert_eq!(enter_telling(|| panic!("inside"), |message| told = message), Code::Panicked as i64);
    assert!(told.contains("guard.rs:") && told.ends_with("inside"), "{told}");
    assert_eq!(enter_telling(|| Ok(5), |_| unreachable!()), 5);
    with_last_error(|text| assert_eq!(text, "before"));
  }

  #[test]
  fn an_error_keeps_its_sentence_until_the_next_one() {
    assert_eq!(enter(|| Err(Failure::new(Code::WrongState, "first"))), Code::WrongState as i64);
    assert_eq!(enter(|| Ok(5)), 5);
    with_last_error(|text| assert_eq!(text, "first"));
  }
}
