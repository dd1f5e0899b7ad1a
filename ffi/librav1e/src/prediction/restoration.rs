//! The way back: each frame out of the one before and what is left of it, band by band, in place. Content may be any bytes: they
//! make another frame, never a wrong access.

use super::median::add_median;
use super::sample::{unfolded, Sample};
use super::shape::{bands, mode_bytes, Plane, Shape};
use super::BLOCK;

#[derive(Default)]
pub struct Restoration {
  words: Words,
}

/// Rows of two-byte samples; kept from frame to frame.
#[derive(Default)]
struct Words {
  row: Vec<u16>,
  above: Vec<u16>,
  differences: Vec<u16>,
}

impl Restoration {
  /// `frame` holds the frame before and becomes the next one. `source` fills what it is given.
  pub fn add_to<E>(
    &mut self,
    shape: &Shape,
    frame: &mut [u8],
    is_first: bool,
    source: &mut impl FnMut(&mut [u8]) -> Result<(), E>,
    content: &mut Vec<u8>,
  ) -> Result<(), E> {
    let mut rest = frame;
    for plane in shape.planes() {
      let (now, after) = rest.split_at_mut(plane.row_bytes * plane.rows);
      if shape.sample_bytes == 1 {
        restore_plane(plane, 1, now, is_first, source, content, restore_row)?;
      } else {
        let words = |row: &mut [u8], above: Option<&[u8]>, differences: &[u8], modes: Option<&[u8]>| {
          self.words.restore_row(row, above, differences, modes);
        };
        restore_plane(plane, 2, now, is_first, source, content, words)?;
      }
      rest = after;
    }
    Ok(())
  }
}

/// `restore` makes one row, as `restore_row` does.
fn restore_plane<E>(
  plane: Plane,
  sample_bytes: usize,
  now: &mut [u8],
  is_first: bool,
  source: &mut impl FnMut(&mut [u8]) -> Result<(), E>,
  content: &mut Vec<u8>,
  mut restore: impl FnMut(&mut [u8], Option<&[u8]>, &[u8], Option<&[u8]>),
) -> Result<(), E> {
  let Plane { row_bytes, rows } = plane;
  let columns = row_bytes / sample_bytes;
  let modes = if is_first { 0 } else { mode_bytes(columns) };
  let (count, band_rows) = bands(plane, sample_bytes);
  for band in 0..count {
    let from = band * band_rows;
    let to = if band + 1 == count { rows } else { from + band_rows };
    content.resize(modes + (to - from) * row_bytes, 0);
    source(content)?;
    let (modes, differences) = content.split_at(modes);
    let modes = (!is_first).then_some(modes);
    for (row, differences) in (from..to).zip(differences.chunks(row_bytes)) {
      let (over, below) = now.split_at_mut(row * row_bytes);
      let above = (row > 0).then(|| &over[(row - 1) * row_bytes..]);
      restore(&mut below[..row_bytes], above, differences, modes);
    }
  }
  Ok(())
}

impl Words {
  /// `restore_row` for rows as they lie in frames and content.
  fn restore_row(&mut self, row: &mut [u8], above: Option<&[u8]>, differences: &[u8], modes: Option<&[u8]>) {
    let columns = row.len() / 2;
    for samples in [&mut self.row, &mut self.above, &mut self.differences] {
      samples.resize(columns, 0);
    }
    u16::load(row, &mut self.row);
    if let Some(above) = above {
      u16::load(above, &mut self.above);
    }
    let (low, high) = differences.split_at(columns);
    for ((difference, &low), &high) in self.differences.iter_mut().zip(low).zip(high) {
      *difference = unfolded(u16::from_le_bytes([low, high]));
    }
    restore_row(&mut self.row, above.map(|_| &self.above[..]), &self.differences, modes);
    for (sample, bytes) in self.row.iter().zip(row.chunks_exact_mut(2)) {
      bytes.copy_from_slice(&sample.to_le_bytes());
    }
  }
}

/// Makes a row of what is left of it. `modes`: a bit a block; without them all of it is predicted from itself.
fn restore_row<S: Sample>(row: &mut [S], above: Option<&[S]>, differences: &[S], modes: Option<&[u8]>) {
  let columns = row.len();
  let Some(modes) = modes else { return add_median(row, above, differences, 0..columns) };
  let blocks = columns.div_ceil(BLOCK);
  let is_within = |block: usize| modes[block / 8] >> (block % 8) & 1 == 1;
  let mut from = 0;
  while from < blocks {
    let within = is_within(from);
    let mut to = from + 1;
    while to < blocks && is_within(to) == within {
      to += 1;
    }
    let place = from * BLOCK..columns.min(to * BLOCK);
    if within {
      add_median(row, above, differences, place);
    } else {
      for (sample, difference) in row[place.clone()].iter_mut().zip(&differences[place]) {
        *sample = sample.plus(*difference);
      }
    }
    from = to;
  }
}
