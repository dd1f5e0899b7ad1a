//! Opens the folder that holds the unpacked files, in a way that nobody but this user (and the system) can interfere
//! with: every folder on the real path to it belongs to one of them and cannot be written by others; in a folder that
//! all may write (/tmp) the sticky bit keeps others from our names. From then on the folder is a descriptor, and its path
//! can only be changed by those who are trusted anyway.

use crate::places::Place;
use crate::trouble::Trouble;
use rustix::fs::{fstat, mkdirat, openat, stat, Mode, OFlags, Stat, CWD};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// A folder of this user's alone.
pub struct Folder {
  pub path: PathBuf,
  pub fd: OwnedFd,
}

/// Opens a place's folder. Missing ones are made if `make`.
pub fn open_place(place: &Place, make: bool) -> Result<Folder, Trouble> {
  // Links on the way are the system's or the user's business; what they lead to is checked.
  let mut path = std::fs::canonicalize(&place.base)?;
  check_way(&path)?;
  for (index, name) in place.below.iter().enumerate() {
    path.push(name);
    if make {
      match mkdirat(CWD, &path, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno.into()),
      }
    }
    if index + 1 < place.below.len() {
      path = std::fs::canonicalize(&path)?;
      check_way(&path)?;
    }
  }
  let folder = open_own(&path)?;
  if is_noexec(&path)? {
    return Err(Trouble::Place("it may not hold programs (noexec)".into()));
  }
  Ok(folder)
}

/// Known before anything is unpacked. Where the system does not tell, execve will.
#[cfg(target_os = "linux")]
fn is_noexec(path: &Path) -> Result<bool, Errno> {
  use rustix::fs::{statvfs, StatVfsMountFlags};
  Ok(statvfs(path)?.f_flag.contains(StatVfsMountFlags::NOEXEC))
}

#[cfg(not(target_os = "linux"))]
fn is_noexec(_: &Path) -> Result<bool, Errno> {
  Ok(false)
}

/// Opens a folder that must be this user's own and closed to others.
pub fn open_own(path: &Path) -> Result<Folder, Trouble> {
  let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
  let fd = openat(CWD, path, flags, Mode::empty())?;
  let found = fstat(&fd)?;
  if found.st_uid != geteuid().as_raw() {
    return Err(Trouble::Place(format!("it belongs to another user ({})", found.st_uid)));
  }
  if writable_by_others(&found) {
    return Err(Trouble::Place("others may write to it".into()));
  }
  Ok(Folder { path: path.to_path_buf(), fd })
}

/// Every folder from / to `path`, which holds no links.
fn check_way(path: &Path) -> Result<(), Trouble> {
  // In a container / may belong to a user without a number here; who owns it owns the system.
  let trusted = [0, geteuid().as_raw(), stat("/")?.st_uid];
  for folder in path.ancestors() {
    let found = stat(folder)?;
    let sticky = Mode::from_raw_mode(found.st_mode).contains(Mode::SVTX);
    if !trusted.contains(&found.st_uid) {
      let owner = found.st_uid;
      return Err(Trouble::Place(format!("{} belongs to another user ({owner})", folder.display())));
    }
    if writable_by_others(&found) && !sticky {
      return Err(Trouble::Place(format!("others may write to {}", folder.display())));
    }
  }
  Ok(())
}

fn writable_by_others(found: &Stat) -> bool {
  Mode::from_raw_mode(found.st_mode).intersects(Mode::WGRP | Mode::WOTH)
}

#[cfg(test)]
mod tests {
  use super::*;
  use std::fs::{create_dir, set_permissions, Permissions};
  use std::os::unix::fs::{symlink, PermissionsExt};

  /// A folder of the test's own, removed at its end.
  struct Work(PathBuf);

  impl Work {
    fn new(name: &str) -> Work {
      let path = std::env::temp_dir().join(format!("trust-{name}-{}", std::process::id()));
      create_dir(&path).unwrap();
      set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
      Work(std::fs::canonicalize(path).unwrap())
    }

    fn place(&self, below: &[&str]) -> Place {
      Place { base: self.0.clone(), below: below.iter().map(Into::into).collect() }
    }
  }

  impl Drop for Work {
    fn drop(&mut self) {
      std::fs::remove_dir_all(&self.0).unwrap();
    }
  }

  fn mode(path: &Path, mode: u32) {
    set_permissions(path, Permissions::from_mode(mode)).unwrap();
  }

  fn refusal(place: &Place) -> String {
    match open_place(place, true) {
      Err(Trouble::Place(why)) => why,
      Err(Trouble::Fatal(line)) => panic!("{line}"),
      Ok(folder) => panic!("{} was accepted", folder.path.display()),
    }
  }

  #[test]
  fn what_is_made_is_closed_to_others() {
    let work = Work::new("made");
    let folder = open_place(&work.place(&["a", "b"]), true).unwrap();
    assert_eq!(folder.path, work.0.join("a/b"));
    assert_eq!(fstat(&folder.fd).unwrap().st_mode & 0o077, 0);
  }

  #[test]
  fn nothing_is_made_unasked() {
    let work = Work::new("unasked");
    assert!(open_place(&work.place(&["a"]), false).is_err());
    assert!(!work.0.join("a").exists());
  }

  #[test]
  fn a_folder_that_others_may_write_is_refused() {
    let work = Work::new("open");
    create_dir(work.0.join("a")).unwrap();
    mode(&work.0.join("a"), 0o777);
    assert_eq!(refusal(&work.place(&["a"])), "others may write to it");
    assert!(refusal(&work.place(&["a", "b"])).starts_with("others may write to /"));
    // As /tmp is.
    mode(&work.0.join("a"), 0o1777);
    assert!(open_place(&work.place(&["a", "b"]), true).is_ok());
  }

  #[test]
  fn a_link_in_the_folders_place_is_refused() {
    let work = Work::new("link");
    create_dir(work.0.join("real")).unwrap();
    symlink("real", work.0.join("a")).unwrap();
    assert!(open_place(&work.place(&["a"]), true).is_err());
    // On the way to it a link is followed.
    assert_eq!(open_place(&work.place(&["a", "b"]), true).unwrap().path, work.0.join("real/b"));
  }
}
