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

use crate::guard::{catch, Code, Failure, Outcome};
use crate::planes::RawFrame;
use crate::settings::Settings;
use av_scenechange::{CpuFeatureLevel, Rational32, SceneChangeDetector};
use rav1e::prelude::{ChromaSampling, EncoderConfig, Frame, Pixel, SceneDetectionSpeed};
use std::collections::VecDeque;
use std::sync::Arc;

/// rav1e's padding of a luma plane: a superblock and what motion search and filters reach beyond (src/frame/mod.rs).
const LUMA_PADDING: usize = 64 + 16 + 8;

/// rav1e's `keyframe_lookahead_distance`: a reordering group and one more.
fn lookahead_distance(low_latency: bool) -> u64 {
  if low_latency {
    2
  } else {
    5
  }
}

trait Placement: Send {
  fn push(&mut self, raw: &RawFrame, data: &[u8], flags: &mut Vec<bool>);
  fn finish(&mut self, flags: &mut Vec<bool>);
}

struct Lookahead<T: Pixel> {
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
  fn new(config: EncoderConfig, level: CpuFeatureLevel, forced: VecDeque<u64>) -> Self {
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

#[cfg(test)]
mod tests {
  use super::*;
  use crate::settings::tests::document;
  use rav1e::prelude::Config;
  use serde_json::json;

  #[test]
  fn frames_are_padded_as_rav1es_own_are() {
    for sampling in [ChromaSampling::Cs420, ChromaSampling::Cs444, ChromaSampling::Cs400] {
      let config = EncoderConfig { width: 70, height: 50, chroma_sampling: sampling, ..Default::default() };
      let own = Config::new().with_encoder_config(config).new_context::<u8>().unwrap().new_frame();
      let ours = Frame::<u8>::new_with_padding(70, 50, ChromaSampling::Cs400, LUMA_PADDING);
      assert_eq!(own.planes[0].cfg, ours.planes[0].cfg);
    }
  }

  fn detector(changes: serde_json::Value, forced: &[u64]) -> Outcome<Detector> {
    Detector::new(&Settings::parse(&document(changes)).unwrap(), forced.iter().copied().collect())
  }

  fn detect(changes: serde_json::Value, frames: usize, level: impl Fn(usize) -> u8) -> Vec<usize> {
    detect_forced(changes, &[], frames, level)
  }

  fn detect_forced(
    changes: serde_json::Value,
    forced: &[u64],
    frames: usize,
    level: impl Fn(usize) -> u8,
  ) -> Vec<usize> {
    let mut detector = detector(changes, forced).unwrap();
    let mut flags = Vec::new();
    for frame in 0..frames {
      let data: Vec<u8> = (0..64 * 48 * 3 / 2).map(|i| level(frame).wrapping_add((i % 7) as u8)).collect();
      flags.extend(detector.push(&data).unwrap());
    }
    flags.extend(detector.finish().unwrap());
    assert_eq!(flags.len(), frames);
    assert!(detector.finish().unwrap().is_empty());
    (0..frames).filter(|&frame| flags[frame]).collect()
  }

  #[test]
  fn every_frame_is_decided_once_whatever_the_length() {
    for frames in 0..30 {
      for low_latency in [false, true] {
        let keyframes = detect(json!({"lowLatency": low_latency, "keyint": 1}), frames, |_| 60);
        assert_eq!(keyframes, (0..frames).collect::<Vec<_>>(), "{frames} frames, low latency {low_latency}");
      }
    }
  }

  #[test]
  fn the_largest_interval_holds_to_the_last_frame() {
    for frames in 1..40 {
      let keyframes = detect(json!({"keyint": 7, "minKeyint": 7}), frames, |_| 60);
      assert_eq!(keyframes, (0..frames).step_by(7).collect::<Vec<_>>(), "{frames} frames");
    }
  }

  #[test]
  fn a_cut_is_a_keyframe_and_two_too_close_are_one() {
    let scenes = |frame| [20, 200, 90][usize::from(frame >= 20) + usize::from(frame >= 25)];
    assert_eq!(detect(json!({"minKeyint": 12}), 60, scenes), [0, 20]);
    assert_eq!(detect(json!({"noSceneDetection": true}), 60, scenes), [0]);
  }

  #[test]
  fn a_forced_frame_is_a_keyframe_wherever_it_is() {
    let still = |_| 60;
    for low_latency in [false, true] {
      for no_detection in [false, true] {
        let changes = json!({"lowLatency": low_latency, "noSceneDetection": no_detection, "keyint": 0});
        for frame in 1..30 {
          assert_eq!(detect_forced(changes.clone(), &[frame], 30, still), [0, frame as usize]);
        }
      }
    }
    let all: Vec<u64> = (0..30).collect();
    assert_eq!(detect_forced(json!({}), &all, 30, still), (0..30).collect::<Vec<_>>());
    assert_eq!(detect_forced(json!({}), &[3, 30, 1 << 60], 30, still), [0, 3]);
  }

  #[test]
  fn distances_count_from_a_forced_frame() {
    let scenes = |frame| [20, 200, 90][usize::from(frame >= 20) + usize::from(frame >= 40)];
    let changes = json!({"minKeyint": 12, "keyint": 25});
    assert_eq!(detect(changes.clone(), 80, scenes), [0, 20, 40, 65]);
    // Too near to the cut at 20, which is none then; the next is due 25 frames after it at the latest.
    assert_eq!(detect_forced(changes.clone(), &[9], 80, scenes), [0, 9, 34, 59]);
    assert_eq!(detect_forced(changes.clone(), &[8], 80, scenes), [0, 8, 20, 40, 65]);
    assert_eq!(detect_forced(changes, &[20, 40], 80, scenes), [0, 20, 40, 65]);
  }

  #[test]
  fn a_forced_frame_moves_no_cut_elsewhere() {
    let scenes = |frame| (frame / 20 % 3 * 80) as u8;
    let changes = json!({"minKeyint": 1, "keyint": 0, "speed": 6});
    let cuts = detect(changes.clone(), 100, scenes);
    assert_eq!(cuts, [0, 20, 40, 60, 80]);
    for forced in [1, 5, 19, 50, 59, 61] {
      let mut expected = cuts.clone();
      expected.push(forced as usize);
      expected.sort_unstable();
      assert_eq!(detect_forced(changes.clone(), &[forced], 100, scenes), expected);
    }
  }

  #[test]
  fn a_video_in_one_piece_takes_no_forced_keyframe() {
    let changes = json!({"rdoLookaheadFrames": 1});
    assert_eq!(detector(changes.clone(), &[7]).err().unwrap().code, Code::InvalidSettings);
    assert_eq!(detect_forced(changes, &[0], 30, |_| 60), [0]);
  }

  #[test]
  fn video_without_chroma_is_decided_too() {
    let mut detector = detector(json!({"chromaSampling": "4:0:0"}), &[]).unwrap();
    for _ in 0..9 {
      detector.push(&[50; 64 * 48]).unwrap();
    }
    assert_eq!(detector.finish().unwrap().len(), 6);
  }

  #[test]
  fn misuse_is_an_error_code() {
    for forced in [&[5, 5][..], &[7, 3], &[0, 0]] {
      assert_eq!(detector(json!({}), forced).err().unwrap().code, Code::InvalidArgument);
    }
    let mut detector = detector(json!({}), &[]).unwrap();
    assert_eq!(detector.push(&[0; 10]).unwrap_err().code, Code::InvalidArgument);
    detector.finish().unwrap();
    assert_eq!(detector.push(&vec![0; 64 * 48 * 3 / 2]).unwrap_err().code, Code::WrongState);
  }
}
