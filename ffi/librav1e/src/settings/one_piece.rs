//! Which videos cannot be cut without changing their bytes: those that only one encoder with its own scene detection encodes
//! as rav1e's command does.

use super::Settings;
use rav1e::prelude::*;

impl Settings {
  /// Whether only one encoder with its own scene detection gives rav1e's bytes.
  pub fn is_one_piece(&self, config: &EncoderConfig) -> bool {
    self.has_two_intra_costs(config) || has_short_lookahead(config)
  }

  /// The 16-bit assembly of rav1e 0.8.1 predicts a flat block of 8-bit samples as 512 instead of 128
  /// (src/x86/ipred16_avx2.asm, `ipred_dc_128_16bpc`), the Rust code of its detector does not: intra costs differ by who
  /// computed them, and with temporal RDO they decide bits. In one long encode that is the encoder for the first frame
  /// and the detector for the others.
  fn has_two_intra_costs(&self, config: &EncoderConfig) -> bool {
    self.is_widened()
      && config.temporal_rdo()
      && config.speed_settings.scene_detection_mode == SceneDetectionSpeed::Standard
  }
}

/// Whether rav1e encodes a frame before it searches the motion of the reordered group that refers to it. That search starts
/// from the motion vectors of the reference (src/me.rs, `full_pixel_me`), which encoding changes; so it matters which comes
/// first. A group has 4 frames, and rav1e keeps as many unencoded as it looks ahead: with 4 or more the search is always
/// first. With fewer the encoding is, except where a flush makes it search for all that is left: at the end of a video,
/// and of a segment.
fn has_short_lookahead(config: &EncoderConfig) -> bool {
  !config.low_latency && config.speed_settings.rdo_lookahead_frames < 4
}

#[cfg(test)]
mod tests {
  use super::super::sample::document;
  use super::*;
  use serde_json::json;

  #[test]
  fn only_widened_samples_under_standard_detection_and_temporal_rdo_keep_a_video_in_one_piece() {
    let one_piece = |changes| Settings::parse(&document(changes)).unwrap().resolve().unwrap().one_piece;
    assert!(one_piece(json!({"highBitdepth": true, "speed": 6})));
    assert!(!one_piece(json!({"highBitdepth": true, "speed": 10})));
    assert!(!one_piece(json!({"highBitdepth": true, "speed": 6, "tune": "Psnr"})));
    assert!(!one_piece(json!({"highBitdepth": true, "speed": 6, "bitDepth": 10})));
    assert!(!one_piece(json!({"speed": 6})));
  }

  #[test]
  fn a_lookahead_shorter_than_a_reordered_group_keeps_a_video_in_one_piece() {
    let one_piece = |frames: usize, low_latency: bool| {
      let changes = json!({"rdoLookaheadFrames": frames, "lowLatency": low_latency});
      Settings::parse(&document(changes)).unwrap().resolve().unwrap().one_piece
    };
    assert_eq!([1, 3, 4, 5].map(|frames| one_piece(frames, false)), [true, true, false, false]);
    assert!(!one_piece(1, true));
  }
}
