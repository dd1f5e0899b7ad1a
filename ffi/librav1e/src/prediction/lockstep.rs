//! The median's way back for several rows at a time. A sample waits for the one to its left and for two above it; with each row
//! a sample behind the one above it, those that are made together are independent of each other, and while the CPU would
//! wait for one it makes the others. What comes of it is what `add_median` makes row by row.

use super::median::{add_median, median_alone};
use super::sample::Sample;
use std::ops::Range;

/// Rows that go together at the most: with more of them their state does not fit in the registers of common CPUs.
pub const ROWS: usize = 4;

/// Some columns of up to [`ROWS`] rows that lie one after the other, each as wide as `above`, the row above the first of
/// them. The columns to the left are there.
pub fn add_medians<S: Sample>(rows: &mut [S], above: &[S], differences: &[S], columns: Range<usize>) {
  match rows.len() / above.len() {
    4 => add::<S, 4>(rows, above, differences, columns),
    3 => add::<S, 3>(rows, above, differences, columns),
    2 => add::<S, 2>(rows, above, differences, columns),
    _ => add_median(rows, Some(above), differences, columns),
  }
}

fn add<S: Sample, const N: usize>(rows: &mut [S], above: &[S], differences: &[S], Range { start, end }: Range<usize>) {
  let width = above.len();
  let one = |rows: &mut [S], row: usize, columns: Range<usize>| {
    let (over, row_and_below) = rows.split_at_mut(row * width);
    let above = if row == 0 { above } else { &over[(row - 1) * width..] };
    add_median(&mut row_and_below[..width], Some(above), &differences[row * width..(row + 1) * width], columns);
  };
  // A row's very first sample has none to its left.
  let first = start.max(1);
  let Some(steps) = end.checked_sub(first + N - 1) else {
    (0..N).for_each(|row| one(rows, row, start..end));
    return;
  };
  // The beginnings of rows, each a sample shorter than the one above; then all of them together; then the ends.
  let begins: [usize; N] = std::array::from_fn(|row| first + N - 1 - row);
  (0..N).for_each(|row| one(rows, row, start..begins[row]));
  together(rows, above, differences, begins, steps);
  (0..N).for_each(|row| one(rows, row, end - row..end));
}

/// `steps` samples of each row, from the column on where it begins.
fn together<S: Sample, const N: usize>(
  rows: &mut [S],
  above: &[S],
  differences: &[S],
  begins: [usize; N],
  steps: usize,
) {
  let width = above.len();
  let mut lefts: [i32; N] = std::array::from_fn(|row| rows[row * width + begins[row] - 1].wide());
  let mut corners: [i32; N] = std::array::from_fn(|row| match row {
    0 => above[begins[0] - 1].wide(),
    _ => rows[(row - 1) * width + begins[row] - 1].wide(),
  });
  // All of one length, which the compiler sees: no place is checked in the loop.
  let above = &above[begins[0]..][..steps];
  let differences: [&[S]; N] = std::array::from_fn(|row| &differences[row * width + begins[row]..][..steps]);
  let mut each = rows.chunks_exact_mut(width).zip(begins);
  let rows: [&mut [S]; N] =
    std::array::from_fn(|_| each.next().map(|(row, begin)| &mut row[begin..][..steps]).unwrap_or_default());
  for step in 0..steps {
    // From below: each takes what the row above it made in the step before.
    for row in (0..N).rev() {
      let up = if row == 0 { above[step].wide() } else { lefts[row - 1] };
      let sample = differences[row][step].plus(S::narrow(median_alone(lefts[row], up, corners[row])));
      rows[row][step] = sample;
      lefts[row] = sample.wide();
      corners[row] = up;
    }
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  /// Any bits: here every sum wraps around.
  fn noise<S: Sample>(count: usize, state: &mut u32) -> Vec<S> {
    let mut next = || {
      *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
      S::narrow((*state >> 12) as i32)
    };
    (0..count).map(|_| next()).collect()
  }

  fn compare<S: Sample + std::fmt::Debug>() {
    let mut state = 1;
    for width in (1..40).chain([127, 128, 129]) {
      for count in 1..=ROWS {
        let (above, before): (Vec<S>, Vec<S>) = (noise(width, &mut state), noise(count * width, &mut state));
        let differences = noise(count * width, &mut state);
        for start in 0..width {
          for end in [start + 1, start + 2, start + 5, start + 16, width] {
            let columns = start..end.min(width);
            let mut plain = before.clone();
            for row in 0..count {
              let (over, below) = plain.split_at_mut(row * width);
              let above = if row == 0 { &above } else { &over[(row - 1) * width..] };
              add_median(&mut below[..width], Some(above), &differences[row * width..], columns.clone());
            }
            let mut rows = before.clone();
            add_medians(&mut rows, &above, &differences, columns.clone());
            assert_eq!(rows, plain, "{columns:?} of {width} in {count} rows");
          }
        }
      }
    }
  }

  #[test]
  fn rows_in_lockstep_are_those_that_go_one_by_one() {
    compare::<u8>();
    compare::<u16>();
  }
}
