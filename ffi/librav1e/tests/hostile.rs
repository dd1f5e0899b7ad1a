//! Settings that nobody in his senses would send. Whatever they are, the answer is a refusal or an encoder that encodes:
//! never a panic, which is where rav1e's own checks have a gap.

use rav1e_by_gop::abi::*;
use serde_json::{json, Value};
use std::ptr::null_mut;

/// A fast generator of numbers that look random (xorshift).
struct Random(u64);

impl Random {
  fn below(&mut self, count: usize) -> usize {
    self.0 ^= self.0 << 13;
    self.0 ^= self.0 >> 7;
    self.0 ^= self.0 << 17;
    (self.0 >> 20) as usize % count
  }

  fn of<T: Clone>(&mut self, choices: &[T]) -> T {
    choices[self.below(choices.len())].clone()
  }
}

fn document() -> Value {
  serde_json::from_str(include_str!("../src/settings/sample.json")).unwrap()
}

fn last_error() -> String {
  let mut text = vec![0; 2000];
  let length = unsafe { rbg_last_error(text.as_mut_ptr(), text.len()) };
  text.truncate(length as usize);
  String::from_utf8_lossy(&text).into_owned()
}

const NUMBERS: [u64; 24] = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  15,
  16,
  17,
  63,
  64,
  65,
  128,
  255,
  256,
  4096,
  65535,
  65536,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_ffff,
  1 << 53,
  u64::MAX,
];
const NUMBERED: [&str; 12] = [
  "width",
  "height",
  "speed",
  "quantizer",
  "minKeyint",
  "keyint",
  "switchFrameInterval",
  "rdoLookaheadFrames",
  "tiles",
  "tileRows",
  "tileCols",
  "photonNoise",
];

fn grain(random: &mut Random) -> String {
  let mut number = |most: usize| random.below(most + 1);
  let lag = number(3);
  let coefficients = 2 * lag * (lag + 1);
  let points = |count: usize| (0..count).map(|at| format!(" {} {}", at * 10, at * 7)).collect::<String>();
  let list = |count: usize| " -3".repeat(count);
  let (luma, cb, cr) = (number(14), number(10), number(10));
  format!(
    "filmgrn1\nE 0 99999999 1 {} 1\n p {lag} {} {} {} {} {} {} {} {} {} {} {}\n sY {luma}{}\n sCb {cb}{}\n sCr {cr}{}\n \
     cY{}\n cCb{}\n cCr{}\n",
    number(65535),
    6 + number(4),
    number(4),
    8 + number(4),
    number(1),
    number(1),
    number(255),
    number(255),
    number(600),
    number(255),
    number(255),
    number(600),
    points(luma),
    points(cb),
    points(cr),
    list(coefficients),
    list(coefficients + 1),
    list(coefficients + 1)
  )
}

fn hostile(random: &mut Random) -> Value {
  let mut settings = document();
  for _ in 0..1 + random.below(4) {
    match random.below(12) {
      0..=5 => settings[random.of(&NUMBERED)] = random.of(&NUMBERS).into(),
      6 => {
        let name = random.of(&["timeBase", "sampleAspectRatio"]);
        settings[name] = json!({"num": random.of(&NUMBERS), "den": random.of(&NUMBERS)});
      }
      7 => {
        // Not highBitdepth: what rav1e's assembly makes of 8 bits then fails its own debug assertions (settings/one_piece.rs).
        let name = random.of(&["lowLatency", "noSceneDetection", "stillPicture"]);
        settings[name] = true.into();
      }
      8 => {
        settings["bitDepth"] = random.of(&[8, 10, 12]).into();
        settings["chromaSampling"] = random.of(&["4:0:0", "4:2:0", "4:2:2", "4:4:4"]).into();
      }
      9 => settings["filmGrainTable"] = grain(random).into(),
      10 => settings["level"] = random.of(&["2.0", "6.3", "7.3", "unconstrained"]).into(),
      _ => {
        let zone = |first: u64, random: &mut Random| json!({"first": first, "speed": random.below(12), "quantizer": random.of(&NUMBERS), "photonNoise": random.below(66)});
        settings["zones"] = json!([zone(0, random), zone(3, random)]);
      }
    }
  }
  settings
}

/// Encodes a few frames of a small video.
fn encode(settings: &Value, json: &[u8], random: &mut Random) {
  let number = |name: &str| settings[name].as_u64().unwrap() as usize;
  let (width, height) = (number("width"), number("height"));
  if width * height > 100_000 {
    return;
  }
  let id = unsafe { rbg_encoder_new(json.as_ptr(), json.len(), 2) };
  assert!(id > 0, "{}: {settings}", last_error());
  let detector = unsafe { rbg_detector_new(json.as_ptr(), json.len(), null_mut(), 0) };
  assert!(detector > 0, "{}: {settings}", last_error());
  let chroma = match settings["chromaSampling"].as_str().unwrap() {
    "4:0:0" => 0,
    "4:2:0" => 2 * width.div_ceil(2) * height.div_ceil(2),
    "4:2:2" => 2 * width.div_ceil(2) * height,
    _ => 2 * width * height,
  };
  let wide = number("bitDepth") > 8;
  let samples = width * height + chroma;
  let mut sent = 0;
  loop {
    let mut info = [0; 4];
    match unsafe { rbg_encoder_receive(id, info.as_mut_ptr()) } {
      0 if sent < 3 && !(sent == 1 && settings["stillPicture"] == true) => {
        let slope = 1 + random.below(9);
        let data: Vec<u8> = if wide {
          (0..samples).flat_map(|at| ((at * slope % 1021) as u16).to_le_bytes()).collect()
        } else {
          (0..samples).map(|at| (at * slope % 251) as u8).collect()
        };
        assert_eq!(unsafe { rbg_encoder_send(id, data.as_ptr(), data.len()) }, 0, "{}: {settings}", last_error());
        let mut out = [0; 16];
        let decided = unsafe { rbg_detector_push(detector, data.as_ptr(), data.len(), out.as_mut_ptr(), 16) };
        assert!(decided >= 0, "{}: {settings}", last_error());
        sent += 1;
      }
      0 => assert_eq!(rbg_encoder_flush(id), 0),
      3 => break,
      code => assert!(code > 0, "{}: {settings}", last_error()),
    }
  }
  let mut out = [0; 16];
  assert!(unsafe { rbg_detector_finish(detector, out.as_mut_ptr(), 16) } >= 0, "{}: {settings}", last_error());
  assert_eq!((rbg_encoder_free(id), rbg_detector_free(detector)), (0, 0));
}

#[test]
fn whatever_settings_say_they_are_refused_or_encoded() {
  let rounds = std::env::var("RBG_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(300);
  let seed = std::env::var("RBG_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x9E37_79B9_7F4A_7C15);
  let mut random = Random(seed);
  let mut accepted = 0;
  for _ in 0..rounds {
    let settings = hostile(&mut random);
    let json = settings.to_string().into_bytes();
    match unsafe { rbg_settings_resolve(json.as_ptr(), json.len(), null_mut(), 0) } {
      code if code == Code::InvalidSettings as i64 => assert!(!last_error().contains('\n'), "{settings}"),
      code if code > 0 => {
        accepted += 1;
        encode(&settings, &json, &mut random);
      }
      code => panic!("{code}, {}: {settings}", last_error()),
    }
  }
  assert!(accepted > rounds / 20, "{accepted} of {rounds} were accepted");
}
