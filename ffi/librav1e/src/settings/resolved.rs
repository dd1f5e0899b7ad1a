//! What follows from settings, for those who plan, size memory or write containers: rav1e's own arithmetic, so that nobody
//! repeats it. What resolves can be encoded: rav1e has made an encoder of it.

use super::{invalid, Ratio, Settings};
use crate::grain;
use crate::guard::{catch, Code, Outcome};
use crate::planes::RawFrame;
use rav1e::prelude::*;
use serde::Serialize;

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

impl Settings {
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
      frame_bytes: RawFrame::new(&config).bytes(),
      one_piece: self.is_one_piece(&config),
      grain_entries: config.film_grain_params.as_ref().map_or(0, Vec::len),
      grain_unread_from_line: self.film_grain_table.as_deref().and_then(grain::unread_from_line),
      av1c: header.map_err(|error| invalid(error.to_string()))?.iter().map(|byte| format!("{byte:02x}")).collect(),
      description: config.to_string(),
    })
  }
}

#[cfg(test)]
mod tests {
  use super::super::sample::document;
  use super::*;
  use serde_json::json;

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
