//! What happens to raw frames between their source and an encoder: packed, unpacked, hashed, and forgotten.

use super::lent::{borrow, borrow_mut};
use crate::digest::{Digest, DIGEST_BYTES};
use crate::guard::{self, Code, Failure};
use crate::handles::Table;
use crate::packs::{Packer, Unpacker};
use crate::pages;
use crate::prediction::Shape;

static PACKERS: Table<Packer> = Table::new("a packer");
static UNPACKERS: Table<Unpacker> = Table::new("an unpacker");
static DIGESTS: Table<Digest> = Table::new("a digest");

/// Whether two lent areas share memory.
fn overlap(first: (*const u8, usize), second: (*const u8, usize)) -> bool {
  let (a, b) = (first.0 as usize, second.0 as usize);
  a < b.saturating_add(second.1) && b < a.saturating_add(first.1)
}

fn no_overlap(first: (*const u8, usize), second: (*const u8, usize)) -> guard::Outcome<()> {
  if overlap(first, second) {
    return Err(Failure::new(Code::InvalidArgument, "frames and pack share memory"));
  }
  Ok(())
}

/// Makes a packer. Returns its id, above 0.
#[no_mangle]
pub extern "C" fn rbg_packer_new() -> i64 {
  guard::enter(|| PACKERS.insert(Packer::new()?))
}

/// Packs `length` bytes of frames of `frame_bytes` each into `out`. `shape` is 7 numbers of 32 bits: bytes of a sample, then for
/// each of three planes bytes of a row and rows; or nothing, where that is not known. Returns the pack's length.
///
/// # Safety
/// `frames` must be null or point to `length` readable bytes, `shape` to `shape_length`, `out` to `capacity` writable ones;
/// nobody else writes to any of them meanwhile.
#[no_mangle]
pub unsafe extern "C" fn rbg_packer_pack(
  id: i64,
  frames: *const u8,
  length: usize,
  frame_bytes: usize,
  shape: *const u8,
  shape_length: usize,
  out: *mut u8,
  capacity: usize,
) -> i64 {
  guard::enter(|| {
    no_overlap((frames, length), (out, capacity))?;
    no_overlap((shape, shape_length), (out, capacity))?;
    // SAFETY: as the caller promises; they do not overlap.
    let (frames, shape, out) =
      unsafe { (borrow(frames, length)?, borrow(shape, shape_length)?, borrow_mut(out, capacity)?) };
    let shape = if shape.is_empty() { Shape::flat(frame_bytes) } else { Shape::from_bytes(shape)? };
    PACKERS.with(id, |packer| packer.pack(frames, frame_bytes, &shape, out)).map(|length| length as i64)
  })
}

/// Frees a packer. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_packer_free(id: i64) -> i64 {
  guard::enter(|| PACKERS.remove(id).map(|()| 0))
}

/// Makes an unpacker. Returns its id, above 0.
#[no_mangle]
pub extern "C" fn rbg_unpacker_new() -> i64 {
  guard::enter(|| UNPACKERS.insert(Unpacker::new()?))
}

/// Begins a pack of frames of `frame_bytes`. Returns how many it has.
///
/// # Safety
/// `pack` must be null or point to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_unpacker_open(id: i64, pack: *const u8, length: usize, frame_bytes: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    let pack = unsafe { borrow(pack, length) }?;
    UNPACKERS.with(id, |unpacker| unpacker.open(pack, frame_bytes)).map(i64::from)
  })
}

/// Turns the previous frame of the pack that was opened (lent once more, unchanged) into the next one, in place.
/// Returns 0.
///
/// # Safety
/// `pack` must be null or point to `length` readable bytes, `frame` to `frame_bytes` writable ones; nobody else writes to
/// either meanwhile.
#[no_mangle]
pub unsafe extern "C" fn rbg_unpacker_next(
  id: i64,
  pack: *const u8,
  length: usize,
  frame: *mut u8,
  frame_bytes: usize,
) -> i64 {
  guard::enter(|| {
    no_overlap((pack, length), (frame, frame_bytes))?;
    // SAFETY: as the caller promises; they do not overlap.
    let (pack, frame) = unsafe { (borrow(pack, length)?, borrow_mut(frame, frame_bytes)?) };
    UNPACKERS.with(id, |unpacker| unpacker.next(pack, frame)).map(|()| 0)
  })
}

/// Frees an unpacker. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_unpacker_free(id: i64) -> i64 {
  guard::enter(|| UNPACKERS.remove(id).map(|()| 0))
}

/// Makes a digest. Returns its id, above 0.
#[no_mangle]
pub extern "C" fn rbg_digest_new() -> i64 {
  guard::enter(|| DIGESTS.insert(Digest::default()))
}

/// Hashes on. Returns 0.
///
/// # Safety
/// `data` must be null or point to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_digest_update(id: i64, data: *const u8, length: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    let data = unsafe { borrow(data, length) }?;
    DIGESTS.with(id, |digest| {
      digest.update(data);
      Ok(0)
    })
  })
}

/// Gives the SHA-256 of all data since the last time, and starts anew. Returns its length, 32.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_digest_finish(id: i64, out: *mut u8, capacity: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    let out = unsafe { borrow_mut(out, capacity) }?;
    if out.len() < DIGEST_BYTES {
      return Err(Failure::new(Code::InvalidArgument, format!("a digest does not fit in {capacity} bytes")));
    }
    DIGESTS.with(id, |digest| {
      out[..DIGEST_BYTES].copy_from_slice(&digest.finish());
      Ok(DIGEST_BYTES as i64)
    })
  })
}

/// Frees a digest. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_digest_free(id: i64) -> i64 {
  guard::enter(|| DIGESTS.remove(id).map(|()| 0))
}

/// Forgets what is in `data`: memory that is kept, but has nothing in it, goes back to the system until it is written to
/// again. What it holds afterwards is not said. Returns 0.
///
/// # Safety
/// `data` must be null or point to `length` writable bytes that nobody else uses meanwhile.
#[no_mangle]
pub unsafe extern "C" fn rbg_pages_give_back(data: *mut u8, length: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    pages::give_back(unsafe { borrow_mut(data, length) }?);
    Ok(0)
  })
}
