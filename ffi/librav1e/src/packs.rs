//! Packs: a few consecutive raw frames, compressed without loss, for waiting in memory, in a file, or for the wire.
//!
//! A pack is a header with a digest of each frame ([`header`]) and one Zstandard frame (RFC 8878) with its content's size and
//! checksum. The content is what prediction leaves of each frame ([`crate::prediction`]). That goes through small chunks:
//! neither side needs memory of a frame's size. What one side has packed the other unpacks to the same bytes, or says that the
//! pack is damaged.

mod header;
mod packer;
#[cfg(test)]
mod tests;
mod unpacker;

pub use packer::Packer;
pub use unpacker::Unpacker;

use crate::guard::{Code, Failure};
use zstd_safe::ErrorCode;

/// What the compression level needs at the most; a Zstandard frame that asks for more memory is none of ours.
const WINDOW_LOG: u32 = 19;

fn zstd_failure(action: &str, code: ErrorCode) -> Failure {
  Failure::new(Code::EncoderFailure, format!("cannot {action}: {}", zstd_safe::get_error_name(code)))
}

fn corrupt(reason: impl std::fmt::Display) -> Failure {
  Failure::new(Code::CorruptPack, format!("a pack of frames is damaged: {reason}"))
}
