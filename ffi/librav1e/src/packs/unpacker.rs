//! Takes any bytes apart as a pack. What is not a whole and undamaged one is [`Code::CorruptPack`] at the latest when the last
//! frame is taken: the checksum stands at the end, so earlier frames may have been given out already.

use super::header;
use super::{corrupt, zstd_failure, WINDOW_LOG};
use crate::guard::{Code, Failure, Outcome};
use crate::prediction::{Restoration, Shape};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

/// Where an [`Unpacker`] is in its pack.
#[derive(Clone, Copy, Debug)]
struct Place {
  pack_bytes: usize,
  frame_bytes: usize,
  shape: Shape,
  frames_left: u32,
  /// Bytes of the pack that were used up.
  position: usize,
  first: bool,
  /// The compressed data has come to its end.
  ended: bool,
}

pub struct Unpacker {
  context: DCtx<'static>,
  restoration: Restoration,
  content: Vec<u8>,
  /// None without a pack, and after a damaged one.
  place: Option<Place>,
}

impl Unpacker {
  pub fn new() -> Outcome<Self> {
    let mut context =
      DCtx::try_create().ok_or_else(|| Failure::new(Code::EncoderFailure, "no memory for a decompressor"))?;
    context
      .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
      .map_err(|code| zstd_failure("set up the decompressor", code))?;
    Ok(Unpacker { context, restoration: Restoration::default(), content: Vec::new(), place: None })
  }

  /// Begins a pack, whatever became of the one before. Gives its number of frames.
  pub fn open(&mut self, pack: &[u8], frame_bytes: usize) -> Outcome<u32> {
    self.place = None;
    let (frames, shape) = header::read(pack, frame_bytes)?;
    self.context.reset(ResetDirective::SessionOnly).map_err(|code| zstd_failure("set up the decompressor", code))?;
    self.place = Some(Place {
      pack_bytes: pack.len(),
      frame_bytes,
      shape,
      frames_left: frames,
      position: header::content_at(frames),
      first: true,
      ended: false,
    });
    Ok(frames)
  }

  /// Turns the pack's previous frame in `into` into its next one; the first needs none. `pack` is the one that was opened.
  /// The last frame is given only when the whole pack has proved sound. After an error `into` holds anything.
  pub fn next(&mut self, pack: &[u8], into: &mut [u8]) -> Outcome<()> {
    let Some(mut place) = self.place else {
      return Err(Failure::new(Code::WrongState, "no pack is open"));
    };
    if place.frames_left == 0 {
      return Err(Failure::new(Code::WrongState, "the pack has no further frame"));
    }
    if pack.len() != place.pack_bytes || into.len() != place.frame_bytes {
      let Place { pack_bytes, frame_bytes, .. } = place;
      let message = format!(
        "the open pack has {pack_bytes} bytes and its frames {frame_bytes}, not {} and {}",
        pack.len(),
        into.len()
      );
      return Err(Failure::new(Code::InvalidArgument, message));
    }
    // Put back only where all went well.
    self.place = None;
    let (shape, is_first) = (place.shape, place.first);
    let context = &mut self.context;
    let mut source = |into: &mut [u8]| fill(context, pack, &mut place, into);
    self.restoration.add_to(&shape, into, is_first, &mut source, &mut self.content)?;
    place.first = false;
    place.frames_left -= 1;
    if place.frames_left == 0 {
      self.check_end(pack, &mut place)?;
    }
    self.place = Some(place);
    Ok(())
  }

  /// After the last frame: no more content, a checksum that is right, and nothing behind it.
  fn check_end(&mut self, pack: &[u8], place: &mut Place) -> Outcome<()> {
    while !place.ended {
      if step(&mut self.context, pack, place, &mut [0])? > 0 {
        return Err(corrupt("its content does not end with its frames"));
      }
    }
    match pack.len() - place.position {
      0 => Ok(()),
      more => Err(corrupt(format!("it goes on for {more} bytes"))),
    }
  }
}

/// Fills `into` with what comes next of the content.
fn fill(context: &mut DCtx<'static>, pack: &[u8], place: &mut Place, into: &mut [u8]) -> Outcome<()> {
  let mut filled = 0;
  while filled < into.len() {
    filled += step(context, pack, place, &mut into[filled..])?;
  }
  Ok(())
}

/// Decompresses a piece; gives its bytes.
fn step(context: &mut DCtx<'static>, pack: &[u8], place: &mut Place, into: &mut [u8]) -> Outcome<usize> {
  if place.ended {
    return Err(corrupt("its content ends early"));
  }
  let mut input = InBuffer::around(&pack[place.position..]);
  let mut out = OutBuffer::around(into);
  let hint =
    context.decompress_stream(&mut out, &mut input).map_err(|code| corrupt(zstd_safe::get_error_name(code)))?;
  if hint > 0 && input.pos() == 0 && out.pos() == 0 {
    return Err(corrupt(format!("it ends after {} bytes", pack.len())));
  }
  place.position += input.pos();
  place.ended = hint == 0;
  Ok(out.pos())
}
