//! Packs: a few consecutive raw frames, compressed without loss, for waiting in memory, in a file, or for the wire.
//!
//! A pack is a header of 20 bytes (the magic number, the format's version, the frames as u32, the bytes of a frame as u64;
//! all little-endian) and one Zstandard frame (RFC 8878) with its content's size and checksum. The content is the first
//! frame as it is, then each further frame's difference to the one before it, byte by byte. That goes through small
//! chunks: neither side needs memory of a frame's size.
//!
//! Unpacking takes any bytes. What is not a whole and undamaged pack is [`Code::CorruptPack`] at the latest when the last
//! frame is taken: the checksum stands at the end, so earlier frames may have been given out already.

use crate::guard::{Code, Failure, Outcome};
use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, ResetDirective};

const MAGIC: [u8; 4] = *b"rbgP";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 20;

const LEVEL: i32 = 1;
/// What level 1 needs at the most; a frame that asks for more memory is none of ours.
const WINDOW_LOG: u32 = 19;
/// Bytes that are worked on at a time. They stay in the second-level cache.
const CHUNK_BYTES: usize = 128 * 1024;

/// RFC 8878, section 3.1.1.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The flag of a content checksum, in the byte after the magic number.
const ZSTD_CHECKSUM_FLAG: u8 = 4;

fn chunk() -> Box<[u8]> {
  vec![0; CHUNK_BYTES].into_boxed_slice()
}

fn zstd_failure(action: &str, code: ErrorCode) -> Failure {
  Failure::new(Code::EncoderFailure, format!("cannot {action}: {}", zstd_safe::get_error_name(code)))
}

pub struct Packer {
  context: CCtx<'static>,
  differences: Box<[u8]>,
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
    Ok(Packer { context, differences: chunk() })
  }

  /// Packs `frames`, whole frames of `frame_bytes` one after the other. Gives the bytes written to `into`.
  pub fn pack(&mut self, frames: &[u8], frame_bytes: usize, into: &mut [u8]) -> Outcome<usize> {
    let whole = frame_bytes > 0 && !frames.is_empty() && frames.len() % frame_bytes == 0;
    let count = if whole { u32::try_from(frames.len() / frame_bytes).ok() } else { None };
    let Some(count) = count else {
      let message = format!("{} bytes are not one or more frames of {frame_bytes}", frames.len());
      return Err(Failure::new(Code::InvalidArgument, message));
    };
    let capacity = into.len();
    let no_room = || Failure::new(Code::InvalidArgument, format!("the pack does not fit in {capacity} bytes"));
    if into.len() < HEADER_BYTES {
      return Err(no_room());
    }
    let (header, body) = into.split_at_mut(HEADER_BYTES);
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&VERSION.to_le_bytes());
    header[8..12].copy_from_slice(&count.to_le_bytes());
    header[12..].copy_from_slice(&(frame_bytes as u64).to_le_bytes());

    let failed = |code| zstd_failure("compress frames", code);
    // A call before this one may have ended within a frame.
    self.context.reset(ResetDirective::SessionOnly).map_err(failed)?;
    self.context.set_pledged_src_size(Some(frames.len() as u64)).map_err(failed)?;
    let mut out = OutBuffer::around(body);
    let (first, rest) = frames.split_at(frame_bytes);
    feed(&mut self.context, &mut out, first, &no_room)?;
    let differences = &mut self.differences;
    for (now, before) in rest.chunks(CHUNK_BYTES).zip(frames.chunks(CHUNK_BYTES)) {
      let differences = &mut differences[..now.len()];
      for ((difference, now), before) in differences.iter_mut().zip(now).zip(before) {
        *difference = now.wrapping_sub(*before);
      }
      feed(&mut self.context, &mut out, differences, &no_room)?;
    }
    let end = ZSTD_EndDirective::ZSTD_e_end;
    let left = self.context.compress_stream2(&mut out, &mut InBuffer::around(&[]), end).map_err(failed)?;
    if left > 0 {
      return Err(no_room());
    }
    Ok(HEADER_BYTES + out.pos())
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

fn corrupt(reason: impl std::fmt::Display) -> Failure {
  Failure::new(Code::CorruptPack, format!("a pack of frames is damaged: {reason}"))
}

/// Where an [`Unpacker`] is in its pack.
#[derive(Clone, Copy, Debug)]
struct Place {
  pack_bytes: usize,
  frame_bytes: usize,
  frames_left: u32,
  /// Bytes of the pack that were used up.
  position: usize,
  first: bool,
  /// The compressed data has come to its end.
  ended: bool,
}

pub struct Unpacker {
  context: DCtx<'static>,
  differences: Box<[u8]>,
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
    Ok(Unpacker { context, differences: chunk(), place: None })
  }

  /// Begins a pack, whatever became of the one before. Gives its number of frames.
  pub fn open(&mut self, pack: &[u8], frame_bytes: usize) -> Outcome<u32> {
    self.place = None;
    let frames = check_header(pack, frame_bytes)?;
    self.context.reset(ResetDirective::SessionOnly).map_err(|code| zstd_failure("set up the decompressor", code))?;
    self.place = Some(Place {
      pack_bytes: pack.len(),
      frame_bytes,
      frames_left: frames,
      position: HEADER_BYTES,
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
    if place.first {
      self.content(pack, &mut place, into)?;
    } else {
      for piece in into.chunks_mut(CHUNK_BYTES) {
        let mut differences = std::mem::take(&mut self.differences);
        let outcome = self.content(pack, &mut place, &mut differences[..piece.len()]);
        self.differences = differences;
        outcome?;
        for (byte, difference) in piece.iter_mut().zip(&self.differences) {
          *byte = byte.wrapping_add(*difference);
        }
      }
    }
    place.first = false;
    place.frames_left -= 1;
    if place.frames_left == 0 {
      self.check_end(pack, &mut place)?;
    }
    self.place = Some(place);
    Ok(())
  }

  /// Fills `into` with what comes next of the content.
  fn content(&mut self, pack: &[u8], place: &mut Place, into: &mut [u8]) -> Outcome<()> {
    let mut filled = 0;
    while filled < into.len() {
      filled += self.step(pack, place, &mut into[filled..])?;
    }
    Ok(())
  }

  /// Decompresses a piece; gives its bytes.
  fn step(&mut self, pack: &[u8], place: &mut Place, into: &mut [u8]) -> Outcome<usize> {
    if place.ended {
      return Err(corrupt("its content ends early"));
    }
    let mut input = InBuffer::around(&pack[place.position..]);
    let mut out = OutBuffer::around(into);
    let hint =
      self.context.decompress_stream(&mut out, &mut input).map_err(|code| corrupt(zstd_safe::get_error_name(code)))?;
    if hint > 0 && input.pos() == 0 && out.pos() == 0 {
      return Err(corrupt(format!("it ends after {} bytes", pack.len())));
    }
    place.position += input.pos();
    place.ended = hint == 0;
    Ok(out.pos())
  }

  /// After the last frame: no more content, a checksum that is right, and nothing behind it.
  fn check_end(&mut self, pack: &[u8], place: &mut Place) -> Outcome<()> {
    while !place.ended {
      if self.step(pack, place, &mut [0])? > 0 {
        return Err(corrupt("its content does not end with its frames"));
      }
    }
    match pack.len() - place.position {
      0 => Ok(()),
      more => Err(corrupt(format!("it goes on for {more} bytes"))),
    }
  }
}

/// Checks all that is said before the content; gives the number of frames.
fn check_header(pack: &[u8], frame_bytes: usize) -> Outcome<u32> {
  let Some((header, body)) = pack.split_at_checked(HEADER_BYTES) else {
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
  let checked = body.len() > 4 && body[..4] == ZSTD_MAGIC && body[4] & ZSTD_CHECKSUM_FLAG != 0;
  let content = said_bytes.checked_mul(u64::from(frames));
  match zstd_safe::get_frame_content_size(body) {
    Ok(Some(size)) if checked && Some(size) == content => Ok(frames),
    _ => Err(corrupt(format!("its compressed data does not begin as that of {frames} frames"))),
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  /// A fast generator of numbers that look random (xorshift).
  fn noise(mut state: u64) -> impl FnMut() -> u8 {
    move || {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      (state >> 24) as u8
    }
  }

  /// Frames of a picture that moves a little, with some noise.
  fn video(frames: usize, frame_bytes: usize) -> Vec<u8> {
    let mut random = noise(0x9E37_79B9_7F4A_7C15);
    (0..frames * frame_bytes)
      .map(|at| ((at % frame_bytes) / 7 + 3 * (at / frame_bytes)) as u8 ^ (random() & random() & random() & 3))
      .collect()
  }

  fn packed(data: &[u8], frame_bytes: usize) -> Vec<u8> {
    let mut pack = vec![0; HEADER_BYTES + zstd_safe::compress_bound(data.len())];
    let length = Packer::new().unwrap().pack(data, frame_bytes, &mut pack).unwrap();
    pack.truncate(length);
    pack
  }

  fn unpacked(unpacker: &mut Unpacker, pack: &[u8], frame_bytes: usize) -> Outcome<Vec<u8>> {
    let frames = unpacker.open(pack, frame_bytes)?;
    let (mut frame, mut data) = (vec![0xA5; frame_bytes], Vec::new());
    for _ in 0..frames {
      unpacker.next(pack, &mut frame)?;
      data.extend_from_slice(&frame);
    }
    Ok(data)
  }

  #[test]
  fn frames_of_every_size_come_back() {
    let mut unpacker = Unpacker::new().unwrap();
    for frame_bytes in [1, 2, 7, 1000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 17] {
      for frames in [1, 2, 3, 9] {
        let data = video(frames, frame_bytes);
        let pack = packed(&data, frame_bytes);
        assert!(unpacked(&mut unpacker, &pack, frame_bytes).unwrap() == data, "{frames} frames of {frame_bytes}");
      }
    }
  }

  #[test]
  fn noise_needs_no_more_than_the_bound() {
    let mut random = noise(7);
    for (frame_bytes, frames) in [(1, 1), (100, 3), (CHUNK_BYTES - 300, 1), (CHUNK_BYTES, 9), (1_000_003, 4)] {
      let data: Vec<u8> = (0..frame_bytes * frames).map(|_| random()).collect();
      let pack = packed(&data, frame_bytes);
      assert!(unpacked(&mut Unpacker::new().unwrap(), &pack, frame_bytes).unwrap() == data);
    }
  }

  #[test]
  fn a_pack_is_its_header_and_one_zstandard_frame_of_differences() {
    let pack = packed(&[1, 2, 3, 5, 1, 255], 3);
    assert_eq!(pack[..20], [b'r', b'b', b'g', b'P', 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    let mut content = [0; 6];
    assert_eq!(zstd_safe::decompress(&mut content[..], &pack[20..]), Ok(6));
    assert_eq!(content, [1, 2, 3, 4, 255, 252]);
  }

  #[test]
  fn a_pack_that_is_cut_anywhere_or_goes_on_is_damaged() {
    let pack = packed(&video(4, 500), 500);
    let mut unpacker = Unpacker::new().unwrap();
    for length in 0..pack.len() {
      assert_eq!(unpacked(&mut unpacker, &pack[..length], 500).unwrap_err().code, Code::CorruptPack, "{length} bytes");
    }
    for more in [&[0][..], &pack, &pack[20..], &[0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]] {
      let longer = [&pack, more].concat();
      assert_eq!(unpacked(&mut unpacker, &longer, 500).unwrap_err().code, Code::CorruptPack);
    }
    assert!(unpacked(&mut unpacker, &pack, 500).is_ok(), "the next pack is not held to it");
  }

  #[test]
  fn no_flipped_bit_gives_other_frames() {
    let data = video(3, 700);
    let mut pack = packed(&data, 700);
    let mut unpacker = Unpacker::new().unwrap();
    let mut unnoticed = 0;
    for at in 0..pack.len() {
      for bit in 0..8 {
        pack[at] ^= 1 << bit;
        match unpacked(&mut unpacker, &pack, 700) {
          Ok(frames) => {
            assert!(frames == data, "bit {bit} of byte {at}");
            unnoticed += 1;
          }
          Err(failure) => assert_eq!(failure.code, Code::CorruptPack, "bit {bit} of byte {at}: {}", failure.message),
        }
        pack[at] ^= 1 << bit;
      }
    }
    // Some bits mean nothing for the frames: the unused one of zstd's header, the window's size, padding of tables.
    assert!(unnoticed < pack.len() * 8 / 100, "{unnoticed} flipped bits made no difference");
  }

  #[test]
  fn random_bytes_behind_a_sound_beginning_are_damage() {
    let mut pack = packed(&video(3, 3000), 3000);
    let mut unpacker = Unpacker::new().unwrap();
    let mut random = noise(99);
    for round in 0..3000 {
      let from = HEADER_BYTES + 8 + round % 60;
      pack[from..].iter_mut().for_each(|byte| *byte = random());
      assert_eq!(unpacked(&mut unpacker, &pack, 3000).unwrap_err().code, Code::CorruptPack);
    }
  }

  #[test]
  fn a_pack_of_other_frames_is_refused() {
    let pack = packed(&video(4, 500), 500);
    let mut unpacker = Unpacker::new().unwrap();
    for frame_bytes in [0, 1, 499, 501, 1000, usize::MAX] {
      let failure = unpacker.open(&pack, frame_bytes).unwrap_err();
      assert_eq!(failure.code, Code::CorruptPack);
    }
    assert!(unpacker.open(&pack, 1000).unwrap_err().message.contains("4 frames of 500 bytes"));
    let empty = [&pack[..8], &[0; 4], &pack[12..]].concat();
    assert_eq!(unpacker.open(&empty, 500).unwrap_err().code, Code::CorruptPack);
  }

  #[test]
  fn a_frame_without_a_checksum_or_with_too_large_a_window_is_none_of_ours() {
    let data = video(2, 1 << 20);
    let header = packed(&data, 1 << 20)[..HEADER_BYTES].to_vec();
    let mut unpacker = Unpacker::new().unwrap();
    for (checksum, window) in [(false, WINDOW_LOG), (true, WINDOW_LOG + 1)] {
      let mut context = CCtx::create();
      context.set_parameter(CParameter::ChecksumFlag(checksum)).unwrap();
      context.set_parameter(CParameter::WindowLog(window)).unwrap();
      let mut body = vec![0; zstd_safe::compress_bound(data.len())];
      let length = context.compress2(&mut body[..], &data).unwrap();
      let pack = [&header[..], &body[..length]].concat();
      assert_eq!(unpacked(&mut unpacker, &pack, 1 << 20).unwrap_err().code, Code::CorruptPack);
    }
  }

  #[test]
  fn misuse_is_an_error_code() {
    let mut packer = Packer::new().unwrap();
    let code = |outcome: Outcome<usize>| outcome.unwrap_err().code;
    for (length, frame_bytes) in [(0, 10), (0, 0), (10, 0), (11, 10), (9, 10)] {
      assert_eq!(code(packer.pack(&vec![0; length], frame_bytes, &mut [0; 200])), Code::InvalidArgument);
    }
    let data = video(3, 100_000);
    let pack = packed(&data, 100_000);
    for room in [0, 5, HEADER_BYTES, HEADER_BYTES + 1, pack.len() / 2, pack.len() - 1] {
      assert_eq!(code(packer.pack(&data, 100_000, &mut vec![0; room])), Code::InvalidArgument, "{room} bytes");
    }
    let mut exact = vec![0; pack.len()];
    assert_eq!(packer.pack(&data, 100_000, &mut exact).unwrap(), pack.len());
    assert!(exact == pack, "the packer goes on as if nothing had been");

    let mut unpacker = Unpacker::new().unwrap();
    assert_eq!(unpacker.next(&pack, &mut [0; 100]).unwrap_err().code, Code::WrongState);
    let mut frame = vec![0; 100_000];
    unpacker.open(&pack, 100_000).unwrap();
    assert_eq!(unpacker.next(&pack, &mut frame[1..]).unwrap_err().code, Code::InvalidArgument);
    assert_eq!(unpacker.next(&pack[1..], &mut frame).unwrap_err().code, Code::InvalidArgument);
    for _ in 0..3 {
      unpacker.next(&pack, &mut frame).unwrap();
    }
    assert!(frame == data[200_000..]);
    assert_eq!(unpacker.next(&pack, &mut frame).unwrap_err().code, Code::WrongState);
  }
}
