//! Takes any bytes apart as a pack. What is not a whole and undamaged one is [`Code::CorruptPack`] at the latest when the last
//! frame is taken; earlier frames may have been given out already.

use super::{header, pieces::Pieces};
use crate::guard::{Code, Failure, Outcome};
use crate::prediction::{Restoration, Shape};

/// The pack that is open.
#[derive(Clone, Copy, Debug)]
struct Opened {
  pack_bytes: usize,
  frame_bytes: usize,
  shape: Shape,
  frames_left: u32,
  first: bool,
}

pub struct Unpacker {
  pieces: Pieces,
  restoration: Restoration,
  /// None without a pack, and after a damaged one.
  opened: Option<Opened>,
}

impl Unpacker {
  pub fn new() -> Outcome<Self> {
    Ok(Unpacker { pieces: Pieces::new()?, restoration: Restoration::default(), opened: None })
  }

  /// Begins a pack, whatever became of the one before. Gives its number of frames.
  pub fn open(&mut self, pack: &[u8], frame_bytes: usize) -> Outcome<u32> {
    self.opened = None;
    let (frames, shape) = header::read(pack, frame_bytes)?;
    self.pieces.begin(pack, header::content_at(frames), &shape)?;
    self.opened = Some(Opened { pack_bytes: pack.len(), frame_bytes, shape, frames_left: frames, first: true });
    Ok(frames)
  }

  /// Turns the pack's previous frame in `into` into its next one; the first needs none. `pack` is the one that was opened.
  /// The last frame is given only when the whole pack has proved sound. After an error `into` holds anything.
  pub fn next(&mut self, pack: &[u8], into: &mut [u8]) -> Outcome<()> {
    let Some(mut opened) = self.opened else {
      return Err(Failure::new(Code::WrongState, "no pack is open"));
    };
    if opened.frames_left == 0 {
      return Err(Failure::new(Code::WrongState, "the pack has no further frame"));
    }
    if pack.len() != opened.pack_bytes || into.len() != opened.frame_bytes {
      let Opened { pack_bytes, frame_bytes, .. } = opened;
      let message = format!(
        "the open pack has {pack_bytes} bytes and its frames {frame_bytes}, not {} and {}",
        pack.len(),
        into.len()
      );
      return Err(Failure::new(Code::InvalidArgument, message));
    }
    // Put back only where all went well.
    self.opened = None;
    self.restoration.add_to(&opened.shape, into, opened.first, &mut self.pieces.of(pack))?;
    opened.first = false;
    opened.frames_left -= 1;
    if opened.frames_left == 0 {
      self.pieces.check_end(pack)?;
    }
    self.opened = Some(opened);
    Ok(())
  }
}
