//! What rav1e's placement comes to, seen from outside.

use super::placement::LUMA_PADDING;
use super::*;
use crate::settings::sample::document;
use rav1e::prelude::{ChromaSampling, Config, EncoderConfig, Frame};
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

fn detect_forced(changes: serde_json::Value, forced: &[u64], frames: usize, level: impl Fn(usize) -> u8) -> Vec<usize> {
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
