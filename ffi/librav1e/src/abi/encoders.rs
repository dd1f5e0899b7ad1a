//! The encoder of one segment.

use super::lent::{borrow, give};
use crate::allocator;
use crate::encoder::{Encoder, Received};
use crate::guard;
use crate::handles::Table;
use crate::settings::Settings;

static ENCODERS: Table<Encoder> = Table::new("an encoder");

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
  guard::enter(|| {
    ENCODERS.remove(id)?;
    allocator::give_back_free_pages();
    Ok(0)
  })
}
