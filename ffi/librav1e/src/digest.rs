//! SHA-256 (FIPS 180-4) of frames, one after the other; with the CPU's own instructions where it has them.

use sha2::digest::FixedOutputReset;
use sha2::{Digest as _, Sha256};

pub const DIGEST_BYTES: usize = 32;

#[derive(Default)]
pub struct Digest(Sha256);

impl Digest {
  pub fn update(&mut self, data: &[u8]) {
    self.0.update(data);
  }

  /// The digest of `data` alone, where nothing was begun.
  pub fn of(&mut self, data: &[u8]) -> [u8; DIGEST_BYTES] {
    self.update(data);
    self.finish()
  }

  /// The digest of all that came since the last one.
  pub fn finish(&mut self) -> [u8; DIGEST_BYTES] {
    self.0.finalize_fixed_reset().into()
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn hexadecimal(bytes: [u8; DIGEST_BYTES]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
  }

  #[test]
  fn the_standards_examples_hash_as_it_says_and_each_starts_anew() {
    let mut digest = Digest::default();
    assert_eq!(hexadecimal(digest.finish()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for part in [&b"a"[..], b"", b"bc"] {
      digest.update(part);
    }
    assert_eq!(hexadecimal(digest.finish()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    (0..1000).for_each(|_| digest.update(&[b'a'; 1000]));
    assert_eq!(hexadecimal(digest.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}
