//! How the bytes of a frame are to be looked at. A shape that [`Shape::fits`] covers each byte of a frame once, with rows and
//! samples that are whole: nothing that is computed from it divides by zero or reaches beyond the frame.

use super::{BAND_ROWS, BAND_SAMPLES, BLOCK};
use crate::guard::{Code, Failure, Outcome};

/// Planes of a frame at most.
pub const PLANES: usize = 3;
/// Bytes of a shape as it is written.
pub const SHAPE_BYTES: usize = 4 + 8 * PLANES;
/// Bytes of a row at the most: AV1's widest frame, of two-byte samples. A band is in memory whole, so that what a few bytes of
/// a hostile pack say of the rows must not make it as large as a frame.
const MOST_ROW_BYTES: usize = 2 * 65536;
/// Bytes of a row of a frame of which nothing is known.
const FLAT_ROW: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plane {
  pub row_bytes: usize,
  pub rows: usize,
}

/// How the bytes of a frame are to be looked at. Unused planes, the last ones, have no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
  pub sample_bytes: usize,
  pub planes: [Plane; PLANES],
}

impl Shape {
  /// For bytes of which nothing is known.
  pub fn flat(frame_bytes: usize) -> Self {
    let (rows, rest) = (frame_bytes / FLAT_ROW, frame_bytes % FLAT_ROW);
    let none = Plane { row_bytes: 0, rows: 0 };
    let whole = Plane { row_bytes: FLAT_ROW, rows };
    let last = Plane { row_bytes: rest, rows: usize::from(rest > 0) };
    let planes = if rows == 0 { [last, none, none] } else { [whole, if rest > 0 { last } else { none }, none] };
    Shape { sample_bytes: 1, planes }
  }

  /// Numbers of 32 bits, little-endian: bytes of a sample, then of each plane bytes of a row and rows.
  pub fn from_bytes(bytes: &[u8]) -> Outcome<Self> {
    if bytes.len() != SHAPE_BYTES {
      let message = format!("a shape has {SHAPE_BYTES} bytes, not {}", bytes.len());
      return Err(Failure::new(Code::InvalidArgument, message));
    }
    let word = |number: usize| {
      let at = 4 * number;
      u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
    };
    let planes = std::array::from_fn(|plane| Plane { row_bytes: word(1 + 2 * plane), rows: word(2 + 2 * plane) });
    Ok(Shape { sample_bytes: word(0), planes })
  }

  /// As `from_bytes` takes it.
  pub fn to_bytes(self) -> Outcome<[u8; SHAPE_BYTES]> {
    let mut bytes = [0; SHAPE_BYTES];
    let planes = self.planes.iter().flat_map(|plane| [plane.row_bytes, plane.rows]);
    for (place, number) in bytes.chunks_exact_mut(4).zip([self.sample_bytes].into_iter().chain(planes)) {
      let word = u32::try_from(number).map_err(|_| Failure::new(Code::InvalidArgument, "a plane is too large"))?;
      place.copy_from_slice(&word.to_le_bytes());
    }
    Ok(bytes)
  }

  /// Whether it is the shape of frames of so many bytes.
  pub fn fits(&self, frame_bytes: usize) -> bool {
    let mut sum = 0_usize;
    for &Plane { row_bytes, rows } in &self.planes {
      let Some(more) = row_bytes.checked_mul(rows).and_then(|bytes| bytes.checked_add(sum)) else { return false };
      sum = more;
      // A row without bytes, or bytes without rows, would be endless or nothing.
      if (rows == 0) != (row_bytes == 0) || row_bytes > MOST_ROW_BYTES || row_bytes % self.sample_bytes.max(1) != 0 {
        return false;
      }
    }
    (1..=2).contains(&self.sample_bytes) && sum == frame_bytes && sum > 0
  }

  pub(super) fn planes(&self) -> impl Iterator<Item = Plane> {
    self.planes.into_iter().filter(|plane| plane.rows > 0)
  }

  /// Bytes that say how the blocks of a frame are predicted: packs are bounded by how few they are.
  #[cfg(test)]
  pub fn mode_bytes(&self) -> usize {
    self.planes().map(|plane| bands(plane, self.sample_bytes).0 * mode_bytes(plane.row_bytes / self.sample_bytes)).sum()
  }

  /// Bytes of a band at the most, with how it is predicted.
  pub fn most_band_bytes(&self) -> usize {
    let bytes = |plane: Plane| {
      let (count, band_rows) = bands(plane, self.sample_bytes);
      let last_rows = plane.rows - (count - 1) * band_rows;
      last_rows.max(band_rows.min(plane.rows)) * plane.row_bytes + mode_bytes(plane.row_bytes / self.sample_bytes)
    };
    self.planes().map(bytes).max().unwrap_or(0)
  }
}

/// Bands of a plane, and the rows of each but the last.
pub(super) fn bands(Plane { row_bytes, rows }: Plane, sample_bytes: usize) -> (usize, usize) {
  let band = BAND_ROWS.max(BAND_SAMPLES.div_ceil(row_bytes / sample_bytes));
  ((rows / band).max(1), band)
}

/// Of a band with so many columns.
pub(super) fn mode_bytes(columns: usize) -> usize {
  columns.div_ceil(BLOCK).div_ceil(8)
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_shape_fits_the_frames_that_it_covers_exactly() {
    let plane = |row_bytes, rows| Plane { row_bytes, rows };
    let shape = |sample_bytes, planes| Shape { sample_bytes, planes };
    let planes = [plane(64, 48), plane(32, 24), plane(32, 24)];
    assert!(shape(1, planes).fits(64 * 48 * 3 / 2) && shape(2, planes).fits(64 * 48 * 3 / 2));
    assert!(!shape(1, planes).fits(64 * 48 * 3 / 2 + 1));
    assert!(!shape(0, planes).fits(64 * 48 * 3 / 2) && !shape(3, planes).fits(64 * 48 * 3 / 2));
    assert!(!shape(2, [plane(3, 2), plane(0, 0), plane(0, 0)]).fits(6));
    assert!(!shape(1, [plane(6, 1), plane(0, 9), plane(0, 0)]).fits(6));
    assert!(!shape(1, [plane(usize::MAX, 2), plane(2, 1), plane(0, 0)]).fits(0));
    assert!(shape(2, [plane(131_072, 2), plane(0, 0), plane(0, 0)]).fits(262_144));
    assert!(
      !shape(2, [plane(131_074, 2), plane(0, 0), plane(0, 0)]).fits(262_148),
      "a row is longer than any of AV1's"
    );
    for frame_bytes in [1, 4095, 4096, 4097, 12_441_600] {
      assert!(Shape::flat(frame_bytes).fits(frame_bytes), "{frame_bytes}");
    }
  }

  #[test]
  fn modes_take_a_128th_of_a_frame_at_most_and_three_bytes() {
    for columns in (1..300).chain([4096, 100_000]) {
      for rows in [1, 2, 7, 8, 9, 17, 100, 1025] {
        let plane = Plane { row_bytes: columns, rows };
        let shape = Shape { sample_bytes: 1, planes: [plane; PLANES] };
        assert!(shape.mode_bytes() <= 3 * columns * rows / 128 + 3, "{columns} by {rows}: {}", shape.mode_bytes());
      }
    }
  }
}
