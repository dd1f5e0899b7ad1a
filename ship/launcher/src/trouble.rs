//! Why something could not be done, and what that means: another place may do better, or nothing helps.

use rustix::io::Errno;

#[derive(Debug)]
pub enum Trouble {
  /// This place cannot be used; a clause such as "no space left on it".
  Place(String),
  /// Nothing else is worth trying; the whole line for the user.
  Fatal(String),
}

/// A system's refusal in words that fit behind the name of a folder.
pub fn reason(errno: Errno) -> String {
  let words = match errno {
    Errno::ROFS => "it is read-only",
    Errno::NOSPC => "it is full",
    Errno::DQUOT => "its quota is used up",
    Errno::FBIG => "files may not be so large (ulimit -f)",
    Errno::ACCESS | Errno::PERM => "it may not be used",
    Errno::NOENT => "it is not there",
    Errno::NOTDIR => "it is no folder",
    Errno::LOOP => "it is a link that leads in a circle",
    Errno::IO => "it cannot be read or written",
    _ => return errno.to_string(),
  };
  words.to_string()
}

impl From<Errno> for Trouble {
  fn from(errno: Errno) -> Trouble {
    Trouble::Place(reason(errno))
  }
}

impl From<std::io::Error> for Trouble {
  fn from(error: std::io::Error) -> Trouble {
    Trouble::Place(match Errno::from_io_error(&error) {
      Some(errno) => reason(errno),
      None => error.to_string(),
    })
  }
}
