//! The scene detector.

use super::lent::{borrow, give};
use crate::detector::Detector;
use crate::guard::{self, Code, Failure, Outcome};
use crate::handles::Table;
use crate::settings::Settings;

static DETECTORS: Table<Detector> = Table::new("a detector");

/// Above what a call can decide: the look-ahead, and the frames at the end of the video.
const MOST_DECISIONS: usize = 16;

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

/// Refuses too little room before anything is decided: a decision that was made and not given would be lost, and all that
/// come after it be taken for those of other frames.
fn check_room(out: *mut u8, capacity: usize) -> Outcome<()> {
  if out.is_null() || capacity < MOST_DECISIONS {
    let message = format!("decisions need room for {MOST_DECISIONS} bytes, not {capacity}");
    return Err(Failure::new(Code::InvalidArgument, message));
  }
  Ok(())
}

/// Writes decisions as bytes, 1 for a keyframe.
///
/// # Safety
/// `out` must point to `capacity` writable bytes.
unsafe fn give_decisions(decisions: Vec<bool>, out: *mut u8, capacity: usize) -> Outcome<i64> {
  let bytes: Vec<u8> = decisions.into_iter().map(u8::from).collect();
  // SAFETY: as the caller promises.
  Ok(unsafe { give(&bytes, out, capacity) })
}

/// Pushes the video's next frame. Returns how many further frames are decided now; `out` gets a byte for each, in frame
/// order, 1 for a keyframe. It must have room for 16, which is always enough; with less the frame is not taken.
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
    let decisions = DETECTORS.with(id, |detector| {
      check_room(out, capacity)?;
      detector.push(data)
    })?;
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
    let decisions = DETECTORS.with(id, |detector| {
      check_room(out, capacity)?;
      detector.finish()
    })?;
    // SAFETY: as the caller promises.
    unsafe { give_decisions(decisions, out, capacity) }
  })
}

/// Frees a detector. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_detector_free(id: i64) -> i64 {
  guard::enter(|| DETECTORS.remove(id).map(|()| 0))
}
