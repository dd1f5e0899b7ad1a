//! Settings for tests: a small document that rav1e accepts.

use super::Settings;
use crate::guard::{Code, Outcome};
use rav1e::prelude::EncoderConfig;
use serde_json::{json, Value};

/// The document with some fields replaced.
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

pub fn config(changes: Value) -> Outcome<EncoderConfig> {
  Settings::parse(&document(changes))?.config()
}

pub fn refusal(changes: Value) -> String {
  let failure = config(changes).expect_err("must be refused");
  assert_eq!(failure.code, Code::InvalidSettings);
  assert!(!failure.message.contains('\n'), "{}", failure.message);
  failure.message
}
