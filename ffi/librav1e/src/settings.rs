//! The settings document and what rav1e makes of it.
//!
//! The document (JSON, every field present, none unknown) carries rav1e's own options by its own names; the defaults are
//! the caller's. [`Settings::config`] repeats what `rav1e` 0.8.1 does between its command line and its encoder
//! (src/bin/common.rs `parse_config`, src/bin/rav1e.rs `run`): tune Psychovisual clears `tx_domain_distortion`,
//! the minimum keyframe interval is clamped, photon noise becomes a grain table without an end.

mod zones;

use crate::grain;
use crate::guard::{catch, Code, Failure, Outcome};
use rav1e::prelude::*;
use serde::{Deserialize, Serialize};
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

/// What the settings come to, for those who plan, size memory or write containers. Serialised as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
  pub tile_cols: usize,
  pub tile_rows: usize,
  /// Frames between keyframes at the most; rav1e's own limit where the document says 0.
  pub keyint: u64,
  pub min_keyint: u64,
  /// Of the zone with most.
  pub rdo_lookahead_frames: usize,
  pub scene_detection: &'static str,
  /// Bytes of one raw frame.
  pub frame_bytes: usize,
  /// Whether the video cannot be cut without changing its bytes: see [`Settings::is_one_piece`].
  pub one_piece: bool,
  /// Entries of the film grain table that apply grain.
  pub grain_entries: usize,
  /// The line of the film grain table from which on rav1e reads nothing and says nothing.
  pub grain_unread_from_line: Option<usize>,
  /// The first four bytes of an AV1CodecConfigurationRecord, in hexadecimal.
  pub av1c: String,
  /// rav1e's own line on the encoder's settings.
  pub description: String,
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
    .map_err(|known: String| invalid(format!("{name} '{value}' is not known; {}", known.replace(" ,", ", "))))
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

  /// The encoder's configuration for a whole video; its zones have their own ([`Settings::config_at`]).
  pub fn config(&self) -> Outcome<EncoderConfig> {
    self.config_with(&self.unzoned())
  }

  /// The same with what differs by zone.
  fn config_with(&self, &Zone { speed, quantizer, photon_noise, .. }: &Zone) -> Outcome<EncoderConfig> {
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
    self.describe_grain(&mut config, photon_noise)?;
    self.share_sequence_header(&mut config);
    Config::new().with_encoder_config(config.clone()).validate().map_err(|error| invalid(error.to_string()))?;
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
      other => return Err(invalid(format!("chroma sampling '{other}' is not 4:0:0, 4:2:0, 4:2:2 or 4:4:4"))),
    };
    config.chroma_sample_position = match self.chroma_sample_position.as_str() {
      "unknown" => ChromaSamplePosition::Unknown,
      "vertical" => ChromaSamplePosition::Vertical,
      "colocated" => ChromaSamplePosition::Colocated,
      other => return Err(invalid(format!("chroma sample position '{other}' is not unknown, vertical or colocated"))),
    };
    Ok(())
  }

  fn describe_colour(&self, config: &mut EncoderConfig) -> Outcome<()> {
    config.pixel_range = named("range", &self.range)?;
    let description = ColorDescription {
      color_primaries: named("primaries", &self.primaries)?,
      transfer_characteristics: named("transfer", &self.transfer)?,
      matrix_coefficients: named("matrix", &self.matrix)?,
    };
    let unspecified = description.color_primaries == ColorPrimaries::Unspecified
      && description.transfer_characteristics == TransferCharacteristics::Unspecified
      && description.matrix_coefficients == MatrixCoefficients::Unspecified;
    config.color_description = (!unspecified).then_some(description);
    config.mastering_display = self.mastering_display.as_deref().map(mastering_display).transpose()?;
    config.content_light = self.content_light.as_deref().map(content_light).transpose()?.flatten();
    Ok(())
  }

  fn describe_grain(&self, config: &mut EncoderConfig, photon_noise: u8) -> Outcome<()> {
    if let Some(text) = &self.film_grain_table {
      if photon_noise > 0 {
        return Err(invalid("photon-noise and film-grain-table exclude each other"));
      }
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

  /// Columns and rows of tiles.
  fn tiling(&self, whole: &Config) -> Outcome<(usize, usize)> {
    let tiling = || whole.tiling_info().map(|tiling| (tiling.cols, tiling.rows));
    catch(|| tiling().map_err(|error| invalid(error.to_string()))).map_err(|failure| {
      // TilingInfo::from_target_tiles clamps the rows of tiles to what AV1's tile rate asks for and to what there is, in
      // this order: where the one is above the other it panics.
      if failure.code == Code::Panicked && failure.message.contains("min > max") {
        let Settings { width, height, time_base: Ratio { num, den }, .. } = self;
        invalid(format!("a frame rate of {den}/{num} is too high for {width}x{height}: rav1e finds no tiles for it"))
      } else {
        failure
      }
    })
  }

  /// Everything that follows from the settings. Makes (and drops) an encoder, so that its own checks run as well.
  pub fn resolve(&self) -> Outcome<Resolved> {
    let config = self.config()?;
    let zones = self.check_zones(&config)?;
    let whole = Config::new().with_encoder_config(config.clone());
    let (tile_cols, tile_rows) = self.tiling(&whole)?;
    let header = if self.is_wide() {
      whole.new_context::<u16>().map(|context| context.container_sequence_header())
    } else {
      whole.new_context::<u8>().map(|context| context.container_sequence_header())
    };
    Ok(Resolved {
      tile_cols,
      tile_rows,
      keyint: config.max_key_frame_interval,
      min_keyint: config.min_key_frame_interval,
      rdo_lookahead_frames: zones.map_or(config.speed_settings.rdo_lookahead_frames, |found| found.lookahead_frames),
      scene_detection: match config.speed_settings.scene_detection_mode {
        SceneDetectionSpeed::Standard => "standard",
        SceneDetectionSpeed::Fast => "fast",
        SceneDetectionSpeed::None => "none",
      },
      frame_bytes: crate::planes::RawFrame::new(&config).bytes(),
      one_piece: self.is_one_piece(&config),
      grain_entries: config.film_grain_params.as_ref().map_or(0, Vec::len),
      grain_unread_from_line: self.film_grain_table.as_deref().and_then(grain::unread_from_line),
      av1c: header.map_err(|error| invalid(error.to_string()))?.iter().map(|byte| format!("{byte:02x}")).collect(),
      description: config.to_string(),
    })
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

/// `seq_level_idx` (AV1 specification, annex A.3) of rav1e's notation.
fn level_index(text: &str) -> Outcome<Option<u8>> {
  match text {
    "auto" => return Ok(None),
    "unconstrained" => return Ok(Some(31)),
    _ => {}
  }
  let parsed = text.split_once('.').and_then(|(major, minor)| Some((digits::<u8>(major)?, digits::<u8>(minor)?)));
  match parsed {
    Some((major @ 2..=7, minor @ 0..=3)) => Ok(Some(((major - 2) << 2) + minor)),
    _ => Err(invalid(format!("level '{text}' must be 2.0 to 7.3, auto or unconstrained"))),
  }
}

/// A whole number of digits alone: no sign, no space.
fn digits<T: FromStr>(text: &str) -> Option<T> {
  text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn content_light(text: &str) -> Outcome<Option<ContentLight>> {
  let parsed = text.split_once(',').and_then(|(cll, fall)| Some((digits(cll.trim())?, digits(fall.trim())?)));
  let Some((max_content_light_level, max_frame_average_light_level)) = parsed else {
    return Err(invalid(format!("content-light '{text}' must be two whole numbers up to 65535, as in 1000,400")));
  };
  let given = max_content_light_level != 0 || max_frame_average_light_level != 0;
  Ok(given.then_some(ContentLight { max_content_light_level, max_frame_average_light_level }))
}

/// Reads `G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)`; fixed point as the AV1 specification, section 6.7.4, has it.
fn mastering_display(text: &str) -> Outcome<MasteringDisplay> {
  let malformed = || {
    invalid(format!(
      "mastering-display '{text}' must read G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min), \
       as in G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)"
    ))
  };
  let mut rest = text.trim();
  let mut pair = |name: &str| -> Option<(f64, f64)> {
    let (inside, after) = rest.strip_prefix(name)?.strip_prefix('(')?.split_once(')')?;
    rest = after.trim_start();
    let (first, second) = inside.split_once(',')?;
    Some((first.trim().parse().ok()?, second.trim().parse().ok()?))
  };
  let mut read = |name| pair(name).ok_or_else(malformed);
  let (green, blue, red, white, luminance) = (read("G")?, read("B")?, read("R")?, read("WP")?, read("L")?);
  if !rest.is_empty() {
    return Err(malformed());
  }
  for (x, y) in [green, blue, red, white] {
    if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
      return Err(invalid(format!(
        "mastering-display has the chromaticity ({x},{y}), which must be 0 to 1 \
         (x265's whole numbers are these times 50000, and its luminance times 10000)"
      )));
    }
  }
  let luminances = 0.0..=f64::from(u32::MAX >> 8);
  if !luminances.contains(&luminance.0) || !(0.0..=f64::from(u32::MAX >> 14)).contains(&luminance.1) {
    return Err(invalid(format!(
      "mastering-display has the luminances {} and {} cd/m2, which must be 0 to 16777215 and 0 to 262143",
      luminance.0, luminance.1
    )));
  }
  let chromaticity =
    |(x, y): (f64, f64)| ChromaticityPoint { x: (x * 65536.0).round() as u16, y: (y * 65536.0).round() as u16 };
  Ok(MasteringDisplay {
    primaries: [chromaticity(red), chromaticity(green), chromaticity(blue)],
    white_point: chromaticity(white),
    max_luminance: (luminance.0 * 256.0).round() as u32,
    min_luminance: (luminance.1 * 16384.0).round() as u32,
  })
}

#[cfg(test)]
pub mod tests {
  use super::*;
  use serde_json::{json, Value};

  /// A small document that rav1e accepts, with some fields replaced.
  pub fn document(changes: Value) -> Vec<u8> {
    let mut settings = json!({
      "width": 64, "height": 48, "bitDepth": 8, "chromaSampling": "4:2:0", "chromaSamplePosition": "unknown",
      "sampleAspectRatio": {"num": 1, "den": 1}, "timeBase": {"num": 1, "den": 25},
      "speed": 10, "quantizer": 100, "minKeyint": 12, "keyint": 240, "switchFrameInterval": 0, "lowLatency": false,
      "rdoLookaheadFrames": null, "scdSpeed": null, "noSceneDetection": false, "tune": "Psychovisual",
      "stillPicture": false, "tiles": 0, "tileRows": 0, "tileCols": 0, "range": "Limited",
      "primaries": "Unspecified", "transfer": "Unspecified", "matrix": "Unspecified", "masteringDisplay": null,
      "contentLight": null, "level": null, "photonNoise": 0, "filmGrainTable": null, "highBitdepth": false,
      "zones": []
    });
    for (name, value) in changes.as_object().unwrap() {
      settings[name] = value.clone();
    }
    settings.to_string().into_bytes()
  }

  fn config(changes: Value) -> Outcome<EncoderConfig> {
    Settings::parse(&document(changes))?.config()
  }

  fn refusal(changes: Value) -> String {
    let failure = config(changes).expect_err("must be refused");
    assert_eq!(failure.code, Code::InvalidSettings);
    assert!(!failure.message.contains('\n'), "{}", failure.message);
    failure.message
  }

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

  #[test]
  fn names_are_matched_in_any_case() {
    let colours = config(json!({"primaries": "bt2020", "transfer": "smpte2084", "matrix": "BT2020NCL"})).unwrap();
    assert!(colours.is_hdr());
  }

  #[test]
  fn mastering_display_is_fixed_point_as_the_specification_has_it() {
    let text = "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)";
    let display = config(json!({"masteringDisplay": text})).unwrap().mastering_display.unwrap();
    assert_eq!((display.primaries[0].x, display.primaries[1].x, display.primaries[2].y), (44564, 17367, 3932));
    assert_eq!((display.white_point.y, display.max_luminance, display.min_luminance), (21561, 256_000, 2));
    assert!(refusal(
      json!({"masteringDisplay": "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"})
    )
    .contains("x265"));
    for broken in ["", "G(0.2,0.3)", "G(1,1)B(1,1)R(1,1)WP(1,1)L(1,nan)", "G(a,1)B(1,1)R(1,1)WP(1,1)L(1,1)"] {
      refusal(json!({ "masteringDisplay": broken }));
    }
  }

  #[test]
  fn documents_with_missing_unknown_or_mistyped_fields_are_refused() {
    assert!(refusal(json!({"bitrate": 5})).contains("bitrate"));
    assert!(refusal(json!({"speed": "6"})).contains("speed") || refusal(json!({"speed": "6"})).contains("string"));
    assert!(refusal(json!({"speed": -1})).contains("settings document"));
    assert_eq!(Settings::parse(b"{}").unwrap_err().code, Code::InvalidSettings);
    assert_eq!(Settings::parse(b"\xff").unwrap_err().code, Code::InvalidSettings);
  }

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

  #[test]
  fn a_frame_rate_that_no_tiles_serve_is_refused_by_its_numbers() {
    let changes = json!({"timeBase": {"num": 1, "den": 1_000_000}, "width": 640, "height": 360});
    let failure = Settings::parse(&document(changes)).unwrap().resolve().unwrap_err();
    assert_eq!(failure.message, "a frame rate of 1000000/1 is too high for 640x360: rav1e finds no tiles for it");
  }

  #[test]
  fn resolving_tells_tiles_lookahead_and_the_container_header() {
    let settings = Settings::parse(&document(json!({"width": 640, "height": 360, "tiles": 4, "speed": 6}))).unwrap();
    let resolved = settings.resolve().unwrap();
    assert_eq!((resolved.tile_cols * resolved.tile_rows, resolved.scene_detection), (4, "standard"));
    assert_eq!((resolved.frame_bytes, resolved.av1c.len()), (640 * 360 * 3 / 2, 8));
    assert!(resolved.av1c.starts_with("81"));
  }
}
