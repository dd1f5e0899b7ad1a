//! The C ABI. Pointers must be null or good for the length beside them for the time of the call; nothing is kept.
//!
//! Results are `i64`: 0 or more as each function says, below 0 a [`Code`]. Text is UTF-8 without a final NUL. A
//! function that gives text or bytes returns their whole length and writes as much as fits, so that a caller may ask first.

mod child_pipes;
mod crash;
mod frames;

pub use crate::guard::Code;
pub use child_pipes::*;
pub use crash::*;
pub use frames::*;

use crate::allocator;
use crate::arithmetic;
use crate::detector::Detector;
use crate::encoder::{Encoder, Received};
use crate::guard::{self, Failure, Outcome};
use crate::handles::Table;
use crate::settings::Settings;
use std::slice;

/// Goes up when a function, a code or the settings document changes. The caller checks it before anything else.
pub const ABI_VERSION: u32 = 7;

/// The versions that decide the bytes, as the manifest pins them.
const SCENE_DETECTOR_VERSION: &str = "0.14.1";

static ENCODERS: Table<Encoder> = Table::new("an encoder");
static DETECTORS: Table<Detector> = Table::new("a detector");

/// The bytes a caller lends for one call.
///
/// # Safety
/// `data` must be null or point to `length` readable bytes.
unsafe fn borrow<'a>(data: *const u8, length: usize) -> Outcome<&'a [u8]> {
  if length == 0 {
    return Ok(&[]);
  }
  if data.is_null() || length > isize::MAX as usize {
    return Err(Failure::new(Code::InvalidArgument, format!("no data for a length of {length}")));
  }
  // SAFETY: not null, and the caller promises `length` bytes.
  Ok(unsafe { slice::from_raw_parts(data, length) })
}

/// The room a caller lends for one call.
///
/// # Safety
/// `data` must be null or point to `length` writable bytes that nothing else refers to.
unsafe fn borrow_mut<'a>(data: *mut u8, length: usize) -> Outcome<&'a mut [u8]> {
  if length == 0 {
    return Ok(&mut []);
  }
  if data.is_null() || length > isize::MAX as usize {
    return Err(Failure::new(Code::InvalidArgument, format!("no room of the length {length}")));
  }
  // SAFETY: not null, and the caller promises `length` bytes.
  Ok(unsafe { slice::from_raw_parts_mut(data, length) })
}

/// Writes what fits of `bytes` and returns their whole length.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
unsafe fn give(bytes: &[u8], out: *mut u8, capacity: usize) -> i64 {
  if !out.is_null() {
    // SAFETY: not null, and the caller promises `capacity` bytes; `bytes` is ours and cannot overlap.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), out, bytes.len().min(capacity)) };
  }
  bytes.len() as i64
}

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

/// The SHA-256 of what floating-point functions come to on this machine. Returns its length, 32.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_arithmetic_digest(out: *mut u8, capacity: usize) -> i64 {
  // SAFETY: as the caller promises.
  guard::enter(|| Ok(unsafe { give(&arithmetic::arithmetic_digest(), out, capacity) }))
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

/// Makes the encoder of the segment that starts with frame `first_frame` of the video, which decides its zone. Returns
/// its id, above 0.
///
/// # Safety
/// `json` must be null or point to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_encoder_new(json: *const u8, length: usize, first_frame: u64) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    let settings = Settings::parse(unsafe { borrow(json, length) }?)?;
    ENCODERS.insert(Encoder::new(&settings, first_frame)?)
  })
}

/// Sends the segment's next frame: its planes, without padding. Returns 0.
///
/// # Safety
/// `data` must be null or point to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_encoder_send(id: i64, data: *const u8, length: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    let data = unsafe { borrow(data, length) }?;
    ENCODERS.with(id, |encoder| encoder.send(data)).map(|()| 0)
  })
}

/// Ends the segment. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_encoder_flush(id: i64) -> i64 {
  guard::enter(|| ENCODERS.with(id, Encoder::flush).map(|()| 0))
}

/// Encodes on. Returns 0 when a frame (or the flush) is needed, 1 when a packet is ready, 2 when a frame was encoded that
/// is shown later (call again), 3 at the end. With a packet, `info` (4 numbers of 64 bits) gets its length in bytes, its
/// frame counted from the segment's first, 1 if it is a keyframe, and its quantizer index.
///
/// # Safety
/// `info` must be null or point to four writable 64-bit numbers.
#[no_mangle]
pub unsafe extern "C" fn rbg_encoder_receive(id: i64, info: *mut u64) -> i64 {
  guard::enter(|| {
    ENCODERS.with(id, |encoder| {
      let received = encoder.receive()?;
      if received == Received::Packet && !info.is_null() {
        let packet = encoder.packet()?;
        let fields = [packet.bytes.len() as u64, packet.frame, u64::from(packet.key), u64::from(packet.quantizer)];
        // SAFETY: not null, and the caller promises room for four.
        unsafe { std::ptr::copy_nonoverlapping(fields.as_ptr().cast::<u8>(), info.cast::<u8>(), size_of_val(&fields)) };
      }
      Ok(match received {
        Received::NeedFrame => 0,
        Received::Packet => 1,
        Received::Encoded => 2,
        Received::End => 3,
      })
    })
  })
}

/// Gives the bytes of the packet that `rbg_encoder_receive` just found. Returns their length.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_encoder_packet(id: i64, out: *mut u8, capacity: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    ENCODERS.with(id, |encoder| Ok(unsafe { give(&encoder.packet()?.bytes, out, capacity) }))
  })
}

/// Frees an encoder; one that another thread is inside of goes when that call returns. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_encoder_free(id: i64) -> i64 {
  let freed = guard::enter(|| ENCODERS.remove(id).map(|()| 0));
  allocator::give_back_free_pages();
  freed
}

/// Makes a scene detector. The `count` frames of `forced`, ascending, become keyframes whatever is found. Returns its id,
/// above 0.
///
/// # Safety
/// `json` must be null or point to `length` readable bytes, `forced` to `count` readable 64-bit numbers.
#[no_mangle]
pub unsafe extern "C" fn rbg_detector_new(json: *const u8, length: usize, forced: *const u64, count: usize) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises; as bytes, because nothing is said of how they are aligned.
    let (json, forced) = unsafe { (borrow(json, length)?, borrow(forced.cast(), count.saturating_mul(8))?) };
    let number = |bytes: &[u8]| bytes.try_into().map(u64::from_ne_bytes).unwrap_or(0);
    let forced = forced.chunks_exact(8).map(number).collect();
    DETECTORS.insert(Detector::new(&Settings::parse(json)?, forced)?)
  })
}

/// Writes decisions as bytes, 1 for a keyframe. More than the caller has room for is an error: they are not kept.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
unsafe fn give_decisions(decisions: Vec<bool>, out: *mut u8, capacity: usize) -> Outcome<i64> {
  if decisions.len() > capacity || (out.is_null() && !decisions.is_empty()) {
    return Err(Failure::new(
      Code::InvalidArgument,
      format!("{} decisions do not fit in {capacity} bytes", decisions.len()),
    ));
  }
  let bytes: Vec<u8> = decisions.into_iter().map(u8::from).collect();
  // SAFETY: as the caller promises.
  Ok(unsafe { give(&bytes, out, capacity) })
}

/// Pushes the video's next frame. Returns how many further frames are decided now; `out` gets a byte for each, in frame
/// order, 1 for a keyframe. 16 bytes are always room enough.
///
/// # Safety
/// `data` must be null or point to `length` readable bytes, `out` to `capacity` writable ones.
#[no_mangle]
pub unsafe extern "C" fn rbg_detector_push(
  id: i64,
  data: *const u8,
  length: usize,
  out: *mut u8,
  capacity: usize,
) -> i64 {
  guard::enter(|| {
    // SAFETY: as the caller promises.
    let data = unsafe { borrow(data, length) }?;
    let decisions = DETECTORS.with(id, |detector| detector.push(data))?;
    // SAFETY: as the caller promises.
    unsafe { give_decisions(decisions, out, capacity) }
  })
}

/// Ends the video. Returns and gives the remaining decisions as `rbg_detector_push` does.
///
/// # Safety
/// `out` must be null or point to `capacity` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn rbg_detector_finish(id: i64, out: *mut u8, capacity: usize) -> i64 {
  guard::enter(|| {
    let decisions = DETECTORS.with(id, Detector::finish)?;
    // SAFETY: as the caller promises.
    unsafe { give_decisions(decisions, out, capacity) }
  })
}

/// Frees a detector. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_detector_free(id: i64) -> i64 {
  guard::enter(|| DETECTORS.remove(id).map(|()| 0))
}
