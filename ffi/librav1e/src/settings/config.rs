//! What rav1e is told: the same `EncoderConfig` as its command makes of the same options. This repeats what `rav1e` 0.8.1
//! does between its command line and its encoder (src/bin/common.rs `parse_config`, src/bin/rav1e.rs `run`): tune
//! Psychovisual clears `tx_domain_distortion`, the minimum keyframe interval is clamped, photon noise becomes a grain table
//! without an end. A configuration that is given out has passed rav1e's own checks.

use super::stream::level_index;
use super::zones::Zone;
use super::{invalid, named, within, Settings};
use crate::grain;
use crate::guard::{quoted, Outcome};
use rav1e::prelude::*;

impl Settings {
  /// The encoder's configuration for a whole video; its zones have their own ([`Settings::config_at`]).
  pub fn config(&self) -> Outcome<EncoderConfig> {
    self.config_with(&self.unzoned())
  }

  /// The same with what differs by zone.
  pub(super) fn config_with(&self, &Zone { speed, quantizer, photon_noise, .. }: &Zone) -> Outcome<EncoderConfig> {
    within("speed", speed, 0, 10)?;
    if quantizer == 0 {
      return Err(invalid("quantizer 0 is lossless, which rav1e does not have; it must be 1 to 255"));
    }
    within("quantizer", quantizer, 1, 255)?;
    within("tile-cols", self.tile_cols, 0, 64)?;
    within("tile-rows", self.tile_rows, 0, 64)?;
    within("photon-noise", photon_noise, 0, 64)?;
    if !matches!(self.bit_depth, 8 | 10 | 12) {
      return Err(invalid(format!("bit depth {} must be 8, 10 or 12", self.bit_depth)));
    }
    if self.time_base.num == 0 || self.time_base.den == 0 {
      return Err(invalid(format!(
        "a frame rate of {}/{} is none; both numbers must be above 0",
        self.time_base.den, self.time_base.num
      )));
    }
    let mut config = EncoderConfig::with_speed_preset(speed);
    self.describe_input(&mut config)?;
    self.describe_colour(&mut config)?;
    config.level_idx = self.level.as_deref().map(level_index).transpose()?.flatten();
    config.set_key_frame_interval(self.min_keyint.min(self.keyint), self.keyint);
    config.switch_frame_interval = self.switch_frame_interval;
    config.low_latency = self.low_latency;
    config.still_picture = self.still_picture;
    config.quantizer = quantizer;
    config.tile_cols = self.tile_cols;
    config.tile_rows = self.tile_rows;
    config.tiles = self.tiles;
    config.tune = named("tune", &self.tune)?;
    if config.tune == Tune::Psychovisual {
      config.speed_settings.transform.tx_domain_distortion = false;
    }
    if let Some(frames) = self.rdo_lookahead_frames {
      config.speed_settings.rdo_lookahead_frames = frames;
    }
    match self.scd_speed {
      Some(0) => config.speed_settings.scene_detection_mode = SceneDetectionSpeed::Standard,
      Some(1) => config.speed_settings.scene_detection_mode = SceneDetectionSpeed::Fast,
      Some(other) => return Err(invalid(format!("scd-speed {other} must be 0 or 1"))),
      None => {}
    }
    if self.no_scene_detection {
      config.speed_settings.scene_detection_mode = SceneDetectionSpeed::None;
    }
    Config::new().with_encoder_config(config.clone()).validate().map_err(|error| invalid(error.to_string()))?;
    // Only of a size that was checked: rav1e multiplies its sides in 32 bits. None of this does rav1e check.
    self.describe_grain(&mut config, photon_noise)?;
    self.share_sequence_header(&mut config);
    Ok(config)
  }

  fn describe_input(&self, config: &mut EncoderConfig) -> Outcome<()> {
    config.width = self.width;
    config.height = self.height;
    config.bit_depth = self.bit_depth;
    config.sample_aspect_ratio = Rational::new(self.sample_aspect_ratio.num, self.sample_aspect_ratio.den);
    config.time_base = Rational::new(self.time_base.num, self.time_base.den);
    config.chroma_sampling = match self.chroma_sampling.as_str() {
      "4:0:0" => ChromaSampling::Cs400,
      "4:2:0" => ChromaSampling::Cs420,
      "4:2:2" => ChromaSampling::Cs422,
      "4:4:4" => ChromaSampling::Cs444,
      other => return Err(invalid(format!("chroma sampling {} is not 4:0:0, 4:2:0, 4:2:2 or 4:4:4", quoted(other)))),
    };
    config.chroma_sample_position = match self.chroma_sample_position.as_str() {
      "unknown" => ChromaSamplePosition::Unknown,
      "vertical" => ChromaSamplePosition::Vertical,
      "colocated" => ChromaSamplePosition::Colocated,
      other => {
        let message = format!("chroma sample position {} is not unknown, vertical or colocated", quoted(other));
        return Err(invalid(message));
      }
    };
    Ok(())
  }

  /// Of a table and photon noise there is one at the most.
  pub(super) fn check_one_grain(&self, photon_noise: u8) -> Outcome<()> {
    if photon_noise > 0 && self.film_grain_table.is_some() {
      return Err(invalid("photon-noise and film-grain-table exclude each other"));
    }
    Ok(())
  }

  fn describe_grain(&self, config: &mut EncoderConfig, photon_noise: u8) -> Outcome<()> {
    self.check_one_grain(photon_noise)?;
    if let Some(text) = &self.film_grain_table {
      let table = grain::read(text)?;
      config.film_grain_params = (!table.is_empty()).then_some(table);
    } else if photon_noise > 0 {
      let args = NoiseGenArgs {
        iso_setting: u32::from(photon_noise) * 100,
        width: self.width as u32,
        height: self.height as u32,
        transfer_function: if config.is_hdr() { TransferFunction::SMPTE2084 } else { TransferFunction::BT1886 },
        chroma_grain: false,
        random_seed: None,
      };
      config.film_grain_params = Some(vec![generate_photon_noise_params(0, u64::MAX, args)]);
    }
    Ok(())
  }
}

#[cfg(test)]
mod tests {
  use super::super::sample::{config, refusal};
  use serde_json::json;

  #[test]
  fn psychovisual_tuning_turns_temporal_rdo_on_as_the_command_does() {
    assert!(config(json!({})).unwrap().temporal_rdo());
    assert!(!config(json!({"tune": "psnr"})).unwrap().temporal_rdo());
  }

  #[test]
  fn the_smallest_interval_is_clamped_to_the_largest_and_none_is_rav1es_limit() {
    let clamped = config(json!({"minKeyint": 12, "keyint": 5})).unwrap();
    assert_eq!((clamped.min_key_frame_interval, clamped.max_key_frame_interval), (5, 5));
    let unlimited = config(json!({"keyint": 0})).unwrap();
    assert_eq!((unlimited.min_key_frame_interval, unlimited.max_key_frame_interval), (0, i32::MAX as u64 / 3));
  }

  #[test]
  fn what_rav1e_refuses_is_refused_with_its_reason() {
    assert!(refusal(json!({"width": 15})).contains("width 15"));
    assert!(refusal(json!({"height": 65536})).contains("height 65536"));
    assert!(refusal(json!({"tileCols": 3})).contains("power of 2"));
    assert!(refusal(json!({"switchFrameInterval": 8})).contains("low latency"));
    assert!(refusal(json!({"rdoLookaheadFrames": 0})).contains("lookahead"));
    assert!(refusal(json!({"keyint": 1_000_000_000})).contains("keyframe interval"));
    assert!(refusal(json!({"width": 65536, "height": 65536, "photonNoise": 8})).contains("width 65536"));
    assert!(refusal(json!({"level": "2.2"})).contains("undefined"));
    assert!(refusal(json!({"primaries": "BT709", "transfer": "SRGB", "matrix": "Identity"})).contains("color"));
  }

  #[test]
  fn values_out_of_range_are_refused_with_the_range() {
    assert!(refusal(json!({"quantizer": 0})).contains("lossless"));
    assert!(refusal(json!({"quantizer": 256})).contains("1 to 255"));
    assert!(refusal(json!({"speed": 11})).contains("0 to 10"));
    assert!(refusal(json!({"tileRows": 128})).contains("0 to 64"));
    assert!(refusal(json!({"bitDepth": 9})).contains("8, 10 or 12"));
    assert!(refusal(json!({"timeBase": {"num": 0, "den": 25}})).contains("frame rate"));
    assert!(refusal(json!({"timeBase": {"num": 4294967296u64, "den": 25}})).contains("4294967295"));
    assert!(refusal(json!({"sampleAspectRatio": {"num": 0, "den": 1}})).contains("aspect ratio"));
    assert!(refusal(json!({"level": "8.0"})).contains("2.0 to 7.3"));
    assert!(refusal(json!({"level": "1.0"})).contains("2.0 to 7.3"));
    assert!(refusal(json!({"primaries": "bt.709"})).contains("BT709"));
    assert!(refusal(json!({"filmGrainTable": "E 0 1"})).contains("film grain table"));
    assert!(refusal(json!({"contentLight": "70000,1"})).contains("65535"));
  }
}
