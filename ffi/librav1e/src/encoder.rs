//! One segment's encoder: frames in, packets out, as rav1e's command drives it.
//!
//! Life: frames are sent when `receive` asks for one, `flush` ends the segment, `receive` goes on until the end. Scene
//! detection is off: the segment was cut where rav1e would have put a keyframe. (A video that cannot be cut is one segment,
//! and places its own.) The encoder owns the packet it gave out
//! last until the next call.

use crate::allocator;
use crate::grain;
use crate::guard::{Code, Failure, Outcome};
use crate::planes::RawFrame;
use crate::settings::Settings;
use rav1e::prelude::*;
use std::sync::Arc;

/// What `receive` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
  /// A packet is ready.
  Packet,
  /// A frame is needed, or a flush.
  NeedFrame,
  /// A frame was encoded that is shown later: call again.
  Encoded,
  /// All packets were given.
  End,
}

/// A packet: the temporal unit that shows one frame.
pub struct PacketInfo {
  pub bytes: Vec<u8>,
  /// The frame's number, counted from the segment's first.
  pub frame: u64,
  pub key: bool,
  /// The quantizer index it was coded with, 0 to 255.
  pub quantizer: u8,
}

/// rav1e's context in the sample width that the video needs.
trait Samples: Send {
  fn send(&mut self, raw: &RawFrame, data: &[u8]) -> Result<(), EncoderStatus>;
  fn flush(&mut self);
  fn receive(&mut self) -> Result<PacketInfo, EncoderStatus>;
}

impl<T: Pixel> Samples for Context<T> {
  fn send(&mut self, raw: &RawFrame, data: &[u8]) -> Result<(), EncoderStatus> {
    let mut frame = self.new_frame();
    raw.copy(data, &mut frame);
    self.send_frame(Arc::new(frame))
  }

  fn flush(&mut self) {
    Context::flush(self);
  }

  fn receive(&mut self) -> Result<PacketInfo, EncoderStatus> {
    let packet = self.receive_packet()?;
    Ok(PacketInfo {
      bytes: packet.data,
      frame: packet.input_frameno,
      key: packet.frame_type == FrameType::KEY,
      quantizer: packet.qp,
    })
  }
}

pub struct Encoder {
  context: Box<dyn Samples>,
  raw: RawFrame,
  flushed: bool,
  sent: u64,
  packet: Option<PacketInfo>,
}

impl Encoder {
  /// `first_frame` is the segment's first frame in the whole video: its zone and its film grain depend on it.
  pub fn new(settings: &Settings, first_frame: u64) -> Outcome<Self> {
    allocator::give_back_big_blocks();
    let mut config = settings.config_at(first_frame)?;
    if !settings.is_one_piece(&config) {
      config.speed_settings.scene_detection_mode = SceneDetectionSpeed::None;
    }
    let time_base = config.time_base;
    if let Some(table) = config.film_grain_params.as_mut() {
      grain::rebase(table, first_frame, time_base);
    }
    let raw = RawFrame::new(&config);
    let whole = Config::new().with_encoder_config(config).with_threads(1);
    let invalid = |error: InvalidConfig| Failure::new(Code::InvalidSettings, error.to_string());
    let context: Box<dyn Samples> = if settings.is_wide() {
      Box::new(whole.new_context::<u16>().map_err(invalid)?)
    } else {
      Box::new(whole.new_context::<u8>().map_err(invalid)?)
    };
    Ok(Encoder { context, raw, flushed: false, sent: 0, packet: None })
  }

  /// The sizes of the frames it takes.
  pub fn raw_frame(&self) -> &RawFrame {
    &self.raw
  }

  /// Sends the next frame.
  pub fn send(&mut self, data: &[u8]) -> Outcome<()> {
    if self.flushed {
      return Err(Failure::new(Code::WrongState, format!("frame {} was sent after the flush", self.sent)));
    }
    self.raw.check(data)?;
    self.packet = None;
    match self.context.send(&self.raw, data) {
      Ok(()) => {
        self.sent += 1;
        Ok(())
      }
      Err(EncoderStatus::EnoughData) => {
        Err(Failure::new(Code::WrongState, format!("rav1e takes no frame after {}", self.sent)))
      }
      Err(status) => Err(Failure::new(Code::EncoderFailure, format!("rav1e refused frame {}: {status}", self.sent))),
    }
  }

  /// Ends the segment. Twice is as good as once.
  pub fn flush(&mut self) -> Outcome<()> {
    if !self.flushed {
      self.packet = None;
      self.context.flush();
      self.flushed = true;
    }
    Ok(())
  }

  pub fn receive(&mut self) -> Outcome<Received> {
    self.packet = None;
    match self.context.receive() {
      Ok(packet) => {
        self.packet = Some(packet);
        Ok(Received::Packet)
      }
      // After a flush there is nothing to wait for: without a single frame rav1e would ask for ever.
      Err(EncoderStatus::NeedMoreData) if self.flushed => Ok(Received::End),
      Err(EncoderStatus::NeedMoreData) => Ok(Received::NeedFrame),
      Err(EncoderStatus::Encoded) => Ok(Received::Encoded),
      Err(EncoderStatus::LimitReached) => Ok(Received::End),
      Err(status) => Err(Failure::new(
        Code::EncoderFailure,
        format!("rav1e failed after {} frames of the segment: {status}", self.sent),
      )),
    }
  }

  /// The packet that the last call of `receive` found.
  pub fn packet(&self) -> Outcome<&PacketInfo> {
    self.packet.as_ref().ok_or_else(|| Failure::new(Code::WrongState, "there is no packet now"))
  }
}
