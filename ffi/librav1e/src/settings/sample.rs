//! Settings for tests: a small document that rav1e accepts.

use super::Settings;
use crate::guard::{Code, Outcome};
use rav1e::prelude::EncoderConfig;
use serde_json::Value;

/// The document with some fields replaced.
pub fn document(changes: Value) -> Vec<u8> {
  let mut settings: Value = serde_json::from_str(include_str!("sample.json")).unwrap();
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
