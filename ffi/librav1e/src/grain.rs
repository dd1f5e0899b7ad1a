//! Film grain: reading a table, and what of it a segment's encoder is given.
//!
//! A table is in absolute time, a segment's encoder counts its frames from 0.
//!
//! Each entry is moved through frame numbers, not by subtracting times: rav1e rounds a frame's time down
//! (`FrameInvariants::frame_timestamp`), and only the frames that an entry covers matter. Entries keep their order (the
//! first that covers a frame wins) and none is dropped, because the sequence header says whether there are any.
//! Seeds need nothing: rav1e starts them anew at each keyframe.

use crate::guard::{catch, quoted, Code, Failure, Outcome};
use rav1e::prelude::{parse_grain_table, GrainTableSegment, Rational};

/// An entry that covers no frame, to be put after others: where it is found, all before it was read.
const LAST: &str =
  "\nE 18446744073709551615 18446744073709551615 1 1 1\n p 0 6 0 8 0 0 0 0 0 0 0 0\n sY 0\n sCb 0\n sCr 0\n \
                    cY\n cCb 0\n cCr 0\n";

fn invalid(message: String) -> Failure {
  Failure::new(Code::InvalidSettings, message)
}

/// rav1e's own reading; it panics on more points than AV1 has. The message of an error holds all that was not read.
fn parse(text: &str) -> Option<Vec<GrainTableSegment>> {
  catch(|| parse_grain_table(text).map_err(|error| invalid(error.to_string()))).ok()
}

/// Reads a table as rav1e does. What its bitstream writer would panic on, hours into an encode, is refused.
pub fn read(text: &str) -> Outcome<Vec<GrainTableSegment>> {
  let Some(table) = parse(text) else {
    let line = unread_from_line(text).unwrap_or(1);
    let entry = quoted(text.lines().nth(line - 1).unwrap_or("").trim());
    return Err(invalid(format!("the film grain table cannot be read from line {line} on, {entry}")));
  };
  for entry in &table {
    let offset = |points: usize, offset: u16| if points > 0 { offset } else { 0 };
    let fields = [
      ("grain_scale_shift", u16::from(entry.grain_scale_shift), 3),
      ("cb_offset", offset(entry.scaling_points_cb.len(), entry.cb_offset), 511),
      ("cr_offset", offset(entry.scaling_points_cr.len(), entry.cr_offset), 511),
    ];
    if let Some((name, value, most)) = fields.into_iter().find(|(_, value, most)| value > most) {
      let GrainTableSegment { start_time, end_time, .. } = entry;
      return Err(invalid(format!(
        "the film grain table's entry for {start_time} to {end_time} has the {name} {value}; AV1's largest is {most}"
      )));
    }
  }
  Ok(table)
}

/// The line, from 1, of the first entry that rav1e does not read; it stops there and, where entries came before, says
/// nothing. None where all is read.
pub fn unread_from_line(text: &str) -> Option<usize> {
  let is_read = |until: usize| {
    parse(&[&text[..until], LAST].concat())
      .is_some_and(|table| table.last().is_some_and(|last| last.start_time == u64::MAX))
  };
  if is_read(text.len()) {
    return None;
  }
  let mut starts = Vec::new();
  let mut at = 0;
  for line in text.split_inclusive('\n') {
    if line.trim_start().starts_with('E') {
      starts.push(at);
    }
    at += line.len();
  }
  // All before an entry is read or it is not, and once not never again.
  let first = starts.partition_point(|&start| is_read(start)).checked_sub(1);
  let until = first.map_or(0, |index| starts[index]);
  Some(text[..until].matches('\n').count() + 1)
}

/// An entry that covers no frame: with it a sequence header says that there may be film grain, and no frame has any.
pub fn none() -> GrainTableSegment {
  GrainTableSegment {
    start_time: 0,
    end_time: 0,
    scaling_points_y: Default::default(),
    scaling_points_cb: Default::default(),
    scaling_points_cr: Default::default(),
    scaling_shift: 8,
    ar_coeff_lag: 0,
    ar_coeffs_y: Default::default(),
    ar_coeffs_cb: Default::default(),
    ar_coeffs_cr: Default::default(),
    ar_coeff_shift: 6,
    cb_mult: 0,
    cb_luma_mult: 0,
    cb_offset: 0,
    cr_mult: 0,
    cr_luma_mult: 0,
    cr_offset: 0,
    overlap_flag: false,
    chroma_scaling_from_luma: false,
    grain_scale_shift: 0,
    random_seed: 0,
  }
}

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

  fn written(times: &str, shift: u8, points: usize, coefficients: &str) -> String {
    let listed: String = (0..points).map(|i| format!(" {i} 9")).collect();
    format!("E {times} 1 7 1\n p 0 6 {shift} 8 0 0 0 0 0 0 0 0\n sY {points}{listed}\n sCb 0\n sCr 0\n{coefficients}")
  }

  const NONE: &str = " cY\n cCb 0\n cCr 0\n";

  #[test]
  fn a_table_is_read_whole_or_the_line_is_known() {
    let good = format!("filmgrn1\n{}\nE 0 9 0 7 1\n{}", written("0 9", 0, 2, NONE), written("9 12", 3, 0, NONE));
    assert_eq!((read(&good).unwrap().len(), unread_from_line(&good)), (2, None));
    assert_eq!(unread_from_line(good.trim_end()), None);
    // rav1e stops without a word at what is no entry.
    let cut = format!("{good}{}E 20 30 1 7 1\n", written("12 x", 0, 0, NONE));
    assert_eq!((read(&cut).unwrap().len(), unread_from_line(&cut)), (2, Some(20)));
    let stray = good.replace("E 0 9 0 7 1\n", "E 0 9 0 7 1\n p 0 6 0 8 0 0 0 0 0 0 0 0\n");
    assert_eq!((read(&stray).unwrap().len(), unread_from_line(&stray)), (1, Some(11)));
  }

  #[test]
  fn what_rav1e_refuses_or_panics_on_is_one_short_line() {
    let refusal = |entries: &str| read(&format!("filmgrn1\n{entries}")).unwrap_err().message;
    let long = written("0 9", 0, 0, NONE).repeat(1000);
    assert_eq!(refusal(""), "the film grain table cannot be read from line 1 on, 'filmgrn1'");
    let reversed = refusal(&format!("{long}{}{long}", written("9 0", 0, 0, NONE)));
    assert_eq!(reversed, "the film grain table cannot be read from line 8002 on, 'E 9 0 1 7 1'");
    assert!(refusal(&written("0 9", 0, 15, NONE)).contains("line 2 on, 'E 0 9 1 7 1'"));
    assert!(refusal(&written("0 9", 0, 0, " cY 1\n cCb 0\n cCr 0\n")).contains("line 2 on"));
    let shift = refusal(&written("0 9", 4, 0, NONE));
    assert_eq!(shift, "the film grain table's entry for 0 to 9 has the grain_scale_shift 4; AV1's largest is 3");
  }

  #[test]
  fn an_entry_without_an_end_keeps_none() {
    let mut table = vec![entry(0, u64::MAX)];
    rebase(&mut table, 1_000_000, Rational::new(1, 25));
    assert_eq!((table[0].start_time, table[0].end_time), (0, u64::MAX));
  }
}
