//! Both sides of a pack together, and what damage to one comes to.

use super::header::{content_at, HEADER_BYTES};
use super::*;
use crate::digest::{Digest, DIGEST_BYTES};
use crate::guard::Outcome;
use crate::prediction::{Plane, Shape, PLANES};
use zstd_safe::{CCtx, CParameter};

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
  for frame_bytes in [1, 2, 7, 1000, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 17] {
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
  for (frame_bytes, frames) in [(1, 1), (100, 3), (PIECE_BYTES - 300, 1), (PIECE_BYTES, 9), (1_000_003, 4)] {
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
fn a_pack_is_its_header_and_zstandard_frames_of_differences() {
  let (shape, frame_bytes) = shape(1, [(2, 2), (0, 0), (0, 0)]);
  let pack = packed_as(&[10, 12, 15, 20, 11, 13, 14, 255], frame_bytes, &shape);
  let words =
    |bytes: &[u8]| -> Vec<u32> { bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect() };
  assert_eq!(pack[..4], *b"rbgP");
  assert_eq!(words(&pack[4..HEADER_BYTES]), [4, 2, 4, 0, 1, 2, 2, 0, 0, 0, 0]);
  let mut digest = Digest::default();
  let digests = [digest.of(&[10, 12, 15, 20]), digest.of(&[11, 13, 14, 255])].concat();
  assert_eq!(pack[HEADER_BYTES..][..64], digests);
  assert_eq!(pack[HEADER_BYTES + 64..][..32], digest.of(&pack[..HEADER_BYTES + 64]));
  let mut content = [0; 9];
  assert_eq!(zstd_safe::decompress(&mut content[..], &pack[content_at(2)..]), Ok(9));
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
fn content_is_in_pieces_of_whole_bands_that_are_one_block_or_one_band() {
  let pieces = |frame_bytes: usize, shape: &Shape| {
    let pack = packed_as(&video(3, frame_bytes), frame_bytes, shape);
    let mut rest = &pack[content_at(3)..];
    let mut sizes = Vec::new();
    while !rest.is_empty() {
      sizes.push(zstd_safe::get_frame_content_size(rest).unwrap().unwrap() as usize);
      rest = &rest[zstd_safe::find_frame_compressed_size(rest).unwrap()..];
    }
    sizes
  };
  let (small, small_bytes) = shape(1, [(1000, 40), (500, 20), (500, 20)]);
  // The first frame has bands of 8000, 4000 and (of 12 rows) 6000 bytes; the others each with 8 or 4 bytes of modes.
  assert_eq!(pieces(small_bytes, &small), [128_064, 52_048]);
  let (wide, wide_bytes) = shape(2, [(20_000, 17), (0, 0), (0, 0)]);
  assert_eq!(pieces(wide_bytes, &wide), [320_000, 360_000, 320_157, 360_157, 320_157, 360_157]);
  assert_eq!(wide.most_band_bytes(), 360_157);
}

#[test]
fn a_piece_without_a_checksum_or_that_is_too_large_or_too_small_is_none_of_ours() {
  let (frame_bytes, frame_shape) = (1 << 20, Shape::flat(1 << 20));
  let data = video(1, frame_bytes);
  let sound = packed(&data, frame_bytes);
  let mut unpacker = Unpacker::new().unwrap();
  assert!(frame_shape.most_band_bytes() < PIECE_BYTES);
  let mut attempt = |checksum: bool, pieces: &[usize]| {
    let mut context = CCtx::create();
    context.set_parameter(CParameter::ChecksumFlag(checksum)).unwrap();
    let mut pack = sound[..content_at(1)].to_vec();
    for &bytes in pieces {
      let mut piece = vec![0; zstd_safe::compress_bound(bytes)];
      let length = context.compress2(&mut piece[..], &vec![0; bytes]).unwrap();
      pack.extend_from_slice(&piece[..length]);
    }
    unpacked(&mut unpacker, &pack, frame_bytes).map_err(|failure| failure.code)
  };
  let band_bytes = 8 * 4096;
  assert!(attempt(true, &[4 * band_bytes; 8]).is_ok());
  assert!(attempt(true, &[band_bytes; 32]).is_ok());
  for pieces in
    [&[8 * band_bytes; 4][..], &[4 * band_bytes - 1; 8], &[4 * band_bytes; 7], &[4 * band_bytes; 9], &[0; 9]]
  {
    assert_eq!(attempt(true, pieces), Err(Code::CorruptPack), "{pieces:?}");
  }
  assert_eq!(attempt(false, &[4 * band_bytes; 8]), Err(Code::CorruptPack));
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
