//! Film grain of a segment: a table is in absolute time, a segment's encoder counts its frames from 0.
//!
//! Each entry is moved through frame numbers, not by subtracting times: rav1e rounds a frame's time down
//! (`FrameInvariants::frame_timestamp`), and only the frames that an entry covers matter. Entries keep their order (the
//! first that covers a frame wins) and none is dropped, because the sequence header says whether there are any.
//! Seeds need nothing: rav1e starts them anew at each keyframe.

use rav1e::prelude::{GrainTableSegment, Rational};

/// Units of time a second in a film grain table.
const UNITS_A_SECOND: u128 = 10_000_000;

/// The first frame whose time is at or after `time`.
fn first_frame_at(time: u64, time_base: Rational) -> u128 {
  (u128::from(time) * u128::from(time_base.den)).div_ceil(UNITS_A_SECOND * u128::from(time_base.num))
}

/// The time of a frame as rav1e computes it; the largest one where that does not fit.
fn time_of(frame: u128, time_base: Rational) -> u64 {
  let time = frame.saturating_mul(UNITS_A_SECOND * u128::from(time_base.num)) / u128::from(time_base.den);
  u64::try_from(time).unwrap_or(u64::MAX)
}

/// Moves the entries so that frame 0 is covered by what covered `first_frame`. `time_base` must be valid (not zero).
pub fn rebase(table: &mut [GrainTableSegment], first_frame: u64, time_base: Rational) {
  if first_frame == 0 {
    return;
  }
  let moved = |time: u64| match time {
    u64::MAX => u64::MAX,
    _ => time_of(first_frame_at(time, time_base).saturating_sub(u128::from(first_frame)), time_base),
  };
  for entry in table {
    entry.start_time = moved(entry.start_time);
    entry.end_time = moved(entry.end_time);
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use rav1e::prelude::{generate_photon_noise_params, NoiseGenArgs, TransferFunction};

  fn entry(start: u64, end: u64) -> GrainTableSegment {
    let args = NoiseGenArgs {
      iso_setting: 400,
      width: 64,
      height: 64,
      transfer_function: TransferFunction::BT1886,
      chroma_grain: false,
      random_seed: None,
    };
    generate_photon_noise_params(start, end, args)
  }

  /// The entry that rav1e would use for a frame, by its own arithmetic.
  fn covering(table: &[GrainTableSegment], frame: u64, time_base: Rational) -> Option<usize> {
    let time = frame * 10_000_000 * time_base.num / time_base.den;
    table.iter().position(|entry| time >= entry.start_time && time < entry.end_time)
  }

  #[test]
  fn every_frame_keeps_its_entry_wherever_the_segment_starts() {
    let ranges = [(0, 2_500_001), (3_336_666, 10_010_000), (8_000_000, 20_020_000), (40_000_000, u64::MAX), (5, 5)];
    for (num, den) in [(1, 25), (1001, 30000), (1001, 24000), (1, 1000), (3, 7), (1, 10_000_000)] {
      let time_base = Rational::new(num, den);
      let absolute: Vec<_> = ranges.iter().map(|&(start, end)| entry(start, end)).collect();
      for first in [0, 1, 6, 7, 8, 24, 25, 29, 30, 60, 100, 119, 120, 5000] {
        let mut local = absolute.clone();
        rebase(&mut local, first, time_base);
        for frame in 0..200 {
          assert_eq!(
            covering(&local, frame, time_base),
            covering(&absolute, first + frame, time_base),
            "{num}/{den}, segment at {first}, frame {frame}"
          );
        }
      }
    }
  }

  #[test]
  fn an_entry_without_an_end_keeps_none() {
    let mut table = vec![entry(0, u64::MAX)];
    rebase(&mut table, 1_000_000, Rational::new(1, 25));
    assert_eq!((table[0].start_time, table[0].end_time), (0, u64::MAX));
  }
}
