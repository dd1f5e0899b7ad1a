//! Finds the keyframes where rav1e's own look-ahead would put them (`ContextInner::send_frame`,
//! `compute_keyframe_placement`, `next_keyframe_input_frameno`).
//!
//! Frame `i` is decided with the frames `i - 1` to `i + distance + 1` at hand; at the end of the video with what is left.
//! Without low latency the detector never cuts in the last five frames, but the encoder still does when `keyint`
//! frames have passed since the last keyframe: that is decided here too.
//!
//! A caller may force keyframes. They are placed as if the detector had cut there: distances count from them, and the
//! detector sees the frame as any other. (rav1e's API keeps a forced frame from its detector, which then takes each of the
//! five frames behind it for the one before; its command forces none, so there is nothing to be equal to.)

use crate::planes::RawFrame;
use av_scenechange::{CpuFeatureLevel, Rational32, SceneChangeDetector};
use rav1e::prelude::{ChromaSampling, EncoderConfig, Frame, Pixel, SceneDetectionSpeed};
use std::collections::VecDeque;
use std::sync::Arc;

/// rav1e's padding of a luma plane: a superblock and what motion search and filters reach beyond (src/frame/mod.rs).
pub(super) const LUMA_PADDING: usize = 64 + 16 + 8;

/// rav1e's `keyframe_lookahead_distance`: a reordering group and one more.
fn lookahead_distance(low_latency: bool) -> u64 {
  if low_latency {
    2
  } else {
    5
  }
}

/// A look-ahead in whatever sample width the video needs.
pub trait Placement: Send {
  fn push(&mut self, raw: &RawFrame, data: &[u8], flags: &mut Vec<bool>);
  fn finish(&mut self, flags: &mut Vec<bool>);
}

pub struct Lookahead<T: Pixel> {
  detector: SceneChangeDetector<T>,
  /// The frames from the one before the next to decide.
  queue: VecDeque<Arc<Frame<T>>>,
  /// In the place of each frame where no scenes are looked for: then only how many there are counts.
  unseen: Option<Arc<Frame<T>>>,
  config: EncoderConfig,
  distance: u64,
  received: u64,
  /// The next frame to decide.
  next: u64,
  last_keyframe: u64,
  /// Frames that are keyframes whatever is found, ascending; those behind us are gone.
  forced: VecDeque<u64>,
}

impl<T: Pixel> Lookahead<T> {
  pub fn new(config: EncoderConfig, level: CpuFeatureLevel, forced: VecDeque<u64>) -> Self {
    let distance = lookahead_distance(config.low_latency);
    let detector = SceneChangeDetector::new(
      (config.width, config.height),
      config.bit_depth,
      Rational32::new(config.time_base.den as i32, config.time_base.num as i32),
      config.chroma_sampling,
      distance as usize,
      match config.speed_settings.scene_detection_mode {
        SceneDetectionSpeed::Standard => av_scenechange::SceneDetectionSpeed::Standard,
        SceneDetectionSpeed::Fast => av_scenechange::SceneDetectionSpeed::Fast,
        SceneDetectionSpeed::None => av_scenechange::SceneDetectionSpeed::None,
      },
      config.min_key_frame_interval as usize,
      config.max_key_frame_interval as usize,
      level,
    );
    let is_blind = config.speed_settings.scene_detection_mode == SceneDetectionSpeed::None;
    let unseen = is_blind.then(|| Arc::new(Frame::new_with_padding(8, 8, ChromaSampling::Cs400, LUMA_PADDING)));
    let queue = VecDeque::new();
    Lookahead { detector, queue, unseen, config, distance, received: 0, next: 1, last_keyframe: 0, forced }
  }

  /// What the detector looks at.
  fn seen(&self, raw: &RawFrame, data: &[u8]) -> Frame<T> {
    let EncoderConfig { width, height, .. } = self.config;
    // Luma alone, whatever the video has.
    let mut frame = Frame::new_with_padding(width, height, ChromaSampling::Cs400, LUMA_PADDING);
    raw.copy_luma(data, &mut frame);
    // As rav1e pads what it is sent; the detector searches beyond the edges too.
    frame.planes[0].pad(width, height);
    frame
  }

  /// Decides frame `next` with all frames that are queued.
  fn decide(&mut self, flags: &mut Vec<bool>) {
    let frames: Vec<_> = self.queue.iter().collect();
    let detected = self.detector.analyze_next_frame(&frames, self.next as usize, self.last_keyframe as usize);
    while self.forced.front().is_some_and(|&frame| frame < self.next) {
      self.forced.pop_front();
    }
    let keyframe = detected
      || self.next - self.last_keyframe == self.config.max_key_frame_interval
      || self.forced.front() == Some(&self.next);
    if keyframe {
      self.last_keyframe = self.next;
    }
    flags.push(keyframe);
    self.queue.pop_front();
    self.next += 1;
  }
}

impl<T: Pixel> Placement for Lookahead<T> {
  fn push(&mut self, raw: &RawFrame, data: &[u8], flags: &mut Vec<bool>) {
    let frame = self.unseen.clone().unwrap_or_else(|| Arc::new(self.seen(raw, data)));
    self.queue.push_back(frame);
    self.received += 1;
    if self.received == 1 {
      flags.push(true);
    } else if self.received - 1 > self.next + self.distance {
      self.decide(flags);
    }
  }

  fn finish(&mut self, flags: &mut Vec<bool>) {
    while self.queue.len() >= 2 {
      self.decide(flags);
    }
    self.queue.clear();
  }
}
