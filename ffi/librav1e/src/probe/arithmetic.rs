//! What this machine makes of the functions that rav1e and av1-grain leave to the system's mathematics library: every bit of
//! their results over the ranges in which they are asked for. IEEE 754 asks for exact results of sums, products, fused
//! ones and square roots, so these are the same everywhere; of powers, exponentials and logarithms it does not, and
//! libraries differ in last bits, some even between processors. Packets show such a difference once in a few films,
//! which is why encoding some frames alone would not find it.

use crate::digest::{Digest, DIGEST_BYTES};
use std::hint::black_box;

const COUNT: u32 = 1 << 16;

/// SHA-256 over the results, little-endian. A few milliseconds.
pub fn arithmetic_digest() -> [u8; DIGEST_BYTES] {
  let mut digest = Digest::default();
  for i in 0..COUNT {
    // Exact, and the same everywhere. `black_box`: nothing is computed by the compiler.
    let (i, third) = (black_box(f64::from(i)), black_box(1. / 3.));
    // What a block is worth to later frames (rdo.rs, distortion_scale_for): 1 to 4,097, most of them small.
    digest.update(&(1. + i * i / 1_048_576.).powf(third).to_le_bytes());
    // Lambda (rate.rs, QuantizerParameters): -16 to 16.
    digest.update(&(i / 2048. - 16.).exp().to_le_bytes());
    // Tiles (tiling/tiler.rs): 1 to 4,097.
    digest.update(&(1. + i / 16.).log2().to_le_bytes());
  }
  // Photon noise (av1-grain, create.rs): BT.1886's and PQ's exponents over 0 to 1.
  for exponent in [2.4_f32, 0.159_301_76, 78.84375] {
    for i in 0..COUNT / 8 {
      let (x, exponent) = (black_box(i as f32 / 8192.), black_box(exponent));
      digest.update(&x.powf(exponent).to_le_bytes());
      digest.update(&x.powf(1. / exponent).to_le_bytes());
    }
  }
  digest.finish()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn the_sum_is_the_same_each_time() {
    assert_eq!(arithmetic_digest(), arithmetic_digest());
  }
}
