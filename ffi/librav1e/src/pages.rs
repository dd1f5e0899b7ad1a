//! Memory that a caller keeps but has nothing in: its pages go back to the system, which gives fresh ones when it is written
//! to again. What was in them is gone then. Elsewhere than on Linux nothing is given back.

/// Gives back the whole pages within `bytes`.
#[cfg(target_os = "linux")]
pub fn give_back(bytes: &mut [u8]) {
  // SAFETY: sysconf reads no memory of ours.
  let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(0);
  if page == 0 {
    return;
  }
  let address = bytes.as_mut_ptr() as usize;
  let before = address.next_multiple_of(page) - address;
  let whole = bytes.len().saturating_sub(before) / page * page;
  if whole > 0 {
    // SAFETY: within `bytes`, which nobody else refers to, and of whose contents nothing is expected. Where the system
    // refuses (locked memory, say) they stay as they are.
    unsafe { libc::madvise(bytes.as_mut_ptr().add(before).cast(), whole, libc::MADV_DONTNEED) };
  }
}

#[cfg(not(target_os = "linux"))]
pub fn give_back(_bytes: &mut [u8]) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
  use super::*;

  #[test]
  fn pages_that_were_given_back_are_fresh_and_what_lies_beside_them_stays() {
    const PAGES: usize = 4;
    // SAFETY: sysconf reads no memory of ours.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
    let mut memory = vec![7u8; PAGES * page];
    give_back(&mut memory[1..]);
    // The first page is not wholly within; how the vector lies to the pages, nobody knows.
    assert_eq!(memory[0], 7);
    assert!(memory.iter().filter(|byte| **byte == 0).count() >= (PAGES - 2) * page);
    let kept = memory.iter().filter(|byte| **byte == 7).count();
    assert_eq!(kept + memory.iter().filter(|byte| **byte == 0).count(), memory.len());
    memory.fill(9);
    give_back(&mut memory[..page - 1]);
    assert!(memory.iter().all(|byte| *byte == 9), "less than a page");
    give_back(&mut []);
  }
}
