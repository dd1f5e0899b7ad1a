//! The scene detector as a caller drives it: frames in, decisions out, each frame decided once and in order. What decides is
//! rav1e's own detector, placed as its look-ahead places it ([`placement`]), on one thread, whatever the number of cores.

mod placement;
#[cfg(test)]
mod tests;

use crate::guard::{catch, Code, Failure, Outcome};
use crate::planes::RawFrame;
use crate::settings::Settings;
use av_scenechange::CpuFeatureLevel;
use placement::{Lookahead, Placement};
use rav1e::prelude::SceneDetectionSpeed;
use std::collections::VecDeque;

pub struct Detector {
  placement: Box<dyn Placement>,
  raw: RawFrame,
  /// The detector's crate spreads over rayon's global pool, a thread a core, unless it runs inside another.
  pool: rayon::ThreadPool,
  still_picture: bool,
  received: u64,
  finished: bool,
}

impl Detector {
  /// `forced` are frames that become keyframes in any case, ascending; those that never come count for nothing. So do the
  /// first frames of zones.
  pub fn new(settings: &Settings, forced: VecDeque<u64>) -> Outcome<Self> {
    if forced.iter().zip(forced.iter().skip(1)).any(|(frame, next)| frame >= next) {
      return Err(Failure::new(Code::InvalidArgument, "forced keyframes must ascend"));
    }
    let forced = settings.with_zone_starts(forced);
    let mut config = settings.config()?;
    let raw = RawFrame::new(&config);
    if settings.is_one_piece(&config) {
      if forced.iter().any(|&frame| frame > 0) {
        let message = "keyframes cannot be forced in a video that has to be encoded in one piece";
        return Err(Failure::new(Code::InvalidSettings, message));
      }
      config.speed_settings.scene_detection_mode = SceneDetectionSpeed::None;
      config.max_key_frame_interval = u64::MAX;
    }
    // Where rav1e's detector runs it is built without assembly; the assembly decides the same but for such samples.
    let level = if settings.is_widened() { CpuFeatureLevel::RUST } else { CpuFeatureLevel::default() };
    let pool = rayon::ThreadPoolBuilder::new()
      .num_threads(1)
      .thread_name(|_| "scene detection".to_owned())
      .build()
      .map_err(|error| Failure::new(Code::EncoderFailure, format!("cannot start the detector's thread: {error}")))?;
    let still_picture = config.still_picture;
    let placement: Box<dyn Placement> = if settings.is_wide() {
      Box::new(Lookahead::<u16>::new(config, level, forced))
    } else {
      Box::new(Lookahead::<u8>::new(config, level, forced))
    };
    Ok(Detector { placement, raw, pool, still_picture, received: 0, finished: false })
  }

  /// Takes the next frame; gives the decisions that became possible, in frame order, true for a keyframe.
  pub fn push(&mut self, data: &[u8]) -> Outcome<Vec<bool>> {
    if self.finished {
      return Err(Failure::new(Code::WrongState, format!("frame {} was pushed after the end", self.received)));
    }
    if self.still_picture && self.received == 1 {
      return Err(Failure::new(Code::WrongState, "a still picture has one frame"));
    }
    self.raw.check(data)?;
    self.received += 1;
    let Detector { placement, raw, pool, .. } = self;
    // Caught on the pool's thread, where a panic leaves its place.
    pool.install(|| {
      catch(|| {
        let mut flags = Vec::new();
        placement.push(raw, data, &mut flags);
        Ok(flags)
      })
    })
  }

  /// Ends the video; gives the decisions on all frames that were left. Twice gives none.
  pub fn finish(&mut self) -> Outcome<Vec<bool>> {
    self.finished = true;
    let Detector { placement, pool, .. } = self;
    pool.install(|| {
      catch(|| {
        let mut flags = Vec::new();
        placement.finish(&mut flags);
        Ok(flags)
      })
    })
  }
}
