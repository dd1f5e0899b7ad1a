//! The way back: each frame out of the one before and what is left of it, band by band, in place. Content may be any bytes: they
//! make another frame, never a wrong access.
//!
//! All rows of a band have the same blocks predicted from themselves, so that a few rows go together (see `lockstep`).

use super::lockstep::{add_medians, ROWS};
use super::median::add_median;
use super::sample::{unfolded, Sample};
use super::shape::{bands, mode_bytes, Plane, Shape};
use super::BLOCK;

/// What is left of frames, as it was put there.
pub trait Source<E> {
  /// The next bytes, as many as are asked for: those of a band.
  fn take(&mut self, bytes: usize) -> Result<&[u8], E>;
}

#[derive(Default)]
pub struct Restoration {
  words: Words,
}

/// Rows of two-byte samples; kept from frame to frame.
#[derive(Default)]
struct Words {
  rows: Vec<u16>,
  above: Vec<u16>,
  differences: Vec<u16>,
}

impl Restoration {
  /// `frame` holds the frame before and becomes the next one. `source` gives so many bytes as it is asked for.
  pub fn add_to<E>(
    &mut self,
    shape: &Shape,
    frame: &mut [u8],
    is_first: bool,
    source: &mut impl Source<E>,
  ) -> Result<(), E> {
    let mut rest = frame;
    for plane in shape.planes() {
      let (now, after) = rest.split_at_mut(plane.row_bytes * plane.rows);
      if shape.sample_bytes == 1 {
        restore_plane(plane, 1, now, is_first, source, restore_rows)?;
      } else {
        let words = |rows: &mut [u8], above: Option<&[u8]>, differences: &[u8], modes: Option<&[u8]>| {
          self.words.restore_rows(rows, above, differences, modes);
        };
        restore_plane(plane, 2, now, is_first, source, words)?;
      }
      rest = after;
    }
    Ok(())
  }
}

/// `restore` makes some rows, as `restore_rows` does.
fn restore_plane<E>(
  plane: Plane,
  sample_bytes: usize,
  now: &mut [u8],
  is_first: bool,
  source: &mut impl Source<E>,
  mut restore: impl FnMut(&mut [u8], Option<&[u8]>, &[u8], Option<&[u8]>),
) -> Result<(), E> {
  let Plane { row_bytes, rows } = plane;
  let columns = row_bytes / sample_bytes;
  let modes = if is_first { 0 } else { mode_bytes(columns) };
  let (count, band_rows) = bands(plane, sample_bytes);
  for band in 0..count {
    let from = band * band_rows;
    let to = if band + 1 == count { rows } else { from + band_rows };
    let (modes, differences) = source.take(modes + (to - from) * row_bytes)?.split_at(modes);
    let modes = (!is_first).then_some(modes);
    let (over, here) = now[..to * row_bytes].split_at_mut(from * row_bytes);
    let above = over.len().checked_sub(row_bytes).map(|at| &over[at..]);
    // The plane's first row has none above it, and goes alone.
    let alone = if above.is_none() { row_bytes } else { 0 };
    let (first, here) = here.split_at_mut(alone);
    let (first_differences, differences) = differences.split_at(alone);
    if above.is_none() {
      restore(first, None, first_differences, modes);
    }
    let mut above = above.unwrap_or(first);
    for (rows, differences) in here.chunks_mut(ROWS * row_bytes).zip(differences.chunks(ROWS * row_bytes)) {
      restore(rows, Some(above), differences, modes);
      above = &rows[rows.len() - row_bytes..];
    }
  }
  Ok(())
}

impl Words {
  /// `restore_rows` for rows as they lie in frames and content.
  fn restore_rows(&mut self, rows: &mut [u8], above: Option<&[u8]>, differences: &[u8], modes: Option<&[u8]>) {
    let row_bytes = above.map_or(rows.len(), <[u8]>::len);
    self.rows.resize(rows.len() / 2, 0);
    self.differences.resize(rows.len() / 2, 0);
    u16::load(rows, &mut self.rows);
    let columns = row_bytes / 2;
    if let Some(above) = above {
      self.above.resize(columns, 0);
      u16::load(above, &mut self.above);
    }
    for (bytes, into) in differences.chunks(row_bytes).zip(self.differences.chunks_mut(columns)) {
      let (low, high) = bytes.split_at(columns);
      for ((difference, &low), &high) in into.iter_mut().zip(low).zip(high) {
        *difference = unfolded(u16::from_le_bytes([low, high]));
      }
    }
    restore_rows(&mut self.rows, above.map(|_| &self.above[..]), &self.differences, modes);
    for (sample, bytes) in self.rows.iter().zip(rows.chunks_exact_mut(2)) {
      bytes.copy_from_slice(&sample.to_le_bytes());
    }
  }
}

/// Makes up to [`ROWS`] rows of what is left of them; one, where there is none above. `modes`: a bit a block; without them all of
/// it is predicted from itself.
fn restore_rows<S: Sample>(rows: &mut [S], above: Option<&[S]>, differences: &[S], modes: Option<&[u8]>) {
  let columns = above.map_or(rows.len(), <[S]>::len);
  let within = |rows: &mut [S], place| match above {
    Some(above) => add_medians(rows, above, differences, place),
    None => add_median(rows, None, differences, place),
  };
  let Some(modes) = modes else { return within(rows, 0..columns) };
  let blocks = columns.div_ceil(BLOCK);
  let is_within = |block: usize| modes[block / 8] >> (block % 8) & 1 == 1;
  let mut from = 0;
  while from < blocks {
    let alike = is_within(from);
    let mut to = from + 1;
    while to < blocks && is_within(to) == alike {
      to += 1;
    }
    let place = from * BLOCK..columns.min(to * BLOCK);
    if alike {
      within(rows, place);
    } else {
      for (row, differences) in rows.chunks_mut(columns).zip(differences.chunks(columns)) {
        for (sample, difference) in row[place.clone()].iter_mut().zip(&differences[place.clone()]) {
          *sample = sample.plus(*difference);
        }
      }
    }
    from = to;
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use crate::prediction::PLANES;

  /// Sample after sample, as the description in `prediction` has it.
  fn plain(
    plane: Plane,
    sample_bytes: usize,
    frame: &mut [u8],
    content: &mut impl Iterator<Item = u8>,
    is_first: bool,
  ) {
    let Plane { row_bytes, rows } = plane;
    let columns = row_bytes / sample_bytes;
    let (count, band_rows) = bands(plane, sample_bytes);
    let mut modes = Vec::new();
    for row in 0..rows {
      if row % band_rows == 0 && row / band_rows < count && !is_first {
        modes = content.by_ref().take(mode_bytes(columns)).collect();
      }
      let differences: Vec<u8> = content.by_ref().take(row_bytes).collect();
      for column in 0..columns {
        let sample = |row: usize, column: usize| {
          let at = row * row_bytes + column * sample_bytes;
          (0..sample_bytes).map(|byte| i64::from(frame[at + byte]) << (8 * byte)).sum::<i64>()
        };
        let within = is_first || modes[column / BLOCK / 8] >> (column / BLOCK % 8) & 1 == 1;
        let predicted = match (within, row, column) {
          (false, _, _) => sample(row, column),
          (true, 0, 0) => 0,
          (true, 0, _) => sample(row, column - 1),
          (true, _, 0) => sample(row - 1, column),
          (true, _, _) => {
            let (left, above, corner) = (sample(row, column - 1), sample(row - 1, column), sample(row - 1, column - 1));
            let mut three = [left, above, left + above - corner];
            three.sort();
            three[1]
          }
        };
        let difference = match sample_bytes {
          1 => i64::from(differences[column]),
          _ => i64::from(unfolded(u16::from_le_bytes([differences[column], differences[columns + column]]))),
        };
        let at = row * row_bytes + column * sample_bytes;
        frame[at..at + sample_bytes].copy_from_slice(&(predicted + difference).to_le_bytes()[..sample_bytes]);
      }
    }
  }

  /// Any bytes; of the modes some are always set, or none.
  struct Noise<'a, R> {
    random: &'a mut R,
    modes: usize,
    all: u8,
    none: u8,
    given: Vec<u8>,
  }

  impl<R: FnMut() -> u8> Source<()> for Noise<'_, R> {
    fn take(&mut self, bytes: usize) -> Result<&[u8], ()> {
      let from = self.given.len();
      self.given.extend((0..bytes).map(|_| (self.random)()));
      for modes in &mut self.given[from..from + self.modes] {
        *modes = (*modes | self.all) & !self.none;
      }
      Ok(&self.given[from..])
    }
  }

  #[test]
  fn rows_that_are_made_together_are_as_described() {
    let mut state = 7_u32;
    let mut random = move || {
      state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
      (state >> 16) as u8
    };
    let mut restoration = Restoration::default();
    for sample_bytes in [1, 2] {
      for columns in (1..=21).chain([31, 33, 47, 65, 129, 273, 1025]) {
        for rows in (1..=9).chain([16, 19, 25]) {
          let plane = Plane { row_bytes: columns * sample_bytes, rows };
          let shape = Shape { sample_bytes, planes: [plane; PLANES] };
          let mut frame: Vec<u8> = (0..PLANES * plane.row_bytes * rows).map(|_| random()).collect();
          // Each frame out of the one before: from itself alone, by any modes, all within, all over time.
          for (is_first, all, none) in [(true, 0, 0), (false, 0, 0), (false, 255, 0), (false, 0, 255)] {
            let modes = if is_first { 0 } else { mode_bytes(columns) };
            let mut source = Noise { random: &mut random, modes, all, none, given: Vec::new() };
            let mut expected = frame.clone();
            restoration.add_to(&shape, &mut frame, is_first, &mut source).unwrap();
            let mut content = source.given.into_iter();
            for place in expected.chunks_mut(plane.row_bytes * rows) {
              plain(plane, sample_bytes, place, &mut content, is_first);
            }
            assert!(frame == expected, "{columns} by {rows} of {sample_bytes} bytes, {is_first} {all} {none}");
          }
        }
      }
    }
  }
}
