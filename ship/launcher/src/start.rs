//! The last thing the launcher does: it becomes the program. Process id, open files, signal dispositions and mask, streams
//! and the user's arguments, byte for byte, are the program's own afterwards.

use crate::cache::{mark_failed, mark_start, unmark_start};
use crate::payload::Manifest;
use crate::trouble::{reason, Trouble};
use crate::trust::Folder;
use rustix::io::{fcntl_setfd, Errno, FdFlags};
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

/// The names that the program knows itself by (lib/cli/called_name.ts); any other is the first.
const NAMES: [&str; 2] = ["rav1e-by-gop", "rav1e-worker"];

/// Where this file is, for commands of the program that copy it (lib/shape/own_file.ts).
const OWN_FILE: &str = "RAV1E_BY_GOP_EXECUTABLE";

/// The user's own settings for TLS; all others of this prefix are the runtime's, and would change what it does.
const KEPT: [&str; 2] = ["DENO_CERT", "DENO_TLS_CA_STORE"];

/// Ends this program by starting the other. Returns only if that failed.
pub fn start(folder: &Folder, manifest: &Manifest, arguments: &[OsString]) -> Trouble {
  let program = c_string(folder.path.join(&manifest.entries[0].name).as_os_str());
  let mut words = vec![c_string(name_of(arguments.first()))];
  words.extend(manifest.arguments.iter().map(|word| {
    let (before, after) = word.split_once("{folder}").unwrap_or((word, ""));
    let middle = if before.len() < word.len() { folder.path.as_os_str() } else { OsStr::new("") };
    c_string(OsStr::from_bytes(&[before.as_bytes(), middle.as_bytes(), after.as_bytes()].concat()))
  }));
  words.extend(arguments.iter().skip(1).map(|word| c_string(word)));
  let variables = environment(std::env::vars_os(), &folder.path, std::env::current_exe().ok().as_deref());

  mark_start(folder);
  // The lock goes with the program: nobody sweeps what it runs from.
  let _ = fcntl_setfd(&folder.fd, FdFlags::empty());
  let (words, variables) = (pointers(&words), pointers(&variables));
  // SAFETY: both are arrays of C strings that end in a null pointer, and outlive the call.
  unsafe { libc::execve(program.as_ptr(), words.as_ptr(), variables.as_ptr()) };
  let errno = std::io::Error::last_os_error();
  let errno = Errno::from_io_error(&errno).unwrap_or(Errno::IO);
  unmark_start(folder);
  let _ = fcntl_setfd(&folder.fd, FdFlags::CLOEXEC);
  explain(errno, folder)
}

fn explain(errno: Errno, folder: &Folder) -> Trouble {
  match errno {
    Errno::ACCESS | Errno::PERM => Trouble::Place("programs there may not be run".into()),
    // The file is there, so its loader is not.
    Errno::NOENT => Trouble::Fatal("Cannot start: this system has no glibc; it takes 2.27 or newer".into()),
    Errno::TOOBIG => {
      Trouble::Fatal("Cannot start: arguments and environment are too long for this system; shorten them".into())
    }
    Errno::NOMEM | Errno::AGAIN => Trouble::Fatal(format!("Cannot start: {}; end other programs", errno)),
    // It does not look like a program: the contents are worth a look.
    errno => {
      mark_failed(folder);
      Trouble::Place(format!("what is unpacked there cannot be run: {}", reason(errno)))
    }
  }
}

fn name_of(called: Option<&OsString>) -> &OsStr {
  let called = called.and_then(|word| Path::new(word).file_name());
  OsStr::new(NAMES.iter().find(|name| called == Some(OsStr::new(name))).unwrap_or(&NAMES[0]))
}

/// The user's environment without what would lead the runtime elsewhere; its caches are kept beside the program.
fn environment(
  variables: impl Iterator<Item = (OsString, OsString)>,
  folder: &Path,
  file: Option<&Path>,
) -> Vec<CString> {
  let kept = variables
    .filter(|(name, _)| !name.as_bytes().starts_with(b"DENO_") || KEPT.iter().any(|kept| name.as_os_str() == *kept))
    .filter(|(name, _)| name.as_os_str() != OWN_FILE);
  let caches = folder.join("runtime").into_os_string();
  let own = [("DENO_DIR", caches), ("DENO_NO_UPDATE_CHECK", "1".into()), ("DENO_NO_PACKAGE_JSON", "1".into())];
  kept
    .chain(own.map(|(name, value)| (name.into(), value)))
    .chain(file.map(|file| (OWN_FILE.into(), file.into())))
    .map(|(name, value)| c_string(OsStr::from_bytes(&[name.as_bytes(), b"=", value.as_bytes()].concat())))
    .collect()
}

/// Words of a command line, of the environment and paths hold no zero byte.
fn c_string(word: &OsStr) -> CString {
  CString::new(word.as_bytes()).unwrap_or_default()
}

fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
  words.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn the_program_learns_which_of_its_names_was_used() {
    for (called, name) in [
      ("rav1e-worker", "rav1e-worker"),
      ("/usr/local/bin/rav1e-worker", "rav1e-worker"),
      ("./rav1e-by-gop", "rav1e-by-gop"),
      ("dx", "rav1e-by-gop"),
      ("", "rav1e-by-gop"),
    ] {
      assert_eq!(name_of(Some(&called.into())), name, "{called}");
    }
    assert_eq!(name_of(None), "rav1e-by-gop");
  }

  #[test]
  fn only_the_runtimes_own_variables_are_changed() {
    let variables = [
      ("PATH", "/bin"),
      ("DENO_DIR", "/elsewhere"),
      ("DENO_CERT", "/ca.pem"),
      ("DENO_V8_FLAGS", "--jitless"),
      (OWN_FILE, "/x"),
    ];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let found = environment(variables.into_iter(), Path::new("/cache/x"), Some(Path::new("/bin/it")));
    let found: Vec<_> = found.iter().map(|word| word.to_str().unwrap()).collect();
    let own = [
      "DENO_DIR=/cache/x/runtime",
      "DENO_NO_UPDATE_CHECK=1",
      "DENO_NO_PACKAGE_JSON=1",
      "RAV1E_BY_GOP_EXECUTABLE=/bin/it",
    ];
    assert_eq!(found, [&["PATH=/bin", "DENO_CERT=/ca.pem"][..], &own[..]].concat());
  }
}
