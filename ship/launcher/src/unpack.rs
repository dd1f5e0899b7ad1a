//! Unpacks the executable's files into a place. They are written to a folder of the process's own, which gets its name
//! by one rename when it is complete: whoever looks finds all of it or nothing, whenever anybody is killed. A lock lets
//! many first starts wait for one; it only saves work. Nothing is forced to the disk: after a power cut sizes, or the
//! first failed start, tell that it must be done again, and then it is.

use crate::cache::{folder_name, look};
use crate::payload::{damaged, Entry, Payload};
use crate::places::Place;
use crate::sweep::sweep;
use crate::trouble::Trouble;
use crate::trust::{open_own, open_place, Folder};
use rustix::fs::{
  fallocate, fchmod, flock, fstat, futimens, mkdirat, openat, renameat, renameat_with, FallocateFlags, FlockOperation,
  Mode, OFlags, RenameFlags, Timespec, Timestamps,
};
use rustix::io::Errno;
use std::fs::{remove_dir_all, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::process;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Begins the names of folders that are not complete.
pub const PART: &str = ".part-";

/// Another process unpacks in a fraction of this, or it hangs, and is not waited for.
const MOST_WAIT: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// As `zstd --long=27` needs it to unpack.
const WINDOW_LOG: u32 = 27;

/// The unpacked files in a place, made if they are not there or not whole.
pub fn provide(payload: &Payload, place: &Place) -> Result<Folder, Trouble> {
  let _ways = OwnWays::new();
  let base = open_place(place, true)?;
  let _lock = wait_for_lock(&base)?;
  if let Ok(folder) = look(&base, &payload.manifest) {
    return Ok(folder);
  }
  let part = make_part(&base)?;
  let unpacked = unpack(payload, &part).and_then(|()| publish(payload, &base, &part));
  if unpacked.is_err() {
    drop(remove_dir_all(&part.path));
  }
  let folder = unpacked?;
  sweep(&base, payload.manifest.built);
  Ok(folder)
}

/// None where locks do not work (network file systems) or their holder hangs: then every start works for itself.
fn wait_for_lock(base: &Folder) -> Result<Option<OwnedFd>, Trouble> {
  let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
  let file = openat(&base.fd, "lock", flags, Mode::RUSR | Mode::WUSR)?;
  let until = Instant::now() + MOST_WAIT;
  loop {
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
      Ok(()) => return Ok(Some(file)),
      Err(Errno::WOULDBLOCK | Errno::INTR) if Instant::now() < until => sleep(LOOK_AGAIN),
      Err(_) => return Ok(None),
    }
  }
}

/// A new folder that nobody else uses; locked, so that nobody sweeps it.
fn make_part(base: &Folder) -> Result<Folder, Trouble> {
  let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
  let name = format!("{PART}{}-{now}", process::id());
  mkdirat(&base.fd, name.as_str(), Mode::RWXU)?;
  let part = open_own(&base.path.join(name))?;
  let _ = flock(&part.fd, FlockOperation::NonBlockingLockShared);
  Ok(part)
}

fn unpack(payload: &Payload, part: &Folder) -> Result<(), Trouble> {
  let mut buffer = vec![0; 1 << 20];
  for entry in &payload.manifest.entries {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file: File = openat(&part.fd, entry.name.as_str(), flags, Mode::RUSR | Mode::WUSR)?.into();
    reserve(&file, entry.size)?;
    write_contents(payload, entry, &mut file, &mut buffer)?;
    let built = Timespec { tv_sec: payload.manifest.built, tv_nsec: 0 };
    futimens(&file, &Timestamps { last_access: built, last_modification: built })?;
    fchmod(&file, Mode::from_raw_mode(entry.mode as _))?;
  }
  Ok(())
}

/// While it lives, what is made has the mode that it is made with, whatever the user's mask takes from its owner; and a file
/// that outgrows the user's limit (ulimit -f) is an error like others, which does not end the process.
struct OwnWays {
  mask: libc::mode_t,
  limit: libc::sighandler_t,
}

impl OwnWays {
  fn new() -> OwnWays {
    // SAFETY: there is one thread, and no handler is installed.
    unsafe { OwnWays { mask: libc::umask(0o077), limit: libc::signal(libc::SIGXFSZ, libc::SIG_IGN) } }
  }
}

impl Drop for OwnWays {
  fn drop(&mut self) {
    // SAFETY: both were in force before; the program inherits them.
    unsafe {
      libc::umask(self.mask);
      libc::signal(libc::SIGXFSZ, self.limit);
    }
  }
}

/// A disk that is too full is found before anything is written: every start may come by here.
fn reserve(file: &File, size: u64) -> Result<(), Trouble> {
  match fallocate(file, FallocateFlags::empty(), 0, size) {
    Err(errno @ (Errno::NOSPC | Errno::DQUOT)) => Err(errno.into()),
    // Not every file system can.
    _ => Ok(()),
  }
}

/// The frame carries a checksum of the contents, which the decoder compares.
fn write_contents(payload: &Payload, entry: &Entry, file: &mut File, buffer: &mut [u8]) -> Result<(), Trouble> {
  let broken = |why: &dyn std::fmt::Display| damaged(&format!("{}: {why}", entry.name));
  let frame = Section { file: &payload.file, at: entry.offset, left: entry.packed };
  let mut contents = zstd::stream::read::Decoder::new(frame).map_err(|error| broken(&error))?;
  contents.window_log_max(WINDOW_LOG).map_err(|error| broken(&error))?;
  let mut written = 0;
  loop {
    let length = contents.read(buffer).map_err(|error| broken(&error))?;
    if length == 0 {
      break;
    }
    written += length as u64;
    if written > entry.size {
      return Err(broken(&"it is too long"));
    }
    file.write_all(&buffer[..length])?;
  }
  if written < entry.size {
    return Err(broken(&"it is too short"));
  }
  Ok(())
}

/// Gives the complete folder its name. Where there is one already that is not whole the two change places.
fn publish(payload: &Payload, base: &Folder, part: &Folder) -> Result<Folder, Trouble> {
  let name = folder_name(&payload.manifest);
  let part_name = part.path.file_name().expect("made with a name");
  match renameat(&base.fd, part_name, &base.fd, name.as_str()) {
    Ok(()) => {}
    Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => {
      // Without the lock another process may have been faster.
      if let Ok(folder) = look(base, &payload.manifest) {
        drop(remove_dir_all(&part.path));
        return Ok(folder);
      }
      replace(base, part, &name)?;
    }
    Err(errno) => return Err(errno.into()),
  }
  let folder = look(base, &payload.manifest)?;
  debug_assert_eq!(fstat(&folder.fd).map(|found| found.st_ino), fstat(&part.fd).map(|made| made.st_ino));
  Ok(folder)
}

fn replace(base: &Folder, part: &Folder, name: &str) -> Result<(), Trouble> {
  let part_name = part.path.file_name().expect("made with a name");
  match renameat_with(&base.fd, part_name, &base.fd, name, RenameFlags::EXCHANGE) {
    Ok(()) => {}
    // A file system that cannot: for a moment there is nothing of that name.
    Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
      let aside = format!("{PART}{}-aside", process::id());
      renameat(&base.fd, name, &base.fd, aside.as_str())?;
      renameat(&base.fd, part_name, &base.fd, name)?;
      drop(remove_all(&base.path.join(aside)));
      return Ok(());
    }
    Err(errno) => return Err(errno.into()),
  }
  drop(remove_all(&part.path));
  Ok(())
}

/// Whatever it is: others than us may have put a file or a link in a folder's place.
fn remove_all(path: &std::path::Path) -> std::io::Result<()> {
  if std::fs::symlink_metadata(path)?.is_dir() {
    remove_dir_all(path)
  } else {
    std::fs::remove_file(path)
  }
}

/// A part of a file, read from its beginning to its end.
struct Section<'a> {
  file: &'a File,
  at: u64,
  left: u64,
}

impl Read for Section<'_> {
  fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
    let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
    let length = self.file.read_at(&mut buffer[..most], self.at)?;
    self.at += length as u64;
    self.left -= length as u64;
    Ok(length)
  }
}
