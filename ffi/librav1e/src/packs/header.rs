//! What stands before the compressed data. 48 bytes, all numbers little-endian: the magic number, the format's version, the
//! frames as u32, the bytes of a frame as u64, the bytes of a sample as u32, then for each of three planes the bytes of a row
//! and the rows as u32. Then the SHA-256 of each frame, and the SHA-256 of all that so far. A header that was read fits the
//! frames that the caller expects. The version is 4 since the content comes in pieces.
//!
//! The digests are the packer's word: whoever has the pack knows what its frames hash to without taking it apart. Unpacking
//! does not compare them with the frames.

use super::corrupt;
use crate::digest::{Digest, DIGEST_BYTES};
use crate::guard::Outcome;
use crate::prediction::{Shape, SHAPE_BYTES};

/// Before the digests.
pub const HEADER_BYTES: usize = 20 + SHAPE_BYTES;

const MAGIC: [u8; 4] = *b"rbgP";
const VERSION: u32 = 4;

/// Where the content of a pack of so many frames begins.
pub fn content_at(frames: u32) -> usize {
  (frames as usize).saturating_add(1).saturating_mul(DIGEST_BYTES).saturating_add(HEADER_BYTES)
}

/// A header as its frames pass.
pub struct Writer<'a> {
  header: &'a mut [u8],
  digest: Digest,
  /// Bytes that are written.
  at: usize,
}

impl<'a> Writer<'a> {
  /// Writes into the `content_at` bytes that are given; `frames` of `frame_bytes` each come next.
  pub fn begin(header: &'a mut [u8], frames: u32, frame_bytes: usize, shape: &Shape) -> Outcome<Self> {
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&VERSION.to_le_bytes());
    header[8..12].copy_from_slice(&frames.to_le_bytes());
    header[12..20].copy_from_slice(&(frame_bytes as u64).to_le_bytes());
    header[20..HEADER_BYTES].copy_from_slice(&shape.to_bytes()?);
    Ok(Writer { header, digest: Digest::default(), at: HEADER_BYTES })
  }

  /// The next frame.
  pub fn add(&mut self, frame: &[u8]) {
    let digest = self.digest.of(frame);
    self.put(&digest);
  }

  /// All frames were there.
  pub fn end(mut self) {
    let sum = self.digest.of(&self.header[..self.at]);
    self.put(&sum);
  }

  fn put(&mut self, digest: &[u8]) {
    let end = self.at + digest.len();
    self.header[self.at..end].copy_from_slice(digest);
    self.at = end;
  }
}

/// Reads and checks all that is said before the content; gives the number of frames, and their shape.
pub fn read(pack: &[u8], frame_bytes: usize) -> Outcome<(u32, Shape)> {
  let Some((header, _)) = pack.split_at_checked(HEADER_BYTES) else {
    return Err(corrupt(format!("it has {} bytes", pack.len())));
  };
  let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
  if header[..4] != MAGIC || word(4) != VERSION {
    return Err(corrupt("it does not begin as one"));
  }
  let frames = word(8);
  let said_bytes = u64::from(word(12)) | u64::from(word(16)) << 32;
  if said_bytes != frame_bytes as u64 || frame_bytes == 0 || frames == 0 {
    return Err(corrupt(format!("it says {frames} frames of {said_bytes} bytes, where they have {frame_bytes}")));
  }
  let Some((head, _)) = pack.split_at_checked(content_at(frames)) else {
    return Err(corrupt(format!("it has {} bytes for {frames} frames", pack.len())));
  };
  let (summed, sum) = head.split_at(head.len() - DIGEST_BYTES);
  if Digest::default().of(summed) != sum {
    return Err(corrupt("what it says of its frames was altered"));
  }
  let shape = Shape::from_bytes(&header[20..])?;
  if !shape.fits(frame_bytes) {
    return Err(corrupt(format!("its frames of {frame_bytes} bytes cannot be {shape:?}")));
  }
  Ok((frames, shape))
}
