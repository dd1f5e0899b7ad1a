//! Makes packs, one after the other. All that is kept between two calls is the compressor and memory of a piece's size, so a
//! pack depends on its frames alone, whatever became of the call before.

use super::header;
use super::{zstd_failure, PIECE_BYTES};
use crate::guard::{Code, Failure, Outcome};
use crate::prediction::{Differences, Shape};
use zstd_safe::{CCtx, CParameter};

const LEVEL: i32 = 1;
/// What the level takes for large data. For data of a piece's size it takes shorter matches, which among differences with noise
/// cost more than they save.
const LEAST_MATCH: u32 = 7;
const HASH_LOG: u32 = 14;

pub struct Packer {
  compressor: Compressor,
  differences: Differences,
  content: Vec<u8>,
}

struct Compressor {
  context: CCtx<'static>,
  /// A piece where there is less room than zstd may want to work in.
  piece: Vec<u8>,
}

impl Packer {
  pub fn new() -> Outcome<Self> {
    let mut context =
      CCtx::try_create().ok_or_else(|| Failure::new(Code::EncoderFailure, "no memory for a compressor"))?;
    for parameter in [
      CParameter::CompressionLevel(LEVEL),
      CParameter::MinMatch(LEAST_MATCH),
      CParameter::HashLog(HASH_LOG),
      CParameter::ChecksumFlag(true),
    ] {
      context.set_parameter(parameter).map_err(|code| zstd_failure("set up the compressor", code))?;
    }
    let compressor = Compressor { context, piece: Vec::new() };
    Ok(Packer { compressor, differences: Differences::default(), content: Vec::new() })
  }

  /// Packs `frames`, whole frames of `frame_bytes` one after the other. Gives the bytes written to `into`. Frames of any shape
  /// come back; those of the one that is given become small.
  pub fn pack(&mut self, frames: &[u8], frame_bytes: usize, shape: &Shape, into: &mut [u8]) -> Outcome<usize> {
    let whole = frame_bytes > 0 && !frames.is_empty() && frames.len() % frame_bytes == 0;
    let count = if whole { u32::try_from(frames.len() / frame_bytes).ok() } else { None };
    let Some(count) = count else {
      let message = format!("{} bytes are not one or more frames of {frame_bytes}", frames.len());
      return Err(Failure::new(Code::InvalidArgument, message));
    };
    if !shape.fits(frame_bytes) {
      let message = format!("{shape:?} is not the shape of frames of {frame_bytes} bytes");
      return Err(Failure::new(Code::InvalidArgument, message));
    }
    let capacity = into.len();
    let no_room = || Failure::new(Code::InvalidArgument, format!("the pack does not fit in {capacity} bytes"));
    let Some((head, body)) = into.split_at_mut_checked(header::content_at(count)) else {
      return Err(no_room());
    };
    let mut length = head.len();
    let mut head = header::Writer::begin(head, count, frame_bytes, shape)?;

    let (compressor, content) = (&mut self.compressor, &mut self.content);
    let mut rest = body;
    let mut put = |content: &mut Vec<u8>| {
      let bytes = compressor.put(content, rest)?.ok_or_else(no_room)?;
      rest = &mut std::mem::take(&mut rest)[bytes..];
      length += bytes;
      content.clear();
      Ok(())
    };
    content.clear();
    let mut before = None;
    for frame in frames.chunks(frame_bytes) {
      // Now that it comes into the cache.
      head.add(frame);
      let mut sink = |content: &mut Vec<u8>, more: usize| {
        if content.is_empty() || content.len() + more <= PIECE_BYTES {
          Ok(())
        } else {
          put(content)
        }
      };
      self.differences.take_from(shape, frame, before, &mut sink, content)?;
      before = Some(frame);
    }
    put(content)?;
    head.end();
    Ok(length)
  }
}

impl Compressor {
  /// Writes a piece; gives its bytes, or none where it does not fit.
  fn put(&mut self, content: &[u8], into: &mut [u8]) -> Outcome<Option<usize>> {
    let failed = |code| zstd_failure("compress frames", code);
    let bound = zstd_safe::compress_bound(content.len());
    if into.len() >= bound {
      return self.context.compress2(into, content).map(Some).map_err(failed);
    }
    self.piece.resize(bound, 0);
    let bytes = self.context.compress2(&mut self.piece[..], content).map_err(failed)?;
    let Some(into) = into.get_mut(..bytes) else { return Ok(None) };
    into.copy_from_slice(&self.piece[..bytes]);
    Ok(Some(bytes))
  }
}
