//! The C ABI as a foreign caller uses and misuses it.

use rav1e_by_gop::abi::*;
use std::ptr::{null, null_mut};

const WIDTH: usize = 64;
const HEIGHT: usize = 48;
const FRAME_BYTES: usize = WIDTH * HEIGHT * 3 / 2;

fn document(more: &str) -> String {
  format!(
    r#"{{"width":{WIDTH},"height":{HEIGHT},"bitDepth":8,"chromaSampling":"4:2:0","chromaSamplePosition":"unknown",
    "sampleAspectRatio":{{"num":1,"den":1}},"timeBase":{{"num":1,"den":25}},"quantizer":100,"minKeyint":12,
    "keyint":240,"switchFrameInterval":0,"lowLatency":false,"rdoLookaheadFrames":null,"scdSpeed":null,
    "noSceneDetection":false,"tune":"Psychovisual","stillPicture":false,"tiles":0,"tileRows":0,"tileCols":0,
    "range":"Limited","primaries":"Unspecified","transfer":"Unspecified","matrix":"Unspecified",
    "masteringDisplay":null,"contentLight":null,"level":null,"photonNoise":0,"filmGrainTable":null,
    "highBitdepth":false,"zones":[]{more}}}"#
  )
}

fn encoder() -> i64 {
  let json = document(r#","speed":10"#);
  let id = unsafe { rbg_encoder_new(json.as_ptr(), json.len(), 0) };
  assert!(id > 0, "{}", last_error());
  id
}

fn text(read: impl Fn(*mut u8, usize) -> i64) -> String {
  let length = read(null_mut(), 0);
  let mut bytes = vec![0; usize::try_from(length).expect("a length")];
  assert_eq!(read(bytes.as_mut_ptr(), bytes.len()), length);
  String::from_utf8(bytes).unwrap()
}

fn last_error() -> String {
  text(|out, capacity| unsafe { rbg_last_error(out, capacity) })
}

fn frame(number: usize) -> Vec<u8> {
  (0..FRAME_BYTES).map(|i| ((i * 3 + number * 5) % 199) as u8).collect()
}

/// Drives an encoder to its end; gives each packet's frame number, whether it is a keyframe, and its bytes.
fn encode(id: i64, frames: usize) -> Vec<(u64, bool, Vec<u8>)> {
  let (mut sent, mut packets) = (0, Vec::new());
  loop {
    let mut info = [0u64; 4];
    match unsafe { rbg_encoder_receive(id, info.as_mut_ptr()) } {
      0 if sent < frames => {
        let data = frame(sent);
        assert_eq!(unsafe { rbg_encoder_send(id, data.as_ptr(), data.len()) }, 0, "{}", last_error());
        sent += 1;
      }
      0 => assert_eq!(rbg_encoder_flush(id), 0),
      1 => {
        let mut bytes = vec![0; info[0] as usize];
        let length = unsafe { rbg_encoder_packet(id, bytes.as_mut_ptr(), bytes.len()) };
        assert_eq!(length as usize, bytes.len());
        packets.push((info[1], info[2] == 1, bytes));
      }
      2 => {}
      3 => return packets,
      code => panic!("{code}: {}", last_error()),
    }
  }
}

#[test]
fn a_segment_gives_a_packet_a_frame_in_order_and_one_keyframe() {
  let id = encoder();
  let packets = encode(id, 14);
  assert_eq!(packets.iter().map(|packet| packet.0).collect::<Vec<_>>(), (0..14).collect::<Vec<_>>());
  assert_eq!(packets.iter().filter(|packet| packet.1).count(), 1);
  assert!(packets.iter().all(|packet| packet.2.starts_with(&[0x12, 0])), "each starts with a temporal delimiter");
  assert_eq!(rbg_encoder_free(id), 0);
}

#[test]
fn a_segment_without_frames_ends_at_once() {
  let id = encoder();
  assert_eq!(rbg_encoder_flush(id), 0);
  assert_eq!(unsafe { rbg_encoder_receive(id, null_mut()) }, 3);
  assert_eq!(rbg_encoder_free(id), 0);
}

#[test]
fn frames_of_a_wrong_size_are_refused_and_the_encoder_goes_on() {
  let id = encoder();
  for length in [0, 1, FRAME_BYTES - 1, FRAME_BYTES + 1] {
    let data = vec![0; length];
    assert_eq!(unsafe { rbg_encoder_send(id, data.as_ptr(), length) }, Code::InvalidArgument as i64);
    assert!(last_error().contains(&FRAME_BYTES.to_string()));
  }
  assert_eq!(unsafe { rbg_encoder_send(id, null(), FRAME_BYTES) }, Code::InvalidArgument as i64);
  assert_eq!(encode(id, 3).len(), 3);
  rbg_encoder_free(id);
}

#[test]
fn a_frame_after_the_flush_and_a_packet_that_is_not_there_are_refused() {
  let id = encoder();
  assert_eq!(unsafe { rbg_encoder_packet(id, null_mut(), 0) }, Code::WrongState as i64);
  assert_eq!(rbg_encoder_flush(id), 0);
  assert_eq!(rbg_encoder_flush(id), 0);
  let data = frame(0);
  assert_eq!(unsafe { rbg_encoder_send(id, data.as_ptr(), data.len()) }, Code::WrongState as i64);
  assert!(last_error().contains("after the flush"));
  rbg_encoder_free(id);
}

#[test]
fn stale_and_foreign_ids_are_refused_everywhere() {
  let id = encoder();
  assert_eq!(rbg_encoder_free(id), 0);
  let mut out = [0u8; 16];
  for wrong in [id, 0, -5, i64::MAX, i64::MIN] {
    let gone = Code::InvalidHandle as i64;
    assert_eq!(rbg_encoder_free(wrong), gone);
    assert_eq!(rbg_encoder_flush(wrong), gone);
    assert_eq!(unsafe { rbg_encoder_receive(wrong, null_mut()) }, gone);
    assert_eq!(unsafe { rbg_encoder_send(wrong, out.as_ptr(), 16) }, gone);
    assert_eq!(unsafe { rbg_detector_push(wrong, out.as_ptr(), 16, out.as_mut_ptr(), 0) }, gone);
    assert_eq!(unsafe { rbg_detector_finish(wrong, out.as_mut_ptr(), 16) }, gone);
    assert_eq!(rbg_detector_free(wrong), gone);
  }
}

#[test]
fn settings_are_refused_with_a_sentence() {
  let unknown = document(r#","speed":10,"bitrate":5"#);
  let broken = [b"".as_slice(), b"null", b"[]", b"{", b"\xff\xfe", unknown.as_bytes()];
  for json in broken {
    assert_eq!(unsafe { rbg_encoder_new(json.as_ptr(), json.len(), 0) }, Code::InvalidSettings as i64);
    assert_eq!(unsafe { rbg_detector_new(json.as_ptr(), json.len(), null(), 0) }, Code::InvalidSettings as i64);
    assert!(last_error().len() > 20);
  }
  assert_eq!(unsafe { rbg_encoder_new(null(), 5, 0) }, Code::InvalidArgument as i64);
}

#[test]
fn info_and_resolved_settings_are_json_of_the_length_they_say() {
  let info = text(|out, capacity| unsafe { rbg_info(out, capacity) });
  assert!(info.contains(r#""rav1e":"0.8.1""#) && info.contains(&format!(r#""abi":{}"#, rbg_abi_version())), "{info}");
  let json = document(r#","speed":6"#);
  let resolved = text(|out, capacity| unsafe { rbg_settings_resolve(json.as_ptr(), json.len(), out, capacity) });
  assert!(resolved.contains(r#""sceneDetection":"standard""#), "{resolved}");
  let mut short = [7u8; 4];
  unsafe { rbg_settings_resolve(json.as_ptr(), json.len(), short.as_mut_ptr(), 2) };
  assert_eq!(&short[2..], [7, 7], "nothing is written beyond the capacity");
}

#[test]
fn the_scene_detectors_version_is_the_one_that_is_linked() {
  let info = text(|out, capacity| unsafe { rbg_info(out, capacity) });
  let lock = include_str!("../Cargo.lock");
  let linked = lock.split("name = \"av-scenechange\"\nversion = \"").nth(1).unwrap().split('"').next().unwrap();
  assert!(info.contains(&format!(r#""avSceneChange":"{linked}""#)), "{info}");
}

#[test]
fn samples_above_the_bit_depth_are_refused() {
  let json = document(r#","speed":10"#).replace(r#""bitDepth":8"#, r#""bitDepth":10"#);
  let id = unsafe { rbg_encoder_new(json.as_ptr(), json.len(), 0) };
  assert!(id > 0, "{}", last_error());
  let mut data = vec![0u8; FRAME_BYTES * 2];
  data[1001] = 4;
  assert_eq!(unsafe { rbg_encoder_send(id, data.as_ptr(), data.len()) }, Code::InvalidArgument as i64);
  assert!(last_error().contains("1024") && last_error().contains("1023"), "{}", last_error());
  data[1001] = 3;
  assert_eq!(unsafe { rbg_encoder_send(id, data.as_ptr(), data.len()) }, 0);
  rbg_encoder_free(id);
}

#[test]
fn a_detector_takes_forced_keyframes_and_refuses_a_list_that_is_none() {
  let json = document(r#","speed":10"#);
  let make = |forced: &[u64]| unsafe { rbg_detector_new(json.as_ptr(), json.len(), forced.as_ptr(), forced.len()) };
  assert_eq!(make(&[5, 5]), Code::InvalidArgument as i64);
  assert_eq!(unsafe { rbg_detector_new(json.as_ptr(), json.len(), null(), 3) }, Code::InvalidArgument as i64);
  assert_eq!(unsafe { rbg_detector_new(json.as_ptr(), json.len(), null(), usize::MAX) }, Code::InvalidArgument as i64);
  let id = make(&[0, 3, 4]);
  assert!(id > 0, "{}", last_error());
  let (mut out, mut decisions) = ([9u8; 16], Vec::new());
  for _ in 0..9 {
    let data = frame(0);
    let count = unsafe { rbg_detector_push(id, data.as_ptr(), data.len(), out.as_mut_ptr(), 16) };
    decisions.extend_from_slice(&out[..count as usize]);
  }
  let count = unsafe { rbg_detector_finish(id, out.as_mut_ptr(), 16) };
  decisions.extend_from_slice(&out[..count as usize]);
  assert_eq!(decisions, [1, 0, 0, 1, 1, 0, 0, 0, 0]);
  rbg_detector_free(id);
}

#[test]
fn a_detector_without_room_for_decisions_takes_no_frame_and_loses_none() {
  let json = document(r#","speed":10"#);
  let id = unsafe { rbg_detector_new(json.as_ptr(), json.len(), null(), 0) };
  assert!(id > 0, "{}", last_error());
  let data = frame(0);
  let mut out = [9u8; 16];
  for (room, capacity) in [(null_mut(), 0), (null_mut(), 16), (out.as_mut_ptr(), 0), (out.as_mut_ptr(), 15)] {
    let refused = Code::InvalidArgument as i64;
    assert_eq!(unsafe { rbg_detector_push(id, data.as_ptr(), data.len(), room, capacity) }, refused);
    assert_eq!(unsafe { rbg_detector_finish(id, room, capacity) }, refused);
  }
  assert_eq!(unsafe { rbg_detector_push(id, data.as_ptr(), data.len(), out.as_mut_ptr(), 16) }, 1);
  assert_eq!(out[0], 1, "the first frame is a keyframe");
  assert_eq!(unsafe { rbg_detector_finish(id, out.as_mut_ptr(), 16) }, 0);
  assert_eq!(rbg_detector_free(id), 0);
}

fn probe() -> [u8; 32] {
  let mut out = [0u8; 4096];
  let length = unsafe { rbg_probe_digest(out.as_mut_ptr(), out.len()) };
  assert_eq!(length, 32, "{}", String::from_utf8_lossy(&out));
  out[..32].try_into().unwrap()
}

#[test]
fn the_probe_gives_the_same_sum_on_all_threads_at_once_and_beside_an_encoder() {
  let id = encoder();
  let sums: Vec<_> = std::thread::scope(|scope| {
    let others = [scope.spawn(probe), scope.spawn(probe)];
    assert_eq!(encode(id, 14).len(), 14);
    others.map(|other| other.join().unwrap()).to_vec()
  });
  assert_eq!(sums, [probe(), probe()]);
  assert_ne!(sums[0], [0; 32]);
  assert_eq!(rbg_encoder_free(id), 0);
}

#[test]
fn an_error_of_the_probe_is_told_in_the_memory_that_was_lent_and_not_as_the_threads_last_one() {
  assert_eq!(rbg_encoder_flush(-5), Code::InvalidHandle as i64);
  let before = last_error();
  let mut out = [7u8; 40];
  assert_eq!(unsafe { rbg_probe_digest(out.as_mut_ptr(), 31) }, Code::InvalidArgument as i64);
  assert!(out.starts_with(b"a digest does not fit"), "{}", String::from_utf8_lossy(&out));
  assert_eq!(&out[31..], [7; 9]);
  assert_eq!(unsafe { rbg_probe_digest(null_mut(), 4096) }, Code::InvalidArgument as i64);
  assert_eq!(last_error(), before);
}
