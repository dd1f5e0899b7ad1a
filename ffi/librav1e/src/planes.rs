//! Raw frames into rav1e's: the planes one after the other without padding, one byte a sample at 8 bits, two
//! little-endian above, as y4m stores them.

use crate::guard::{Code, Failure, Outcome};
use rav1e::prelude::{ChromaSampling, EncoderConfig, Frame, Pixel};

/// The sizes of a raw frame.
#[derive(Clone, Copy, Debug)]
pub struct RawFrame {
  width: usize,
  chroma_width: usize,
  luma_bytes: usize,
  chroma_bytes: usize,
  sample_bytes: usize,
  maximum: u16,
}

impl RawFrame {
  pub fn new(config: &EncoderConfig) -> Self {
    let sample_bytes = if config.bit_depth > 8 { 2 } else { 1 };
    let (chroma_width, chroma_height) = if config.chroma_sampling == ChromaSampling::Cs400 {
      (0, 0)
    } else {
      config.chroma_sampling.get_chroma_dimensions(config.width, config.height)
    };
    RawFrame {
      width: config.width,
      chroma_width,
      luma_bytes: config.width * config.height * sample_bytes,
      chroma_bytes: chroma_width * chroma_height * sample_bytes,
      sample_bytes,
      maximum: ((1u32 << config.bit_depth) - 1) as u16,
    }
  }

  /// Bytes of one raw frame.
  pub fn bytes(&self) -> usize {
    self.luma_bytes + 2 * self.chroma_bytes
  }

  pub fn sample_bytes(&self) -> usize {
    self.sample_bytes
  }

  /// The largest sample.
  pub fn maximum(&self) -> u16 {
    self.maximum
  }

  /// Samples of a row and rows of each plane; none where there is no chroma.
  pub fn planes(&self) -> [(usize, usize); 3] {
    let rows = |bytes: usize, width: usize| bytes.checked_div(width * self.sample_bytes).unwrap_or(0);
    let chroma = (self.chroma_width, rows(self.chroma_bytes, self.chroma_width));
    [(self.width, rows(self.luma_bytes, self.width)), chroma, chroma]
  }

  /// Refuses data of another size, and samples that the bit depth cannot hold: rav1e indexes tables with them.
  pub fn check(&self, data: &[u8]) -> Outcome<()> {
    if data.len() != self.bytes() {
      return Err(Failure::new(
        Code::InvalidArgument,
        format!("a frame has {} bytes here, not {}", self.bytes(), data.len()),
      ));
    }
    if self.sample_bytes == 2 {
      let highest = data.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).max().unwrap_or(0);
      if highest > self.maximum {
        return Err(Failure::new(
          Code::InvalidArgument,
          format!("a sample is {highest}, above the bit depth's {}", self.maximum),
        ));
      }
    }
    Ok(())
  }

  /// Copies the luma of checked data into a frame that may have no chroma.
  pub fn copy_luma<T: Pixel>(&self, data: &[u8], frame: &mut Frame<T>) {
    frame.planes[0].copy_from_raw_u8(&data[..self.luma_bytes], self.width * self.sample_bytes, self.sample_bytes);
  }

  /// Copies checked data into a frame.
  pub fn copy<T: Pixel>(&self, data: &[u8], frame: &mut Frame<T>) {
    self.copy_luma(data, frame);
    let chroma = &data[self.luma_bytes..];
    if self.chroma_bytes > 0 {
      let (cb, cr) = chroma.split_at(self.chroma_bytes);
      frame.planes[1].copy_from_raw_u8(cb, self.chroma_width * self.sample_bytes, self.sample_bytes);
      frame.planes[2].copy_from_raw_u8(cr, self.chroma_width * self.sample_bytes, self.sample_bytes);
    }
  }
}
