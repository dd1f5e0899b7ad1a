//! Packs: a few consecutive raw frames, compressed without loss, for waiting in memory, in a file, or for the wire.
//!
//! A pack is a header of 48 bytes (the magic number, the format's version, the frames as u32, the bytes of a frame as u64, the
//! bytes of a sample as u32, then for each of three planes the bytes of a row and the rows as u32; all little-endian), the
//! SHA-256 of each frame, the SHA-256 of all that so far, and one Zstandard frame (RFC 8878) with its content's size and
//! checksum. The content is what prediction leaves of each frame (prediction.rs says how). That goes through small chunks:
//! neither side needs memory of a frame's size.
//!
//! The digests are the packer's word: whoever has the pack knows what its frames hash to without taking it apart. Unpacking
//! does not compare them with its frames.
//!
//! Unpacking takes any bytes. What is not a whole and undamaged pack is [`Code::CorruptPack`] at the latest when the last
//! frame is taken: the checksum stands at the end, so earlier frames may have been given out already.

use crate::digest::{Digest, DIGEST_BYTES};
use crate::guard::{Code, Failure, Outcome};
use crate::prediction::{Prediction, Shape, SHAPE_BYTES};
use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, ResetDirective};

const MAGIC: [u8; 4] = *b"rbgP";
const VERSION: u32 = 3;
const HEADER_BYTES: usize = 20 + SHAPE_BYTES;

const LEVEL: i32 = 1;
/// What level 1 needs at the most; a frame that asks for more memory is none of ours.
const WINDOW_LOG: u32 = 19;
/// Bytes that zstd gets at a time, or a little more. They stay in the second-level cache.
const CHUNK_BYTES: usize = 128 * 1024;

/// RFC 8878, section 3.1.1.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The flag of a content checksum, in the byte after the magic number.
const ZSTD_CHECKSUM_FLAG: u8 = 4;

fn zstd_failure(action: &str, code: ErrorCode) -> Failure {
  Failure::new(Code::EncoderFailure, format!("cannot {action}: {}", zstd_safe::get_error_name(code)))
}

pub struct Packer {
  context: CCtx<'static>,
  prediction: Prediction,
  digest: Digest,
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
    Ok(Packer { context, prediction: Prediction::default(), digest: Digest::default(), content: Vec::new() })
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
    let before_content = content_at(count);
    if into.len() < before_content {
      return Err(no_room());
    }
    let (head, body) = into.split_at_mut(before_content);
    let (header, digests) = head.split_at_mut(HEADER_BYTES);
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&VERSION.to_le_bytes());
    header[8..12].copy_from_slice(&count.to_le_bytes());
    header[12..20].copy_from_slice(&(frame_bytes as u64).to_le_bytes());
    header[20..].copy_from_slice(&shape.to_bytes()?);

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
    for (frame, digest) in frames.chunks(frame_bytes).zip(digests.chunks_mut(DIGEST_BYTES)) {
      digest.copy_from_slice(&self.digest.of(frame));
      self.prediction.take_from(shape, frame, before, &mut sink, content)?;
      before = Some(frame);
    }
    feed(&mut self.context, &mut out, content, &no_room)?;
    let end = ZSTD_EndDirective::ZSTD_e_end;
    let left = self.context.compress_stream2(&mut out, &mut InBuffer::around(&[]), end).map_err(failed)?;
    if left > 0 {
      return Err(no_room());
    }
    let content_bytes = out.pos();
    let (summed, sum) = head.split_at_mut(before_content - DIGEST_BYTES);
    sum.copy_from_slice(&self.digest.of(summed));
    Ok(before_content + content_bytes)
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
  prediction: Prediction,
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
    Ok(Unpacker { context, prediction: Prediction::default(), content: Vec::new(), place: None })
  }

  /// Begins a pack, whatever became of the one before. Gives its number of frames.
  pub fn open(&mut self, pack: &[u8], frame_bytes: usize) -> Outcome<u32> {
    self.place = None;
    let (frames, shape) = check_header(pack, frame_bytes)?;
    self.context.reset(ResetDirective::SessionOnly).map_err(|code| zstd_failure("set up the decompressor", code))?;
    self.place = Some(Place {
      pack_bytes: pack.len(),
      frame_bytes,
      shape,
      frames_left: frames,
      position: content_at(frames),
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
    self.prediction.add_to(&shape, into, is_first, &mut source, &mut self.content)?;
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

/// Where the content of a pack of so many frames begins.
fn content_at(frames: u32) -> usize {
  (frames as usize).saturating_add(1).saturating_mul(DIGEST_BYTES).saturating_add(HEADER_BYTES)
}

/// Checks all that is said before the content; gives the number of frames, and their shape.
fn check_header(pack: &[u8], frame_bytes: usize) -> Outcome<(u32, Shape)> {
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
  let Some((head, body)) = pack.split_at_checked(content_at(frames)) else {
    return Err(corrupt(format!("it has {} bytes for {frames} frames", pack.len())));
  };
  let (summed, sum) = head.split_at(head.len() - DIGEST_BYTES);
  if Digest::default().of(summed) != sum {
    return Err(corrupt("what it says of its frames was altered"));
  }
  let checked = body.len() > 4 && body[..4] == ZSTD_MAGIC && body[4] & ZSTD_CHECKSUM_FLAG != 0;
  let shape = Shape::from_bytes(&header[20..])?;
  if !shape.fits(frame_bytes) {
    return Err(corrupt(format!("its frames of {frame_bytes} bytes cannot be {shape:?}")));
  }
  let modes = (shape.mode_bytes() as u64).checked_mul(u64::from(frames) - 1);
  let samples = said_bytes.checked_mul(u64::from(frames));
  let content = samples.zip(modes).and_then(|(samples, modes)| samples.checked_add(modes));
  match zstd_safe::get_frame_content_size(body) {
    Ok(Some(size)) if checked && Some(size) == content => Ok((frames, shape)),
    _ => Err(corrupt(format!("its compressed data does not begin as that of {frames} frames"))),
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use crate::prediction::{Plane, PLANES};

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

  /// What ffi/packs.ts gives a pack at the most.
  fn bound(frame_bytes: usize, frames: usize) -> usize {
    HEADER_BYTES + (frames + 1) * DIGEST_BYTES + zstd_safe::compress_bound(frames * (frame_bytes + frame_bytes / 128 + 3))
  }

  fn packed(data: &[u8], frame_bytes: usize) -> Vec<u8> {
    packed_as(data, frame_bytes, &Shape::flat(frame_bytes))
  }

  fn packed_as(data: &[u8], frame_bytes: usize, shape: &Shape) -> Vec<u8> {
    let mut pack = vec![0; bound(frame_bytes, data.len() / frame_bytes)];
    let length = Packer::new().unwrap().pack(data, frame_bytes, shape, &mut pack).unwrap();
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

  /// Planes of any sizes, with bytes of a sample.
  fn shape(sample_bytes: usize, planes: [(usize, usize); PLANES]) -> (Shape, usize) {
    let planes = planes.map(|(columns, rows)| Plane { row_bytes: columns * sample_bytes, rows });
    (Shape { sample_bytes, planes }, planes.iter().map(|plane| plane.row_bytes * plane.rows).sum())
  }

  #[test]
  fn frames_of_every_shape_come_back_video_and_noise() {
    let mut unpacker = Unpacker::new().unwrap();
    let mut random = noise(31);
    for sample_bytes in [1, 2] {
      for columns in [1_usize, 2, 15, 16, 17, 31, 129, 400] {
        for rows in [1_usize, 2, 7, 8, 9, 40] {
          let half = (columns.div_ceil(2), rows.div_ceil(2));
          for others in [(0, 0), half, (columns, rows)] {
            let (shape, frame_bytes) = shape(sample_bytes, [(columns, rows), others, others]);
            let noise: Vec<u8> = (0..3 * frame_bytes).map(|_| random()).collect();
            for data in [video(5, frame_bytes), noise] {
              let pack = packed_as(&data, frame_bytes, &shape);
              assert!(unpacked(&mut unpacker, &pack, frame_bytes).unwrap() == data, "{shape:?}");
            }
          }
        }
      }
    }
  }

  #[test]
  fn a_pack_is_its_header_and_one_zstandard_frame_of_differences() {
    let (shape, frame_bytes) = shape(1, [(2, 2), (0, 0), (0, 0)]);
    let pack = packed_as(&[10, 12, 15, 20, 11, 13, 14, 255], frame_bytes, &shape);
    let words =
      |bytes: &[u8]| -> Vec<u32> { bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect() };
    assert_eq!(pack[..4], *b"rbgP");
    assert_eq!(words(&pack[4..HEADER_BYTES]), [3, 2, 4, 0, 1, 2, 2, 0, 0, 0, 0]);
    let mut digest = Digest::default();
    let digests = [digest.of(&[10, 12, 15, 20]), digest.of(&[11, 13, 14, 255])].concat();
    assert_eq!(pack[HEADER_BYTES..][..64], digests);
    assert_eq!(pack[HEADER_BYTES + 64..][..32], digest.of(&pack[..HEADER_BYTES + 64]));
    let mut content = [0; 9];
    assert_eq!(zstd_safe::decompress(&mut content[..], &pack[HEADER_BYTES + 96..]), Ok(9));
    // Left, above, then 15 + 12 - 10 where that lies between; a byte of modes; the same place before.
    assert_eq!(content, [10, 2, 5, 5, 0, 1, 1, 255, 235]);
  }

  #[test]
  fn a_picture_that_is_another_than_before_is_predicted_from_itself() {
    let (shape, frame_bytes) = shape(1, [(256, 64), (0, 0), (0, 0)]);
    let mut random = noise(5);
    let picture = |slope: usize| (0..frame_bytes).map(move |at| (at % 256 / slope + at / 256) as u8);
    let mut data: Vec<u8> = picture(2).collect();
    data.extend((0..frame_bytes).map(|_| random()));
    let noisy = packed_as(&data, frame_bytes, &shape).len();
    data.extend(picture(3));
    assert!(packed_as(&data, frame_bytes, &shape).len() < noisy + frame_bytes / 20);
  }

  #[test]
  fn a_pack_that_is_cut_anywhere_or_goes_on_is_damaged() {
    let pack = packed(&video(4, 500), 500);
    let mut unpacker = Unpacker::new().unwrap();
    for length in 0..pack.len() {
      assert_eq!(unpacked(&mut unpacker, &pack[..length], 500).unwrap_err().code, Code::CorruptPack, "{length} bytes");
    }
    for more in [&[0][..], &pack, &pack[HEADER_BYTES..], &[0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]] {
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
      let from = content_at(3) + 8 + round % 60;
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
    for (at, byte) in [(20, 0), (20, 2), (20, 3), (24, 0), (24, 250), (28, 2), (36, 1), (47, 255)] {
      let mut other = pack.clone();
      other[at] = byte;
      assert_eq!(unpacker.open(&other, 500).unwrap_err().code, Code::CorruptPack, "{at}");
    }
  }

  #[test]
  fn a_frame_without_a_checksum_or_with_too_large_a_window_is_none_of_ours() {
    let data = video(2, 1 << 20);
    let header = packed(&data, 1 << 20)[..content_at(2)].to_vec();
    let mut unpacker = Unpacker::new().unwrap();
    for (checksum, window) in [(false, WINDOW_LOG), (true, WINDOW_LOG + 1)] {
      let mut context = CCtx::create();
      context.set_parameter(CParameter::ChecksumFlag(checksum)).unwrap();
      context.set_parameter(CParameter::WindowLog(window)).unwrap();
      let content = [&data[..], &vec![0; Shape::flat(1 << 20).mode_bytes()]].concat();
      let mut body = vec![0; zstd_safe::compress_bound(content.len())];
      let length = context.compress2(&mut body[..], &content).unwrap();
      let pack = [&header[..], &body[..length]].concat();
      assert_eq!(unpacked(&mut unpacker, &pack, 1 << 20).unwrap_err().code, Code::CorruptPack);
    }
  }

  #[test]
  fn misuse_is_an_error_code() {
    let mut packer = Packer::new().unwrap();
    let code = |outcome: Outcome<usize>| outcome.unwrap_err().code;
    for (length, frame_bytes) in [(0, 10), (0, 0), (10, 0), (11, 10), (9, 10)] {
      assert_eq!(
        code(packer.pack(&vec![0; length], frame_bytes, &Shape::flat(frame_bytes), &mut [0; 200])),
        Code::InvalidArgument
      );
    }
    let data = video(3, 100_000);
    let pack = packed(&data, 100_000);
    for room in [0, 5, HEADER_BYTES, HEADER_BYTES + 1, pack.len() / 2, pack.len() - 1] {
      assert_eq!(
        code(packer.pack(&data, 100_000, &Shape::flat(100_000), &mut vec![0; room])),
        Code::InvalidArgument,
        "{room} bytes"
      );
    }
    let mut exact = vec![0; pack.len()];
    assert_eq!(packer.pack(&data, 100_000, &Shape::flat(100_000), &mut exact).unwrap(), pack.len());
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
