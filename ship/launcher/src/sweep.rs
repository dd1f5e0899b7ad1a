//! Removes what is of no use any more, whenever something was unpacked: folders of older builds, and what killed starts left
//! incomplete. A folder that a running process has locked stays, and so do newer builds: two versions used in turn do
//! not remove each other. Nothing here can fail a start.

use crate::trust::{open_own, Folder};
use crate::unpack::PART;
use rustix::fs::{flock, FlockOperation};
use rustix::io::Errno;
use std::fs::{metadata, remove_dir_all};
use std::time::Duration;

/// Where there are no locks, nothing that was touched within this time is removed.
const SURELY_UNUSED: Duration = Duration::from_secs(7 * 24 * 3600);

/// Sweeps `base` of what is older than `built`, and of parts.
pub fn sweep(base: &Folder, built: i64) {
  let Ok(entries) = std::fs::read_dir(&base.path) else { return };
  for entry in entries.flatten() {
    let name = entry.file_name();
    let Some(name) = name.to_str() else { continue };
    if name.starts_with(PART) || build_time(name).is_some_and(|time| time < built) {
      // What belongs to someone else does not open, and stays.
      let Ok(folder) = open_own(&entry.path()) else { continue };
      if is_unused(&folder) {
        drop(remove_dir_all(&folder.path));
      }
    }
  }
}

/// Seconds since 1970 in the name of an unpacked folder.
fn build_time(name: &str) -> Option<i64> {
  let (built, id) = name.split_once('-')?;
  (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| built.parse().ok())?
}

/// If so, the folder is locked against being used until it is closed.
fn is_unused(folder: &Folder) -> bool {
  match flock(&folder.fd, FlockOperation::NonBlockingLockExclusive) {
    Ok(()) => true,
    Err(Errno::WOULDBLOCK) => false,
    Err(_) => metadata(&folder.path)
      .and_then(|found| found.modified())
      .is_ok_and(|time| time.elapsed().is_ok_and(|age| age > SURELY_UNUSED)),
  }
}

#[cfg(test)]
mod tests {
  use super::build_time;

  #[test]
  fn only_names_of_unpacked_folders_have_a_build_time() {
    let id = "0123456789abcdef0123456789abcdef";
    assert_eq!(build_time(&format!("1764000000-{id}")), Some(1_764_000_000));
    for name in ["lock", "film-2", id, "1764000000-", &format!("x-{id}"), &format!("1764000000-{id}0")] {
      assert_eq!(build_time(name), None, "{name}");
    }
  }
}
