//! Finds what an earlier start unpacked, and judges it. The folder's name says what it must hold; each file must be as the
//! manifest of this executable says: kind, owner, mode, size, time. That takes microseconds. Hashes of the contents are
//! taken only after a start that failed: whoever starts leaves a mark that the program removes once it runs.
//!
//! A folder in use is locked (shared) by every process that runs from it, from before it is judged until that process is
//! gone, and is never swept meanwhile.

use crate::payload::{hex, Entry, Manifest};
use crate::trouble::Trouble;
use crate::trust::{open_own, Folder};
use rustix::fs::{flock, fstat, openat, stat, statat, unlinkat, AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{geteuid, getpid, test_kill_process, Pid};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{copy, Read};

/// Left by a program that could not use what it found (lib/shape/start_marks.ts leaves it).
const FAILED: &str = "failed";
/// With the process id behind it: a start that is under way, or did not get far.
const STARTING: &str = "starting.";

pub fn folder_name(manifest: &Manifest) -> String {
  format!("{:010}-{}", manifest.built, manifest.id)
}

/// The unpacked files below `base`, whole and locked. Else the place's trouble, for instance that they are not there.
pub fn look(base: &Folder, manifest: &Manifest) -> Result<Folder, Trouble> {
  let folder = open_own(&base.path.join(folder_name(manifest)))?;
  if flock(&folder.fd, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK) {
    return Err(Trouble::Place("what is unpacked there is being removed".into()));
  }
  // It may have been swept, or replaced, before the lock was ours.
  let (locked, named) = (fstat(&folder.fd)?, stat(&folder.path)?);
  if (locked.st_dev, locked.st_ino) != (named.st_dev, named.st_ino) {
    return Err(Trouble::Place("what is unpacked there is being removed".into()));
  }
  if let Some(name) = first_wrong(&folder, manifest)? {
    return Err(Trouble::Place(format!("{name} there is not as it was unpacked")));
  }
  let marks = failed_starts(&folder)?;
  if !marks.is_empty() {
    if let Some(entry) = manifest.entries.iter().find(|entry| !has_its_hash(&folder, entry)) {
      return Err(Trouble::Place(format!("{} there is damaged", entry.name)));
    }
    // Where they cannot be removed the next start checks again.
    for mark in marks {
      let _ = unlinkat(&folder.fd, mark.as_str(), AtFlags::empty());
    }
  }
  Ok(folder)
}

/// Leaves the mark of a start under way; the program removes it. Without it a failed start is not noticed.
pub fn mark_start(folder: &Folder) {
  let name = format!("{STARTING}{}", getpid().as_raw_nonzero());
  leave_mark(folder, &name);
}

pub fn unmark_start(folder: &Folder) {
  let name = format!("{STARTING}{}", getpid().as_raw_nonzero());
  let _ = unlinkat(&folder.fd, name, AtFlags::empty());
}

/// Has the contents hashed before the next start.
pub fn mark_failed(folder: &Folder) {
  leave_mark(folder, FAILED);
}

fn leave_mark(folder: &Folder, name: &str) {
  let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
  drop(openat(&folder.fd, name, flags, Mode::RUSR | Mode::WUSR));
}

/// The first file that is not as the manifest says.
fn first_wrong<'a>(folder: &Folder, manifest: &'a Manifest) -> Result<Option<&'a str>, Errno> {
  for entry in &manifest.entries {
    match statat(&folder.fd, entry.name.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
      Ok(found)
        if FileType::from_raw_mode(found.st_mode) == FileType::RegularFile
          && found.st_uid == geteuid().as_raw()
          && Mode::from_raw_mode(found.st_mode) == Mode::from_raw_mode(entry.mode as _)
          && found.st_size as u64 == entry.size
          && found.st_mtime == manifest.built => {}
      Ok(_) | Err(Errno::NOENT) => return Ok(Some(&entry.name)),
      Err(errno) => return Err(errno),
    }
  }
  Ok(None)
}

/// Marks of starts that failed.
fn failed_starts(folder: &Folder) -> Result<Vec<String>, Trouble> {
  let mut marks = Vec::new();
  for entry in std::fs::read_dir(&folder.path)? {
    let Ok(name) = entry?.file_name().into_string() else { continue };
    let starting = name.strip_prefix(STARTING).and_then(|pid| Pid::from_raw(pid.parse().ok()?));
    // Our own number is that of a process that is gone.
    let gone = |pid| pid == getpid() || test_kill_process(pid) == Err(Errno::SRCH);
    if name == FAILED || starting.is_some_and(gone) {
      marks.push(name);
    }
  }
  Ok(marks)
}

fn has_its_hash(folder: &Folder, entry: &Entry) -> bool {
  let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
  let Ok(file) = openat(&folder.fd, entry.name.as_str(), flags, Mode::empty()) else { return false };
  let mut hash = Sha256::new();
  let copied = copy(&mut File::from(file).take(entry.size), &mut hash);
  copied.is_ok() && hex(&hash.finalize()) == entry.sha256
}
