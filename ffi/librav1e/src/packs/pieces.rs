//! The way back of a pack's content: piece by piece, each a Zstandard frame that says its size and is compared with its
//! checksum before anything in it is used. No piece is larger than one that a packer makes of such frames, so that what hostile
//! bytes say of themselves takes no more memory than that.

use super::{corrupt, PIECE_BYTES};
use crate::guard::{Code, Failure, Outcome};
use crate::prediction::{Shape, Source};
use zstd_safe::DCtx;

/// RFC 8878, section 3.1.1.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The flag of a content checksum, in the byte after the magic number.
const ZSTD_CHECKSUM_FLAG: u8 = 4;

pub struct Pieces {
  context: DCtx<'static>,
  /// Bytes of a piece's content at the most.
  most: usize,
  /// Where the next piece begins in the pack.
  position: usize,
  /// Memory for a piece's content, the bytes of the one that is there, and those that were taken.
  content: Vec<u8>,
  length: usize,
  taken: usize,
}

impl Pieces {
  pub fn new() -> Outcome<Self> {
    let context =
      DCtx::try_create().ok_or_else(|| Failure::new(Code::EncoderFailure, "no memory for a decompressor"))?;
    Ok(Pieces { context, most: 0, position: 0, content: Vec::new(), length: 0, taken: 0 })
  }

  /// Begins with the first piece of a pack of such frames, at `position`, and checks what it says of itself.
  pub fn begin(&mut self, pack: &[u8], position: usize, shape: &Shape) -> Outcome<()> {
    (self.most, self.position) = (PIECE_BYTES.max(shape.most_band_bytes()), position);
    (self.length, self.taken) = (0, 0);
    self.next_bytes(&pack[position..]).map(|_| ())
  }

  /// For what comes next, out of the pack that was begun.
  pub fn of<'a>(&'a mut self, pack: &'a [u8]) -> impl Source<Failure> + 'a {
    PiecesOf { pieces: self, pack }
  }

  /// After the last frame: nothing more in the piece, and nothing behind it.
  pub fn check_end(&self, pack: &[u8]) -> Outcome<()> {
    match (self.length - self.taken, pack.len() - self.position) {
      (0, 0) => Ok(()),
      (0, more) => Err(corrupt(format!("it goes on for {more} bytes"))),
      _ => Err(corrupt("its content does not end with its frames")),
    }
  }

  /// Bytes of the next piece's content.
  fn next_bytes(&self, rest: &[u8]) -> Outcome<usize> {
    if rest.len() < 5 || rest[..4] != ZSTD_MAGIC || rest[4] & ZSTD_CHECKSUM_FLAG == 0 {
      return Err(corrupt(format!("no piece of content begins at byte {}", self.position)));
    }
    match zstd_safe::get_frame_content_size(rest) {
      Ok(Some(size)) if size <= self.most as u64 => Ok(size as usize),
      _ => Err(corrupt(format!("a piece of its content does not say that it has up to {} bytes", self.most))),
    }
  }

  fn decompress(&mut self, pack: &[u8]) -> Outcome<()> {
    let rest = &pack[self.position..];
    let length = self.next_bytes(rest)?;
    let failed = |code| corrupt(zstd_safe::get_error_name(code));
    let bytes = zstd_safe::find_frame_compressed_size(rest).map_err(failed)?;
    let Some(piece) = rest.get(..bytes) else {
      return Err(corrupt(format!("it ends after {} bytes", pack.len())));
    };
    if self.content.len() < length {
      self.content.resize(length, 0);
    }
    let found = self.context.decompress(&mut self.content[..length], piece).map_err(failed)?;
    if found != length {
      return Err(corrupt(format!("a piece of its content has {found} bytes where it says {length}")));
    }
    (self.length, self.taken) = (length, 0);
    self.position += bytes;
    Ok(())
  }
}

struct PiecesOf<'a> {
  pieces: &'a mut Pieces,
  pack: &'a [u8],
}

impl Source<Failure> for PiecesOf<'_> {
  fn take(&mut self, bytes: usize) -> Outcome<&[u8]> {
    if self.pieces.taken == self.pieces.length {
      self.pieces.decompress(self.pack)?;
    }
    let Pieces { content, length, taken, .. } = &mut *self.pieces;
    let Some(next) = content[..*length].get(*taken..*taken + bytes) else {
      return Err(corrupt(format!("a piece of its content ends within {bytes} bytes that belong together")));
    };
    *taken += bytes;
    Ok(next)
  }
}
