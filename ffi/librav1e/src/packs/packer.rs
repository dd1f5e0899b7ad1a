//! Makes packs, one after the other. All that is kept between two calls is the compressor and memory of a chunk's size, so a
//! pack depends on its frames alone, whatever became of the call before.

use super::header;
use super::{zstd_failure, WINDOW_LOG};
use crate::guard::{Code, Failure, Outcome};
use crate::prediction::{Differences, Shape};
use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, ResetDirective};

const LEVEL: i32 = 1;
/// Bytes that zstd gets at a time, or a little more. They stay in the second-level cache.
pub(super) const CHUNK_BYTES: usize = 128 * 1024;

pub struct Packer {
  context: CCtx<'static>,
  differences: Differences,
  content: Vec<u8>,
}

impl Packer {
  pub fn new() -> Outcome<Self> {
    let mut context =
      CCtx::try_create().ok_or_else(|| Failure::new(Code::EncoderFailure, "no memory for a compressor"))?;
    for parameter in
      [CParameter::CompressionLevel(LEVEL), CParameter::WindowLog(WINDOW_LOG), CParameter::ChecksumFlag(true)]
    {
      context.set_parameter(parameter).map_err(|code| zstd_failure("set up the compressor", code))?;
    }
    Ok(Packer { context, differences: Differences::default(), content: Vec::new() })
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
    let head_bytes = head.len();
    let mut head = header::Writer::begin(head, count, frame_bytes, shape)?;

    let failed = |code| zstd_failure("compress frames", code);
    // A call before this one may have ended within a frame.
    self.context.reset(ResetDirective::SessionOnly).map_err(failed)?;
    let content_bytes = frames.len() + (frames.len() / frame_bytes - 1) * shape.mode_bytes();
    self.context.set_pledged_src_size(Some(content_bytes as u64)).map_err(failed)?;
    let mut out = OutBuffer::around(body);
    let (context, content) = (&mut self.context, &mut self.content);
    content.clear();
    let mut sink = |content: &mut Vec<u8>| {
      if content.len() >= CHUNK_BYTES {
        feed(context, &mut out, content, &no_room)?;
        content.clear();
      }
      Ok(())
    };
    let mut before = None;
    for frame in frames.chunks(frame_bytes) {
      // Now that it comes into the cache.
      head.add(frame);
      self.differences.take_from(shape, frame, before, &mut sink, content)?;
      before = Some(frame);
    }
    feed(&mut self.context, &mut out, content, &no_room)?;
    let end = ZSTD_EndDirective::ZSTD_e_end;
    let left = self.context.compress_stream2(&mut out, &mut InBuffer::around(&[]), end).map_err(failed)?;
    if left > 0 {
      return Err(no_room());
    }
    head.end();
    Ok(head_bytes + out.pos())
  }
}

/// Compresses all of `data`, or finds that there is no room for what comes of it.
fn feed(context: &mut CCtx, out: &mut OutBuffer<'_, [u8]>, data: &[u8], no_room: &impl Fn() -> Failure) -> Outcome<()> {
  let mut input = InBuffer::around(data);
  while input.pos() < data.len() {
    let before = input.pos();
    context
      .compress_stream2(out, &mut input, ZSTD_EndDirective::ZSTD_e_continue)
      .map_err(|code| zstd_failure("compress frames", code))?;
    if input.pos() == before && out.pos() == out.capacity() {
      return Err(no_room());
    }
  }
  Ok(())
}
