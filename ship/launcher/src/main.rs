//! What the one-file rav1e-by-gop is until the program runs: it finds its files in the user's cache, or unpacks them there
//! once, and becomes the program. It trusts nothing of another user's, leaves nothing incomplete under a name, and changes
//! neither signals nor streams. When no place serves it says so in one line, with what each lacks, and ends with 1.

// Rust's own start would ignore SIGPIPE and leave a signal stack, and the program would inherit the former.
#![cfg_attr(not(test), no_main)]

mod cache;
mod payload;
mod places;
mod start;
mod sweep;
mod trouble;
mod trust;
mod unpack;

use payload::Payload;
use places::{places, Place, OVERRIDE};
use rustix::fs::{openat, Mode, OFlags, CWD};
use rustix::process::{getegid, geteuid, getgid, getuid};
use std::env::{args_os, var_os};
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use trouble::Trouble;
use trust::{open_place, Folder};

/// # Safety
/// Called by the C library alone.
#[cfg_attr(not(test), no_mangle)]
pub extern "C" fn main(_count: libc::c_int, _words: *const *const libc::c_char) -> libc::c_int {
  occupy_standard_streams();
  let line = match run() {
    Trouble::Fatal(line) | Trouble::Place(line) => line,
  };
  eprintln!("rav1e-by-gop: {}", line.replace('\n', "?"));
  1
}

/// Becomes the program, or returns why it cannot.
fn run() -> Trouble {
  if (getuid(), getgid()) != (geteuid(), getegid()) {
    return Trouble::Fatal("Cannot start with a set-user-id bit: remove it (chmod ug-s)".into());
  }
  let payload = match own_file().and_then(Payload::of) {
    Ok(payload) => payload,
    Err(trouble) => return trouble,
  };
  let arguments: Vec<OsString> = args_os().collect();
  if let Some(named) = var_os(OVERRIDE).filter(|path| !path.is_empty() && !Path::new(path).is_absolute()) {
    return Trouble::Fatal(format!(
      "{OVERRIDE}={} must begin with a slash: it means one folder",
      named.to_string_lossy()
    ));
  }
  let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
  let places = places(|name| var_os(name), &passwd, geteuid().as_raw());

  let mut refusals = Vec::new();
  for place in &places {
    let mut refusal = String::new();
    // What is there but could not be started is unpacked anew, once.
    for provide in [look_in, unpack::provide] {
      let trouble = match provide(&payload, place) {
        Ok(folder) => start::start(&folder, &payload.manifest, &arguments),
        Err(trouble) => trouble,
      };
      match trouble {
        Trouble::Place(why) => refusal = why,
        fatal => return fatal,
      }
    }
    refusals.push(format!("{}: {refusal}", place.path().display()));
  }
  let megabytes = payload.manifest.entries.iter().map(|entry| entry.size).sum::<u64>().div_ceil(1_000_000);
  Trouble::Fatal(format!(
    "Cannot unpack its {megabytes} MB: {}; set {OVERRIDE} to a folder of your own with that much room that may hold programs",
    refusals.join("; ")
  ))
}

/// What is there already; nothing is written, so a place that became read-only serves.
fn look_in(payload: &Payload, place: &Place) -> Result<Folder, Trouble> {
  cache::look(&open_place(place, false)?, &payload.manifest)
}

/// The executable itself, even where its name was given to another meanwhile.
fn own_file() -> Result<File, Trouble> {
  if cfg!(target_os = "linux") && !Path::new("/proc/self").exists() {
    return Err(Trouble::Fatal("Cannot start: there is no /proc; mount it (mount -t proc proc /proc)".into()));
  }
  let cannot = |why: String| Trouble::Fatal(format!("Cannot read this executable: {why}; make it readable"));
  let path = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { current_exe().map_err(cannot)? };
  let opened = openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
  opened.map(File::from).map_err(|errno| cannot(errno.to_string()))
}

fn current_exe() -> Result<std::path::PathBuf, String> {
  std::env::current_exe().map_err(|error| error.to_string())
}

/// A stream that was closed by whoever started us must not become one of our files. What takes its place is at its end at
/// once and cannot be written to, so that what was asked for is not lost without a word.
fn occupy_standard_streams() {
  loop {
    let Ok(file) = openat(CWD, "/dev/null", OFlags::RDONLY, Mode::empty()) else { return };
    let number = std::os::fd::IntoRawFd::into_raw_fd(file);
    if number > 2 {
      // SAFETY: it was opened right here.
      unsafe { libc::close(number) };
      return;
    }
  }
}
