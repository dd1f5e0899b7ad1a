//! The probe's frames: a texture that moves by half samples behind a square that moves another way, under noise and a light
//! that grows. Whole numbers only, so that they are the same on every machine.

use crate::planes::RawFrame;

/// Texels in a row, and rows; it repeats in both directions. Two lie in a luma sample's width.
const SIZE: u32 = 128;
/// Texels between the random values that are joined, and how much each layer weighs.
const LAYERS: [(u32, u32); 2] = [(32, 5), (8, 3)];
const WEIGHTS: u32 = 8;

/// Numbers that look random (xorshift).
struct Random(u32);

impl Random {
  fn next(&mut self) -> u32 {
    self.0 ^= self.0 << 13;
    self.0 ^= self.0 >> 17;
    self.0 ^= self.0 << 5;
    self.0
  }

  /// Triangular, -1023 to 1023 around 0.
  fn noise(&mut self) -> i32 {
    let bits = self.next();
    (bits >> 22) as i32 - (bits >> 12 & 1023) as i32
  }
}

/// Smooth shapes over finer ones, 16 bits a texel.
pub struct Texture(Vec<u16>);

impl Texture {
  pub fn new() -> Self {
    let mut random = Random(0x2545_F491);
    let mut sums = vec![0; (SIZE * SIZE) as usize];
    for (cell, weight) in LAYERS {
      let cells = SIZE / cell;
      let corners: Vec<u32> = (0..cells * cells).map(|_| random.next() >> 16).collect();
      let corner = |x: u32, y: u32| corners[(y % cells * cells + x % cells) as usize];
      for (at, sum) in (0..).zip(&mut sums) {
        let (x, y): (u32, u32) = (at % SIZE, at / SIZE);
        let (left, top, right, below) = (x / cell, y / cell, x % cell, y % cell);
        let across = |row: u32| corner(left, row) * (cell - right) + corner(left + 1, row) * right;
        *sum += weight * ((across(top) * (cell - below) + across(top + 1) * below) / (cell * cell));
      }
    }
    Texture(sums.into_iter().map(|sum| (sum / WEIGHTS) as u16).collect())
  }

  fn at(&self, x: i32, y: i32) -> i32 {
    let wrapped = |place: i32| place.rem_euclid(SIZE as i32) as usize;
    i32::from(self.0[wrapped(y) * SIZE as usize + wrapped(x)])
  }

  /// Frame `number` of a film, laid out as `raw` says; the square is inverted and crosses to the upper right.
  pub fn frame(&self, raw: &RawFrame, number: u32) -> Vec<u8> {
    let mut random = Random(0x9E37_79B9 ^ number);
    let mut data = Vec::with_capacity(raw.bytes());
    let n = number as i32;
    let planes = raw.planes();
    let [(width, height), ..] = planes;
    for ((columns, rows), plane) in planes.into_iter().zip(0..) {
      for y in 0..rows {
        for x in 0..columns {
          // Luma samples, whatever the plane.
          let (x, y) = ((x * width / columns) as i32, (y * height / rows) as i32);
          let in_square = (12 + n..28 + n).contains(&x) && (20 - n..36 - n).contains(&y);
          let texel = if in_square {
            65535 - self.at(2 * x - 5 * n + 41 * plane, 2 * y + 3 * n)
          } else {
            self.at(2 * x + 7 * n + 41 * plane, 2 * y - 3 * n)
          };
          let light = (180 + 9 * n).min(256);
          // Of 16 bits, with room for the noise below and above.
          let value = 4096 + texel * light / 290 + random.noise();
          let sample = (value.clamp(0, 65535) as u32 * (u32::from(raw.maximum()) + 1)) >> 16;
          data.extend_from_slice(&(sample as u16).to_le_bytes()[..raw.sample_bytes()]);
        }
      }
    }
    data
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use crate::digest::Digest;
  use crate::settings::sample::config;
  use serde_json::{json, Value};

  fn sum(changes: Value) -> String {
    let (raw, texture) = (RawFrame::new(&config(changes).unwrap()), Texture::new());
    let mut digest = Digest::default();
    for number in 0..6 {
      let frame = texture.frame(&raw, number);
      raw.check(&frame).unwrap();
      digest.update(&frame);
    }
    digest.finish()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
  }

  #[test]
  fn the_frames_are_the_same_on_every_machine() {
    assert_eq!(sum(json!({"width": 88, "height": 72})), "d16ae2ab");
    assert_eq!(sum(json!({"width": 33, "height": 35, "bitDepth": 10})), "ad1678c6");
    assert_eq!(sum(json!({"bitDepth": 12, "chromaSampling": "4:4:4"})), "4fe6dde2");
    assert_eq!(sum(json!({"chromaSampling": "4:0:0"})), "cb25a84d");
  }
}
