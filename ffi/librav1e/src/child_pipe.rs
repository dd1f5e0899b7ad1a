//! A pipe whose writing end a child process inherits: what a program with several streams of output needs beside its
//! standard output. No file has a name, so nothing is left of it whatever ends either process.
//!
//! The reading end is closed by exec: a child that outlives us has nobody who reads, and ends by SIGPIPE at its next write.
//! It can be lent to a second child, which then reads what the first one writes. The writing end is inherited by every child
//! that is started. Whoever lets children have an end closes it, or keeps it, right after the one that it is for.

use crate::guard::{Code, Failure, Outcome};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub struct ChildPipe {
  reading: Option<OwnedFd>,
  writing: Option<OwnedFd>,
}

impl ChildPipe {
  /// `capacity`: bytes that may wait in it, where the system lets that be said; a smaller one is no failure.
  pub fn new(capacity: usize) -> Outcome<Self> {
    let (reading, writing) = both_ends().map_err(|error| failure("make a pipe", &error))?;
    set_flags(&writing, 0).map_err(|error| failure("let a child have a pipe", &error))?;
    enlarge(&writing, capacity);
    Ok(ChildPipe { reading: Some(reading), writing: Some(writing) })
  }

  /// The descriptor of an end that is open.
  pub fn end(&self, is_writing: bool) -> Outcome<RawFd> {
    let end = if is_writing { &self.writing } else { &self.reading };
    end.as_ref().map(AsRawFd::as_raw_fd).ok_or_else(|| Failure::new(Code::WrongState, "that end of the pipe is closed"))
  }

  /// No child that is started from now on has the writing end, which stays open here.
  pub fn keep(&self) -> Outcome<()> {
    let Some(writing) = &self.writing else { return Ok(()) };
    set_flags(writing, libc::FD_CLOEXEC).map_err(|error| failure("keep a pipe from children", &error))
  }

  /// Children that are started from now on have the reading end, until it is closed.
  pub fn lend_reading(&self) -> Outcome<()> {
    let Some(reading) = &self.reading else { return Ok(()) };
    set_flags(reading, 0).map_err(|error| failure("let a child read a pipe", &error))
  }

  /// Closes an end; one that is closed stays so.
  pub fn close(&mut self, is_writing: bool) {
    let end = if is_writing { &mut self.writing } else { &mut self.reading };
    drop(end.take().map(File::from));
  }
}

fn failure(what: &str, error: &io::Error) -> Failure {
  Failure::new(Code::WrongState, format!("cannot {what}: {error}"))
}

/// Reading and writing, both closed by exec.
fn both_ends() -> io::Result<(OwnedFd, OwnedFd)> {
  let mut ends = [-1; 2];
  // Where there is no pipe2, a child that another thread starts between the calls would have them, too.
  // SAFETY: room for two descriptors.
  #[cfg(target_os = "linux")]
  let result = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) };
  // SAFETY: room for two descriptors.
  #[cfg(not(target_os = "linux"))]
  let result = unsafe { libc::pipe(ends.as_mut_ptr()) };
  if result < 0 {
    return Err(io::Error::last_os_error());
  }
  // SAFETY: the system has just given them to us.
  let ends = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
  #[cfg(not(target_os = "linux"))]
  for end in &ends {
    set_flags(end, libc::FD_CLOEXEC)?;
  }
  let [reading, writing] = ends;
  Ok((reading, writing))
}

fn set_flags(end: &OwnedFd, flags: libc::c_int) -> io::Result<()> {
  // SAFETY: a descriptor of ours, and a command without pointers.
  if unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFD, flags) } < 0 {
    return Err(io::Error::last_os_error());
  }
  Ok(())
}

#[cfg(target_os = "linux")]
fn enlarge(end: &OwnedFd, capacity: usize) {
  let capacity = libc::c_int::try_from(capacity).unwrap_or(libc::c_int::MAX);
  // SAFETY: a descriptor of ours, and a command without pointers. Refused where the user's pipes are large already.
  unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETPIPE_SZ, capacity) };
}

#[cfg(not(target_os = "linux"))]
fn enlarge(_end: &OwnedFd, _capacity: usize) {}

#[cfg(test)]
mod tests {
  use super::*;
  use std::io::Read;
  use std::process::{Command, Stdio};

  #[test]
  fn a_child_writes_into_it_and_its_end_is_the_pipes() {
    let mut pipe = ChildPipe::new(1 << 20).unwrap();
    let command = format!("echo hello >/dev/fd/{}", pipe.end(true).unwrap());
    let mut child = Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).spawn().unwrap();
    pipe.close(true);
    let mut text = String::new();
    let mut reading = File::from(pipe.reading.take().unwrap());
    reading.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello\n");
    assert!(child.wait().unwrap().success());
  }

  #[test]
  fn a_child_does_not_have_the_reading_end() {
    let pipe = ChildPipe::new(0).unwrap();
    let command = format!("true </dev/fd/{}", pipe.end(false).unwrap());
    let status = Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status().unwrap();
    assert!(!status.success());
  }

  #[test]
  fn a_child_does_not_have_a_writing_end_that_is_kept() {
    let pipe = ChildPipe::new(0).unwrap();
    pipe.keep().unwrap();
    let command = format!("true >/dev/fd/{}", pipe.end(true).unwrap());
    let status = Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status().unwrap();
    assert!(!status.success());
  }

  #[test]
  fn a_child_reads_what_another_has_written_to_its_end() {
    let mut pipe = ChildPipe::new(0).unwrap();
    let command = format!("echo hello >/dev/fd/{}", pipe.end(true).unwrap());
    let mut writer = Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).spawn().unwrap();
    pipe.close(true);
    pipe.lend_reading().unwrap();
    let command = format!("cat </dev/fd/{}", pipe.end(false).unwrap());
    let output = Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.stdout, b"hello\n");
    assert!(writer.wait().unwrap().success());
  }

  #[test]
  fn an_end_that_was_closed_has_no_descriptor() {
    let mut pipe = ChildPipe::new(0).unwrap();
    pipe.close(true);
    pipe.close(true);
    assert_eq!(pipe.end(true).unwrap_err().code, Code::WrongState);
    assert!(pipe.end(false).is_ok());
  }
}
