//! What is left of a frame when each sample's prediction is taken from it: the part of a pack that zstd gets.
//!
//! A frame is up to three planes, each rows of samples of one or two bytes (little-endian). A plane is cut into bands of
//! whole rows, a band into blocks of [`BLOCK`] columns. The first frame is predicted from itself, each sample by the median of
//! its neighbours to the left, above, and the gradient of the two (as in LOCO-I, ITU-T T.87 A.4.1); of further frames each block
//! either so, or by the samples at the same place in the frame before. Differences wrap around, so every frame comes back.
//!
//! Per band: in further frames a bit a block, 1 for "from itself", the first block lowest, in whole bytes; then the
//! differences row by row. Those of a row of two-byte samples come as all low bytes, then all high ones.
//!
//! [`Differences`] is the way there, [`Restoration`] the way back; all that both must agree on stands here, in the [`Shape`] of
//! frames and in the median.

mod differences;
mod lockstep;
mod median;
mod restoration;
mod sample;
mod shape;

pub use differences::Differences;
pub use restoration::{Restoration, Source};
#[cfg(test)]
pub use shape::{Plane, PLANES};
pub use shape::{Shape, SHAPE_BYTES};

/// Columns that are predicted alike.
const BLOCK: usize = 16;
/// Rows of a band, and samples where rows are short. A plane has whole bands only: its last one takes what is over.
const BAND_ROWS: usize = 8;
const BAND_SAMPLES: usize = 1024;
