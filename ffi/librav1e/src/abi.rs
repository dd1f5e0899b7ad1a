//! The C ABI. Pointers must be null or good for the length beside them for the time of the call; nothing is kept. Nobody else
//! writes to lent memory meanwhile, nor reads what a function writes to; then shared memory is as good as any.
//!
//! Results are `i64`: 0 or more as each function says, below 0 a [`Code`]. Text is UTF-8 without a final NUL. A
//! function that gives text or bytes returns their whole length and writes as much as fits, so that a caller may ask first.

mod child_pipes;
mod crash;
mod detectors;
mod encoders;
mod frames;
mod lent;
mod probe;

pub use crate::guard::Code;
pub use child_pipes::*;
pub use crash::*;
pub use detectors::*;
pub use encoders::*;
pub use frames::*;
pub use probe::*;

use crate::guard::{self, Failure};
use crate::settings::Settings;
use lent::{borrow, give};

/// Goes up when a function, a code or the settings document changes. The caller checks it before anything else.
pub const ABI_VERSION: u32 = 8;

/// The versions that decide the bytes, as the manifest pins them.
const SCENE_DETECTOR_VERSION: &str = "0.14.1";

/// The ABI's version.
#[no_mangle]
pub extern "C" fn rbg_abi_version() -> u32 {
  ABI_VERSION
}

/// A JSON document about the library: versions, assembly, CPU level. Returns its length.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_info(out: *mut u8, capacity: usize) -> i64 {
  guard::enter(|| {
    let info = serde_json::json!({
      "abi": ABI_VERSION,
      "rav1e": rav1e::version::short(),
      "avSceneChange": SCENE_DETECTOR_VERSION,
      "asm": cfg!(feature = "asm"),
      "cpu": rav1e::config::CpuFeatureLevel::default().to_string(),
      "target": format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
    });
    // SAFETY: as the caller promises.
    Ok(unsafe { give(info.to_string().as_bytes(), out, capacity) })
  })
}

/// The message of the last call that failed on this thread. Returns its length.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_last_error(out: *mut u8, capacity: usize) -> i64 {
  // SAFETY: as the caller promises.
  guard::with_last_error(|text| unsafe { give(text.as_bytes(), out, capacity) })
}

/// Checks a settings document with rav1e's own checks; gives what follows from it as JSON. Returns its length.
///
/// # Safety
/// `json` must be null or point to `length` readable bytes, `out` to `capacity` writable ones.
#[no_mangle]
pub unsafe extern "C" fn rbg_settings_resolve(json: *const u8, length: usize, out: *mut u8, capacity: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    let resolved = Settings::parse(unsafe { borrow(json, length) }?)?.resolve()?;
    let text =
      serde_json::to_string(&resolved).map_err(|error| Failure::new(Code::InvalidSettings, error.to_string()))?;
    // SAFETY: as the caller promises.
    Ok(unsafe { give(text.as_bytes(), out, capacity) })
  })
}
