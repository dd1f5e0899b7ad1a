//! What this machine encodes with, as one sum: two machines whose sums are equal encode alike. First what floating-point
//! functions of the system's library come to, bit by bit ([`arithmetic`]): packets hardly show it (an exponential that is
//! wrong by a thousandth leaves most of them as they are), but over enough films they would. Then a few small frames,
//! encoded: what compilers, processors and hand-written assembly make of the rest, for 8 bits and above.
//!
//! The frames ([`picture`]) are made of whole numbers and are the same everywhere; the settings (probe/cases.json) are whole
//! documents as for any encode, so that no default has a part in the sum. Any change here is a change of the probe: machines
//! before and after it refuse each other.

mod arithmetic;
mod picture;

use crate::allocator;
use crate::digest::{Digest, DIGEST_BYTES};
use crate::encoder::{Encoder, Received};
use crate::guard::{Code, Failure, Outcome};
use crate::settings::Settings;
use picture::Texture;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Small, for every encode with workers waits for it; several frames each, so that what a block is worth to later frames
/// (a power) decides too. Noise strengths are powers of powers, by two transfer functions: one frame shows them.
const CASES: &str = include_str!("probe/cases.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
  /// A settings document.
  common: Map<String, Value>,
  cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
  frames: u32,
  /// Fields that differ from the common ones.
  settings: Map<String, Value>,
}

/// SHA-256 over the sum of the arithmetic and all packets of all cases, each after its length (32 bits, big-endian). About
/// a tenth of a second of one core.
pub fn probe_digest() -> Outcome<[u8; DIGEST_BYTES]> {
  let Cases { common, cases } =
    serde_json::from_str(CASES).map_err(|error| Failure::new(Code::InvalidSettings, error.to_string()))?;
  let mut digest = Digest::default();
  digest.update(&arithmetic::arithmetic_digest());
  let texture = Texture::new();
  for Case { frames, settings } in cases {
    let mut document = common.clone();
    document.extend(settings);
    encode(&Settings::parse(Value::Object(document).to_string().as_bytes())?, frames, &texture, &mut digest)?;
  }
  allocator::give_back_free_pages();
  Ok(digest.finish())
}

fn encode(settings: &Settings, frames: u32, texture: &Texture, digest: &mut Digest) -> Outcome<()> {
  let mut encoder = Encoder::new(settings, 0)?;
  let mut sent = 0;
  loop {
    match encoder.receive()? {
      Received::NeedFrame if sent < frames => {
        encoder.send(&texture.frame(encoder.raw_frame(), sent))?;
        sent += 1;
      }
      Received::NeedFrame => encoder.flush()?,
      Received::Packet => {
        let bytes = &encoder.packet()?.bytes;
        digest.update(&(bytes.len() as u32).to_be_bytes());
        digest.update(bytes);
      }
      Received::Encoded => {}
      Received::End => return Ok(()),
    }
  }
}
