//! Samples of one and of two bytes. What is left of a sample has as many bits as the sample: sums and differences wrap around,
//! so that every one comes back. All of it is inlined where it is used: rows are as fast as their loops are seen whole.

use super::BLOCK;

/// A sample, and what is left of one: the same bits.
pub trait Sample: Copy + Ord + Default {
  fn plus(self, other: Self) -> Self;
  fn minus(self, other: Self) -> Self;
  fn wide(self) -> i32;
  fn narrow(wide: i32) -> Self;
  /// How far from 0 a difference is, seen as a signed number.
  fn size(self) -> u32;
  /// The same of all those of a block's row.
  #[inline]
  fn cost(differences: &[Self]) -> u32 {
    match <&[Self; BLOCK]>::try_from(differences) {
      // Of a length that the compiler knows, many at a time.
      Ok(block) => block.iter().map(|difference| difference.size()).sum(),
      Err(_) => differences.iter().map(|difference| difference.size()).sum(),
    }
  }
  /// As many as `into` holds, as they lie in a frame.
  fn load(bytes: &[u8], into: &mut [Self]);
  /// A row of differences, as it stands in the content.
  fn put(differences: &[Self], into: &mut Vec<u8>);
}

impl Sample for u8 {
  #[inline]
  fn wide(self) -> i32 {
    i32::from(self)
  }
  #[inline]
  fn narrow(wide: i32) -> Self {
    wide as u8
  }
  #[inline]
  fn plus(self, other: Self) -> Self {
    self.wrapping_add(other)
  }
  #[inline]
  fn minus(self, other: Self) -> Self {
    self.wrapping_sub(other)
  }
  #[inline]
  fn size(self) -> u32 {
    u32::from(self.min(self.wrapping_neg()))
  }
  #[inline]
  fn load(bytes: &[u8], into: &mut [Self]) {
    into.copy_from_slice(bytes);
  }
  #[inline]
  fn put(differences: &[Self], into: &mut Vec<u8>) {
    into.extend_from_slice(differences);
  }
}

impl Sample for u16 {
  #[inline]
  fn wide(self) -> i32 {
    i32::from(self)
  }
  #[inline]
  fn narrow(wide: i32) -> Self {
    wide as u16
  }
  #[inline]
  fn plus(self, other: Self) -> Self {
    self.wrapping_add(other)
  }
  #[inline]
  fn minus(self, other: Self) -> Self {
    self.wrapping_sub(other)
  }
  #[inline]
  fn size(self) -> u32 {
    u32::from(self.min(self.wrapping_neg()))
  }
  #[inline]
  fn load(bytes: &[u8], into: &mut [Self]) {
    for (sample, bytes) in into.iter_mut().zip(bytes.chunks_exact(2)) {
      *sample = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
  }
  #[inline]
  fn put(differences: &[Self], into: &mut Vec<u8>) {
    // Small ones of either sign have a high byte of 0: the sign goes to the lowest bit.
    into.extend(differences.iter().map(|&difference| folded(difference) as u8));
    into.extend(differences.iter().map(|&difference| (folded(difference) >> 8) as u8));
  }
}

/// 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
#[inline]
fn folded(difference: u16) -> u16 {
  (difference << 1) ^ ((difference as i16) >> 15) as u16
}

/// The way back.
#[inline]
pub fn unfolded(folded: u16) -> u16 {
  (folded >> 1) ^ (folded & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn folding_keeps_every_difference() {
    for difference in 0..=u16::MAX {
      assert_eq!(unfolded(folded(difference)), difference);
    }
    assert_eq!([0, 65535, 1, 65534].map(folded), [0, 1, 2, 3]);
  }
}
