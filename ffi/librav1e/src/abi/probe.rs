//! What this machine encodes with. It takes a tenth of a second, so callers leave it to a thread that they have for such
//! calls and cannot ask afterwards: the message of an error goes where the digest would, and not to `rbg_last_error`.

use super::lent::{borrow_mut, give};
use crate::digest::DIGEST_BYTES;
use crate::guard::{self, Code, Failure};
use crate::probe::probe_digest;

/// The SHA-256 of what a few encodes come to on this machine. Returns its length, 32. Where it fails, `out` gets the message
/// with a NUL after it, as much as fits.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes; nobody else reads or writes them meanwhile.
#[no_mangle]
pub unsafe extern "C" fn rbg_probe_digest(out: *mut u8, capacity: usize) -> i64 {
  let body = || {
    // SAFETY: as the caller promises.
    let out = unsafe { borrow_mut(out, capacity) }?;
    if out.len() < DIGEST_BYTES {
      return Err(Failure::new(Code::InvalidArgument, format!("a digest does not fit in {capacity} bytes")));
    }
    out[..DIGEST_BYTES].copy_from_slice(&probe_digest()?);
    Ok(DIGEST_BYTES as i64)
  };
  guard::enter_telling(body, |mut message| {
    message.push('\0');
    // SAFETY: as the caller promises; `body`'s borrow has ended.
    unsafe { give(message.as_bytes(), out, capacity) };
  })
}
