//! Memory that a caller lends for the time of one call. What is null or too long for any memory is an error code, never a
//! pointer that is followed; all else is the caller's promise, which stands at the head of [`super`].

use crate::guard::{Code, Failure, Outcome};
use std::slice;

/// The bytes a caller lends for one call.
///
/// # Safety
/// `data` must be null or point to `length` readable bytes.
pub unsafe fn borrow<'a>(data: *const u8, length: usize) -> Outcome<&'a [u8]> {
  if length == 0 {
    return Ok(&[]);
  }
  if data.is_null() || length > isize::MAX as usize {
    return Err(Failure::new(Code::InvalidArgument, format!("no data for a length of {length}")));
  }
  // SAFETY: not null, and the caller promises `length` bytes.
  Ok(unsafe { slice::from_raw_parts(data, length) })
}

/// The room a caller lends for one call.
///
/// # Safety
/// `data` must be null or point to `length` writable bytes that nothing else refers to.
pub unsafe fn borrow_mut<'a>(data: *mut u8, length: usize) -> Outcome<&'a mut [u8]> {
  if length == 0 {
    return Ok(&mut []);
  }
  if data.is_null() || length > isize::MAX as usize {
    return Err(Failure::new(Code::InvalidArgument, format!("no room of the length {length}")));
  }
  // SAFETY: not null, and the caller promises `length` bytes.
  Ok(unsafe { slice::from_raw_parts_mut(data, length) })
}

/// Writes what fits of `bytes` and returns their whole length.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
pub unsafe fn give(bytes: &[u8], out: *mut u8, capacity: usize) -> i64 {
  if !out.is_null() {
    // SAFETY: not null, and the caller promises `capacity` bytes; `bytes` is ours and cannot overlap.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), out, bytes.len().min(capacity)) };
  }
  bytes.len() as i64
}
