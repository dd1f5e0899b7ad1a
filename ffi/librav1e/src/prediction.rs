//! What is left of a frame when each sample's prediction is taken from it: the part of a pack that zstd gets.
//!
//! A frame is up to three planes, each rows of samples of one or two bytes (little-endian). A plane is cut into bands of
//! whole rows, a band into blocks of [`BLOCK`] columns. The first frame is predicted from itself, each sample by the median of
//! its neighbours to the left, above, and the gradient of the two (as in LOCO-I, ITU-T T.87 A.4.1); of further frames each block
//! either so, or by the samples at the same place in the frame before. Differences wrap around, so every frame comes back.
//!
//! Per band: in further frames a bit a block, 1 for "from itself", the first block lowest, in whole bytes; then the
//! differences row by row. Those of a row of two-byte samples come as all low bytes, then all high ones.

use crate::guard::{Code, Failure, Outcome};

/// Columns that are predicted alike.
const BLOCK: usize = 16;
/// Rows of a band, and samples where rows are short. A plane has whole bands only: its last one takes what is over.
const BAND_ROWS: usize = 8;
const BAND_SAMPLES: usize = 1024;
/// Planes of a frame at most.
pub const PLANES: usize = 3;
/// Bytes of a shape as it is written.
pub const SHAPE_BYTES: usize = 4 + 8 * PLANES;
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
      if (rows == 0) != (row_bytes == 0) || row_bytes % self.sample_bytes.max(1) != 0 {
        return false;
      }
    }
    (1..=2).contains(&self.sample_bytes) && sum == frame_bytes && sum > 0
  }

  fn planes(&self) -> impl Iterator<Item = Plane> {
    self.planes.into_iter().filter(|plane| plane.rows > 0)
  }

  /// Bytes that say how the blocks of a frame are predicted.
  pub fn mode_bytes(&self) -> usize {
    self.planes().map(|plane| bands(plane, self.sample_bytes).0 * mode_bytes(plane.row_bytes / self.sample_bytes)).sum()
  }
}

/// Bands of a plane, and the rows of each but the last.
fn bands(Plane { row_bytes, rows }: Plane, sample_bytes: usize) -> (usize, usize) {
  let band = BAND_ROWS.max(BAND_SAMPLES.div_ceil(row_bytes / sample_bytes));
  ((rows / band).max(1), band)
}

/// Of a band with so many columns.
fn mode_bytes(columns: usize) -> usize {
  columns.div_ceil(BLOCK).div_ceil(8)
}

/// A sample, and what is left of one: the same bits.
trait Sample: Copy + Ord + Default {
  fn plus(self, other: Self) -> Self;
  fn minus(self, other: Self) -> Self;
  fn wide(self) -> i32;
  fn narrow(wide: i32) -> Self;
  /// How far from 0 a difference is, seen as a signed number.
  fn size(self) -> u32;
  /// The same of all those of a block's row.
  fn cost(differences: &[Self]) -> u32 {
    match <&[Self; BLOCK]>::try_from(differences) {
      // Of a length that the compiler knows, many at a time.
      Ok(block) => block.iter().map(|difference| difference.size()).sum(),
      Err(_) => differences.iter().map(|difference| difference.size()).sum(),
    }
  }
  fn load(bytes: &[u8], into: &mut [Self]);
  /// A row of differences, as it stands in the content.
  fn put(differences: &[Self], into: &mut Vec<u8>);
  /// Makes a row of such differences: see `restore_row`.
  fn restore(
    row: &mut [u8],
    above: Option<&[u8]>,
    differences: &[u8],
    modes: Option<&[u8]>,
    scratch: &mut Scratch<Self>,
  );
}

impl Sample for u8 {
  fn wide(self) -> i32 {
    i32::from(self)
  }
  fn narrow(wide: i32) -> Self {
    wide as u8
  }
  fn plus(self, other: Self) -> Self {
    self.wrapping_add(other)
  }
  fn minus(self, other: Self) -> Self {
    self.wrapping_sub(other)
  }
  fn size(self) -> u32 {
    u32::from(self.min(self.wrapping_neg()))
  }
  fn load(bytes: &[u8], into: &mut [Self]) {
    into.copy_from_slice(bytes);
  }
  fn put(differences: &[Self], into: &mut Vec<u8>) {
    into.extend_from_slice(differences);
  }
  fn restore(
    row: &mut [u8],
    above: Option<&[u8]>,
    differences: &[u8],
    modes: Option<&[u8]>,
    _scratch: &mut Scratch<Self>,
  ) {
    restore_row(row, above, differences, modes);
  }
}

impl Sample for u16 {
  fn wide(self) -> i32 {
    i32::from(self)
  }
  fn narrow(wide: i32) -> Self {
    wide as u16
  }
  fn plus(self, other: Self) -> Self {
    self.wrapping_add(other)
  }
  fn minus(self, other: Self) -> Self {
    self.wrapping_sub(other)
  }
  fn size(self) -> u32 {
    u32::from(self.min(self.wrapping_neg()))
  }
  fn load(bytes: &[u8], into: &mut [Self]) {
    for (sample, bytes) in into.iter_mut().zip(bytes.chunks_exact(2)) {
      *sample = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
  }
  fn put(differences: &[Self], into: &mut Vec<u8>) {
    // Small ones of either sign have a high byte of 0: the sign goes to the lowest bit.
    into.extend(differences.iter().map(|&difference| folded(difference) as u8));
    into.extend(differences.iter().map(|&difference| (folded(difference) >> 8) as u8));
  }
  fn restore(
    row: &mut [u8],
    above: Option<&[u8]>,
    differences: &[u8],
    modes: Option<&[u8]>,
    scratch: &mut Scratch<Self>,
  ) {
    scratch.set_columns(row.len() / 2);
    let Scratch { row: samples, above: samples_above, before: left, .. } = scratch;
    Self::load(row, samples);
    if let Some(above) = above {
      Self::load(above, samples_above);
    }
    let (low, high) = differences.split_at(left.len());
    for ((difference, &low), &high) in left.iter_mut().zip(low).zip(high) {
      *difference = unfolded(u16::from_le_bytes([low, high]));
    }
    restore_row(samples, above.map(|_| &samples_above[..]), left, modes);
    for (sample, bytes) in samples.iter().zip(row.chunks_exact_mut(2)) {
      bytes.copy_from_slice(&sample.to_le_bytes());
    }
  }
}

/// 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
fn folded(difference: u16) -> u16 {
  (difference << 1) ^ ((difference as i16) >> 15) as u16
}

fn unfolded(folded: u16) -> u16 {
  (folded >> 1) ^ (folded & 1).wrapping_neg()
}

#[inline(always)]
fn median<S: Sample>(left: S, above: S, corner: S) -> S {
  let (least, most) = (left.min(above), left.max(above));
  if corner >= most {
    least
  } else if corner <= least {
    most
  } else {
    left.plus(above).minus(corner)
  }
}

/// The same, for one sample after the other: without a branch that nobody can foresee.
#[inline(always)]
fn median_alone<S: Sample>(left: S, above: S, corner: S) -> S {
  let (left, above, corner) = (left.wide(), above.wide(), corner.wide());
  S::narrow((left + above - corner).min(left.max(above)).max(left.min(above)))
}

/// What a first column or row is predicted by is what there is of its neighbours; the very first sample by 0.
fn from_itself<S: Sample>(row: &[S], above: Option<&[S]>, into: &mut [S]) {
  let Some(above) = above else {
    into[0] = row[0];
    for ((difference, now), left) in into[1..].iter_mut().zip(&row[1..]).zip(row) {
      *difference = now.minus(*left);
    }
    return;
  };
  into[0] = row[0].minus(above[0]);
  let neighbours = row.iter().zip(&above[1..]).zip(above);
  for ((difference, now), ((left, up), corner)) in into[1..].iter_mut().zip(&row[1..]).zip(neighbours) {
    *difference = now.minus(median(*left, *up, *corner));
  }
}

/// Rows and differences of a band; kept from frame to frame.
#[derive(Default)]
struct Scratch<S> {
  row: Vec<S>,
  above: Vec<S>,
  before: Vec<S>,
  /// Differences to the frame before, and to what is predicted from the frame itself.
  over_time: Vec<S>,
  within: Vec<S>,
  costs: Vec<[u32; 2]>,
}

#[derive(Default)]
pub struct Prediction {
  bytes: Scratch<u8>,
  words: Scratch<u16>,
}

impl Prediction {
  /// Gives what is left of `frame`, piece by piece, to `sink`; predicted from the frame before, where there is one.
  pub fn take_from<E>(
    &mut self,
    shape: &Shape,
    frame: &[u8],
    before: Option<&[u8]>,
    sink: &mut impl FnMut(&mut Vec<u8>) -> Result<(), E>,
    content: &mut Vec<u8>,
  ) -> Result<(), E> {
    let mut at = 0;
    for plane in shape.planes() {
      let end = at + plane.row_bytes * plane.rows;
      let (now, before) = (&frame[at..end], before.map(|before| &before[at..end]));
      if shape.sample_bytes == 1 {
        self.bytes.plane(plane, 1, now, before, sink, content)?;
      } else {
        self.words.plane(plane, 2, now, before, sink, content)?;
      }
      at = end;
    }
    Ok(())
  }

  /// The way back: `frame` holds the frame before and becomes the next one. `source` fills what it is given.
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
        self.bytes.back(plane, 1, now, is_first, source, content)?;
      } else {
        self.words.back(plane, 2, now, is_first, source, content)?;
      }
      rest = after;
    }
    Ok(())
  }
}

impl<S: Sample> Scratch<S> {
  fn set_columns(&mut self, columns: usize) {
    for row in [&mut self.row, &mut self.above, &mut self.before] {
      row.resize(columns, S::default());
    }
  }

  fn plane<E>(
    &mut self,
    plane: Plane,
    sample_bytes: usize,
    now: &[u8],
    before: Option<&[u8]>,
    sink: &mut impl FnMut(&mut Vec<u8>) -> Result<(), E>,
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
      if before.is_some() {
        let modes = content.len();
        content.resize(modes + mode_bytes(columns), 0);
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
      sink(content)?;
    }
    Ok(())
  }

  fn back<E>(
    &mut self,
    plane: Plane,
    sample_bytes: usize,
    now: &mut [u8],
    is_first: bool,
    source: &mut impl FnMut(&mut [u8]) -> Result<(), E>,
    content: &mut Vec<u8>,
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
        S::restore(&mut below[..row_bytes], above, differences, modes, self);
      }
    }
    Ok(())
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

/// The way back of `from_itself`, for some columns; those to the left are there.
fn add_median<S: Sample>(row: &mut [S], above: Option<&[S]>, differences: &[S], columns: std::ops::Range<usize>) {
  let mut from = columns.start;
  if from == 0 {
    row[0] = differences[0].plus(above.map_or(S::default(), |above| above[0]));
    from = 1;
  }
  if from >= columns.end {
    return;
  }
  let mut left = row[from - 1];
  let (row, differences) = (&mut row[from..columns.end], &differences[from..columns.end]);
  if let Some(above) = above {
    let above = &above[from - 1..columns.end];
    for ((sample, difference), above) in row.iter_mut().zip(differences).zip(above.windows(2)) {
      left = difference.plus(median_alone(left, above[1], above[0]));
      *sample = left;
    }
  } else {
    for (sample, difference) in row.iter_mut().zip(differences) {
      left = difference.plus(left);
      *sample = left;
    }
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn folding_keeps_every_difference() {
    for difference in 0..=u16::MAX {
      assert_eq!(unfolded(folded(difference)), difference);
    }
    assert_eq!([0, 65535, 1, 65534].map(folded), [0, 1, 2, 3]);
  }

  #[test]
  fn both_medians_are_the_middle_of_three() {
    for number in 0..1 << 24 {
      let [left, above, corner, _] = u32::to_le_bytes(number);
      let mut three = [i32::from(left), i32::from(above), i32::from(left) + i32::from(above) - i32::from(corner)];
      three.sort();
      assert_eq!([median(left, above, corner), median_alone(left, above, corner)], [three[1] as u8; 2]);
    }
  }

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
