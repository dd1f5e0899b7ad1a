//! Packs: a few consecutive raw frames, compressed without loss, for waiting in memory, in a file, or for the wire.
//!
//! A pack is a header with a digest of each frame ([`header`]) and its content: what prediction leaves of each frame
//! ([`crate::prediction`]), in pieces of whole bands, each a Zstandard frame (RFC 8878) with its content's size and checksum. A
//! piece is compressed and decompressed at once, where it lies, and stays in the second-level cache: zstd keeps no window of
//! what was before, and neither side needs memory of a frame's size. What one side has packed the other unpacks to the same
//! bytes, or says that the pack is damaged.

mod header;
mod packer;
mod pieces;
#[cfg(test)]
mod tests;
mod unpacker;

pub use packer::Packer;
pub use unpacker::Unpacker;

use crate::guard::{Code, Failure};
use zstd_safe::ErrorCode;

/// Bytes of a piece of content at the most: one block of zstd's. Only where a single band is larger, it is a piece by itself.
const PIECE_BYTES: usize = 128 * 1024;

fn zstd_failure(action: &str, code: ErrorCode) -> Failure {
  Failure::new(Code::EncoderFailure, format!("cannot {action}: {}", zstd_safe::get_error_name(code)))
}

fn corrupt(reason: impl std::fmt::Display) -> Failure {
  Failure::new(Code::CorruptPack, format!("a pack of frames is damaged: {reason}"))
}
