//! Zones: ranges of frames with a quantizer, a speed and photon noise of their own. Together they cover the whole video, each
//! begins with a keyframe, and a segment is encoded with what its zone says and nothing else of another zone, but for this:
//! all segments of a video have the same sequence header. Containers hold one (in av1C, or Matroska's CodecPrivate) for the
//! whole track, and at another a decoder starts anew (AV1 specification, section 7.5). Of what zones choose two things stand
//! in it:
//!
//! - whether frames may have film grain: where one zone has photon noise all say so, and each frame of the others says, with
//!   one bit, that it has none;
//! - whether loop restoration is used, which speeds 0 to 7 do and 8 to 10 do not (`SpeedSettings::from_preset`): where one
//!   zone uses it all do.

use super::{invalid, Settings};
use crate::grain;
use crate::guard::{Failure, Outcome};
use rav1e::prelude::EncoderConfig;
use serde::Deserialize;
use std::collections::{HashSet, VecDeque};

/// Reaches to the next zone's first frame, the last one to the video's end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Zone {
  pub first: u64,
  pub speed: u8,
  pub quantizer: usize,
  pub photon_noise: u8,
}

/// What was found when all zones were checked.
pub struct CheckedZones {
  /// Of the zone with most.
  pub lookahead_frames: usize,
}

/// More would not fit in what is sent to workers.
const MOST_ZONES: usize = 10_000;
const SPEEDS: usize = 11;

impl Settings {
  /// The encoder's configuration for a segment that begins with `first_frame`.
  pub fn config_at(&self, first_frame: u64) -> Outcome<EncoderConfig> {
    let after = self.zones.partition_point(|zone| zone.first <= first_frame);
    match after.checked_sub(1) {
      Some(zone) => self.config_with(&self.zones[zone]),
      None => self.config(),
    }
  }

  /// What the document says outside its zones.
  pub(super) fn unzoned(&self) -> Zone {
    let Settings { speed, quantizer, photon_noise, .. } = *self;
    Zone { first: 0, speed, quantizer, photon_noise }
  }

  /// `forced` and the first frames of all zones, ascending.
  pub fn with_zone_starts(&self, forced: VecDeque<u64>) -> VecDeque<u64> {
    let mut frames: Vec<u64> = forced.into_iter().chain(self.zones.iter().map(|zone| zone.first)).collect();
    frames.sort_unstable();
    frames.dedup();
    frames.into()
  }

  /// None where there are none. `whole` is the configuration of the whole video.
  pub(super) fn check_zones(&self, whole: &EncoderConfig) -> Outcome<Option<CheckedZones>> {
    let zones = &self.zones;
    let Some(first) = zones.first() else {
      return Ok(None);
    };
    if zones.len() > MOST_ZONES {
      return Err(invalid(format!("there are {} zones; {MOST_ZONES} is the most", zones.len())));
    }
    if first.first != 0 {
      return Err(invalid(format!("the first zone begins with frame {}, not 0", first.first)));
    }
    if let Some(pair) = zones.windows(2).find(|pair| pair[0].first >= pair[1].first) {
      return Err(invalid(format!("a zone that begins with frame {} comes after {}", pair[1].first, pair[0].first)));
    }
    self.refuse_one_piece(whole)?;
    // The table was read with `whole` and is the same for all: one of a megabyte, read for thousands of zones, takes a minute.
    let untabled = Settings { film_grain_table: None, ..self.clone() };
    let mut lookahead_frames = 0;
    let mut known = HashSet::new();
    for (at, zone) in zones.iter().enumerate() {
      if !known.insert((zone.speed, zone.quantizer, zone.photon_noise)) {
        continue;
      }
      let named = |failure: Failure| Failure::new(failure.code, format!("zone {}: {}", at + 1, failure.message));
      self.check_one_grain(zone.photon_noise).map_err(named)?;
      let config = untabled.config_with(zone).map_err(named)?;
      self.refuse_one_piece(&config)?;
      lookahead_frames = lookahead_frames.max(config.speed_settings.rdo_lookahead_frames);
    }
    Ok(Some(CheckedZones { lookahead_frames }))
  }

  fn refuse_one_piece(&self, config: &EncoderConfig) -> Outcome<()> {
    if self.is_one_piece(config) {
      return Err(invalid(
        "zones need a video that can be cut: not high-bitdepth with 8 bits, nor rdo-lookahead-frames below 4 without \
         low-latency",
      ));
    }
    Ok(())
  }

  /// Makes what stands in the sequence header that of all zones.
  pub(super) fn share_sequence_header(&self, config: &mut EncoderConfig) {
    let mut speeds = [false; SPEEDS];
    let mut has_noise = false;
    for zone in &self.zones {
      if let Some(speed) = speeds.get_mut(usize::from(zone.speed)) {
        *speed = true;
      }
      has_noise |= zone.photon_noise > 0;
    }
    let restores = |speed: usize| EncoderConfig::with_speed_preset(speed as u8).speed_settings.lrf;
    config.speed_settings.lrf |= (0..SPEEDS).any(|speed| speeds[speed] && restores(speed));
    if has_noise && config.film_grain_params.is_none() {
      config.film_grain_params = Some(vec![grain::none()]);
    }
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use crate::settings::sample::document;
  use serde_json::{json, Value};

  const TABLE: &str = "filmgrn1\nE 0 9 1 7 1\n p 0 6 0 8 0 0 0 0 0 0 0 0\n sY 0\n sCb 0\n sCr 0\n cY\n cCb 0\n cCr 0\n";

  fn settings(changes: Value) -> Settings {
    Settings::parse(&document(changes)).unwrap()
  }

  fn zone(first: u64, speed: u8, quantizer: usize, noise: u8) -> Value {
    json!({"first": first, "speed": speed, "quantizer": quantizer, "photonNoise": noise})
  }

  fn refusal(changes: Value) -> String {
    settings(changes).resolve().unwrap_err().message
  }

  #[test]
  fn a_segment_has_the_zone_of_its_first_frame() {
    let zoned = settings(json!({"zones": [zone(0, 9, 80, 0), zone(10, 8, 90, 0), zone(11, 10, 200, 0)]}));
    let quantizers = [0, 9, 10, 11, 12, u64::MAX].map(|frame| zoned.config_at(frame).unwrap().quantizer);
    assert_eq!(quantizers, [80, 80, 90, 200, 200, 200]);
    assert_eq!(settings(json!({"quantizer": 7})).config_at(5).unwrap().quantizer, 7);
  }

  #[test]
  fn a_zone_is_encoded_as_a_video_with_its_settings() {
    let described = |config: EncoderConfig| format!("{config:?}");
    let zoned = settings(json!({"zones": [zone(0, 3, 80, 5), zone(10, 7, 120, 9)]}));
    let plain = settings(json!({"speed": 7, "quantizer": 120, "photonNoise": 9}));
    assert_eq!(described(zoned.config_at(10).unwrap()), described(plain.config().unwrap()));
  }

  #[test]
  fn all_zones_have_one_sequence_header() {
    let header = |config: &EncoderConfig| {
      let grain = config.film_grain_params.as_ref().is_some_and(|entries| !entries.is_empty());
      (config.speed_settings.lrf, config.speed_settings.cdef, grain)
    };
    for speed in 0..=10 {
      for other in 0..=10 {
        for noise in [0, 8] {
          let zoned = settings(json!({"zones": [zone(0, speed, 80, 0), zone(10, other, 120, noise)]}));
          let of = |frame| header(&zoned.config_at(frame).unwrap());
          assert_eq!(of(0), of(10), "speeds {speed} and {other}, noise {noise}");
          assert_eq!(of(0), (speed.min(other) <= 7, true, noise > 0));
        }
      }
    }
  }

  #[test]
  fn the_lookahead_is_that_of_the_zone_with_most() {
    let resolved = settings(json!({"speed": 10, "zones": [zone(0, 9, 80, 0), zone(10, 2, 80, 0), zone(20, 6, 80, 0)]}));
    assert_eq!(resolved.resolve().unwrap().rdo_lookahead_frames, 40);
  }

  #[test]
  fn what_is_no_list_of_zones_is_refused() {
    assert!(refusal(json!({"zones": [zone(1, 9, 80, 0)]})).contains("begins with frame 1, not 0"));
    assert!(refusal(json!({"zones": [zone(0, 9, 80, 0), zone(0, 9, 90, 0)]})).contains("frame 0 comes after 0"));
    assert!(refusal(json!({"zones": [zone(0, 9, 80, 0), zone(5, 11, 90, 0)]})).contains("zone 2: speed 11 must be"));
    assert!(refusal(json!({"zones": [zone(0, 9, 0, 0)]})).contains("zone 1: quantizer 0 is lossless"));
    assert!(refusal(json!({"zones": [zone(0, 9, 80, 65)]})).contains("zone 1: photon-noise 65 must be"));
    let grain = json!({"zones": [zone(0, 9, 80, 0), zone(5, 9, 80, 1)], "filmGrainTable": TABLE});
    assert!(refusal(grain).contains("zone 2: photon-noise and film-grain-table exclude"));
    let many: Vec<Value> = (0..10_001).map(|first| zone(first, 9, 80, 0)).collect();
    assert!(refusal(json!({ "zones": many })).contains("10001 zones"));
    assert!(Settings::parse(&document(json!({"zones": [{"first": 0}]}))).is_err());
    assert!(Settings::parse(&document(json!({"zones": [zone(0, 9, 80, 0)], "zone": 1}))).is_err());
  }

  #[test]
  fn a_video_in_one_piece_has_no_zones() {
    let zones = json!([zone(0, 6, 80, 0), zone(9, 6, 90, 0)]);
    assert!(refusal(json!({"speed": 6, "highBitdepth": true, "zones": zones})).contains("can be cut"));
    assert!(refusal(json!({"rdoLookaheadFrames": 3, "zones": zones})).contains("can be cut"));
    assert!(settings(json!({"rdoLookaheadFrames": 3, "lowLatency": true, "zones": zones})).resolve().is_ok());
    // The detector's speed would let it be cut, a zone's does not.
    assert!(refusal(json!({"speed": 10, "highBitdepth": true, "zones": zones})).contains("can be cut"));
  }

  #[test]
  fn zones_begin_with_keyframes_among_those_that_are_forced() {
    let zoned = settings(json!({"zones": [zone(0, 9, 80, 0), zone(10, 8, 90, 0)]}));
    let merged = |forced: &[u64]| zoned.with_zone_starts(forced.iter().copied().collect());
    assert_eq!(merged(&[]), [0, 10]);
    assert_eq!(merged(&[3, 10, 12]), [0, 3, 10, 12]);
    assert!(settings(json!({})).with_zone_starts(VecDeque::new()).is_empty());
  }
}
