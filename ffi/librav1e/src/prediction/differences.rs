//! The way there: what is left of a frame, band by band. A band is compared with both of its predictions while it is in the
//! cache, and each of its blocks keeps the smaller of both.

use super::median::from_itself;
use super::sample::Sample;
use super::shape::{bands, mode_bytes, Plane, Shape};
use super::BLOCK;

#[derive(Default)]
pub struct Differences {
  bytes: Band<u8>,
  words: Band<u16>,
}

/// Rows and differences of a band; kept from frame to frame.
#[derive(Default)]
struct Band<S> {
  row: Vec<S>,
  above: Vec<S>,
  before: Vec<S>,
  /// Differences to the frame before, and to what is predicted from the frame itself.
  over_time: Vec<S>,
  within: Vec<S>,
  costs: Vec<[u32; 2]>,
}

impl Differences {
  /// Puts what is left of `frame` into `content`, band by band; predicted from the frame before, where there is one. `sink` is
  /// told the bytes of a band before they come, and may take all that is there.
  pub fn take_from<E>(
    &mut self,
    shape: &Shape,
    frame: &[u8],
    before: Option<&[u8]>,
    sink: &mut impl FnMut(&mut Vec<u8>, usize) -> Result<(), E>,
    content: &mut Vec<u8>,
  ) -> Result<(), E> {
    let mut at = 0;
    for plane in shape.planes() {
      let end = at + plane.row_bytes * plane.rows;
      let (now, before) = (&frame[at..end], before.map(|before| &before[at..end]));
      if shape.sample_bytes == 1 {
        self.bytes.take(plane, 1, now, before, sink, content)?;
      } else {
        self.words.take(plane, 2, now, before, sink, content)?;
      }
      at = end;
    }
    Ok(())
  }
}

impl<S: Sample> Band<S> {
  fn set_columns(&mut self, columns: usize) {
    for row in [&mut self.row, &mut self.above, &mut self.before] {
      row.resize(columns, S::default());
    }
  }

  fn take<E>(
    &mut self,
    plane: Plane,
    sample_bytes: usize,
    now: &[u8],
    before: Option<&[u8]>,
    sink: &mut impl FnMut(&mut Vec<u8>, usize) -> Result<(), E>,
    content: &mut Vec<u8>,
  ) -> Result<(), E> {
    let Plane { row_bytes, rows } = plane;
    let columns = row_bytes / sample_bytes;
    self.set_columns(columns);
    let (count, band_rows) = bands(plane, sample_bytes);
    for band in 0..count {
      let from = band * band_rows;
      let to = if band + 1 == count { rows } else { from + band_rows };
      self.over_time.resize((to - from) * columns, S::default());
      self.within.resize((to - from) * columns, S::default());
      self.costs.clear();
      self.costs.resize(columns.div_ceil(BLOCK), [0; 2]);
      for (index, row) in (from..to).enumerate() {
        let place = index * columns..(index + 1) * columns;
        std::mem::swap(&mut self.row, &mut self.above);
        S::load(&now[row * row_bytes..(row + 1) * row_bytes], &mut self.row);
        let within = &mut self.within[place.clone()];
        from_itself(&self.row, (row > 0).then_some(&self.above[..]), within);
        let Some(before) = before else { continue };
        S::load(&before[row * row_bytes..(row + 1) * row_bytes], &mut self.before);
        let over_time = &mut self.over_time[place];
        for ((difference, now), before) in over_time.iter_mut().zip(&self.row).zip(&self.before) {
          *difference = now.minus(*before);
        }
        let blocks = over_time.chunks(BLOCK).zip(within.chunks(BLOCK));
        for (costs, (over_time, within)) in self.costs.iter_mut().zip(blocks) {
          costs[0] = costs[0].saturating_add(S::cost(over_time));
          costs[1] = costs[1].saturating_add(S::cost(within));
        }
      }
      let mode_bytes = if before.is_some() { mode_bytes(columns) } else { 0 };
      sink(content, mode_bytes + (to - from) * row_bytes)?;
      if before.is_some() {
        let modes = content.len();
        content.resize(modes + mode_bytes, 0);
        for (block, costs) in self.costs.iter().enumerate() {
          if costs[0] <= costs[1] {
            continue;
          }
          content[modes + block / 8] |= 1 << (block % 8);
          let columns_of_block = block * BLOCK..columns.min((block + 1) * BLOCK);
          for (over_time, within) in self.over_time.chunks_mut(columns).zip(self.within.chunks(columns)) {
            over_time[columns_of_block.clone()].copy_from_slice(&within[columns_of_block.clone()]);
          }
        }
      }
      let differences = if before.is_some() { &self.over_time } else { &self.within };
      for row in differences.chunks(columns) {
        S::put(row, content);
      }
    }
    Ok(())
  }
}
