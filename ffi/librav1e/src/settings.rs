//! The settings document, as the caller sends it: JSON, every field present, none unknown. It carries rav1e's own options by
//! its own names; the defaults are the caller's. What is read here is only known to be of the right types: no value of it is
//! used before rav1e's own checks and ours have passed it ([`Settings::config`]).

mod config;
mod one_piece;
mod resolved;
#[cfg(test)]
pub mod sample;
mod stream;
mod zones;

use crate::guard::{quoted, Code, Failure, Outcome};
use serde::Deserialize;
use std::str::FromStr;
use zones::Zone;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
  num: u64,
  den: u64,
}

/// The document. Fields are documented where it is made (lib/encode/settings.ts).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Settings {
  width: usize,
  height: usize,
  bit_depth: usize,
  chroma_sampling: String,
  chroma_sample_position: String,
  sample_aspect_ratio: Ratio,
  time_base: Ratio,
  speed: u8,
  quantizer: usize,
  min_keyint: u64,
  keyint: u64,
  switch_frame_interval: u64,
  low_latency: bool,
  rdo_lookahead_frames: Option<usize>,
  scd_speed: Option<u8>,
  no_scene_detection: bool,
  tune: String,
  still_picture: bool,
  tiles: usize,
  tile_rows: usize,
  tile_cols: usize,
  range: String,
  primaries: String,
  transfer: String,
  matrix: String,
  mastering_display: Option<String>,
  content_light: Option<String>,
  level: Option<String>,
  photon_noise: u8,
  film_grain_table: Option<String>,
  high_bitdepth: bool,
  zones: Vec<Zone>,
}

fn invalid(message: impl Into<String>) -> Failure {
  Failure::new(Code::InvalidSettings, message)
}

fn within<T: PartialOrd + std::fmt::Display>(name: &str, value: T, low: T, high: T) -> Outcome<()> {
  if value >= low && value <= high {
    Ok(())
  } else {
    Err(invalid(format!("{name} {value} must be {low} to {high}")))
  }
}

fn named<T: FromStr<Err = String>>(name: &str, value: &str) -> Outcome<T> {
  value
    .parse()
    .map_err(|known: String| invalid(format!("{name} {} is not known; {}", quoted(value), known.replace(" ,", ", "))))
}

impl Settings {
  pub fn parse(json: &[u8]) -> Outcome<Self> {
    serde_json::from_slice(json).map_err(|error| invalid(format!("the settings document cannot be read: {error}")))
  }

  /// Whether samples are held in 16 bits.
  pub fn is_wide(&self) -> bool {
    self.bit_depth > 8 || self.high_bitdepth
  }

  /// 8-bit samples held in 16 bits, rav1e's debugging option.
  pub fn is_widened(&self) -> bool {
    self.bit_depth == 8 && self.high_bitdepth
  }
}

#[cfg(test)]
mod tests {
  use super::sample::refusal;
  use super::*;
  use serde_json::json;

  #[test]
  fn documents_with_missing_unknown_or_mistyped_fields_are_refused() {
    assert!(refusal(json!({"bitrate": 5})).contains("bitrate"));
    assert!(refusal(json!({"speed": "6"})).contains("speed") || refusal(json!({"speed": "6"})).contains("string"));
    assert!(refusal(json!({"speed": -1})).contains("settings document"));
    assert_eq!(Settings::parse(b"{}").unwrap_err().code, Code::InvalidSettings);
    assert_eq!(Settings::parse(b"\xff").unwrap_err().code, Code::InvalidSettings);
  }
  #[test]
  fn a_refusal_is_one_short_line_that_still_says_what_to_do() {
    let hostile = format!("a\n\u{1b}[2J{}", "x".repeat(100_000));
    for (field, advice) in [
      ("range", "Full"),
      ("primaries", "BT709"),
      ("tune", "Psnr"),
      ("level", "2.0 to 7.3"),
      ("contentLight", "1000,400"),
      ("masteringDisplay", "WP(x,y)"),
      ("chromaSampling", "4:2:2"),
      ("chromaSamplePosition", "colocated"),
      ("filmGrainTable", "line 1"),
    ] {
      let message = refusal(json!({field: hostile}));
      assert!(message.contains(advice) && message.len() < 1000, "{message}");
      assert!(!message.contains(char::is_control), "{message}");
    }
    let unknown = refusal(json!({hostile: 1}));
    assert!(unknown.contains("unknown field") && unknown.len() < 1100, "{unknown}");
    assert!(!unknown.contains(char::is_control), "{unknown}");
  }
}
