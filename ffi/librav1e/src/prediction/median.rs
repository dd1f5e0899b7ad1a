//! The median of a sample's neighbours to the left, above, and the gradient of the two: how a picture is predicted from itself.
//! There and back the same samples give the same prediction; only what is fast differs. There all neighbours are known, so
//! that many samples go at a time; back each waits for the one to its left (see `lockstep` for what is done meanwhile).

use super::sample::Sample;
use std::ops::Range;

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

/// The same of wide samples, for one after the other: without a branch that nobody can foresee.
#[inline(always)]
pub fn median_alone(left: i32, above: i32, corner: i32) -> i32 {
  (left + above - corner).min(left.max(above)).max(left.min(above))
}

/// Takes the prediction from each sample of a row.
///
/// What a first column or row is predicted by is what there is of its neighbours; the very first sample by 0.
#[inline]
pub fn from_itself<S: Sample>(row: &[S], above: Option<&[S]>, into: &mut [S]) {
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

/// The way back of `from_itself`, for some columns; those to the left are there.
#[inline]
pub fn add_median<S: Sample>(row: &mut [S], above: Option<&[S]>, differences: &[S], columns: Range<usize>) {
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
      left = difference.plus(S::narrow(median_alone(left.wide(), above[1].wide(), above[0].wide())));
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
  fn both_medians_are_the_middle_of_three() {
    for number in 0..1 << 24 {
      let [left, above, corner, _] = u32::to_le_bytes(number);
      let mut three = [i32::from(left), i32::from(above), i32::from(left) + i32::from(above) - i32::from(corner)];
      three.sort();
      let alone = median_alone(i32::from(left), i32::from(above), i32::from(corner));
      assert_eq!([i32::from(median(left, above, corner)), alone], [three[1]; 2]);
    }
  }
}
