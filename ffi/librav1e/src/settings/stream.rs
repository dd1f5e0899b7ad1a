//! What the stream says about itself: colours, light, level. The numbers are those of the AV1 specification, to the bit as
//! rav1e's command makes them of the same text; what it would panic on is refused.

use super::{invalid, named, Settings};
use crate::guard::{quoted, Outcome};
use rav1e::prelude::*;
use std::str::FromStr;

impl Settings {
  pub(super) fn describe_colour(&self, config: &mut EncoderConfig) -> Outcome<()> {
    config.pixel_range = named("range", &self.range)?;
    let description = ColorDescription {
      color_primaries: named("primaries", &self.primaries)?,
      transfer_characteristics: named("transfer", &self.transfer)?,
      matrix_coefficients: named("matrix", &self.matrix)?,
    };
    let unspecified = description.color_primaries == ColorPrimaries::Unspecified
      && description.transfer_characteristics == TransferCharacteristics::Unspecified
      && description.matrix_coefficients == MatrixCoefficients::Unspecified;
    config.color_description = (!unspecified).then_some(description);
    config.mastering_display = self.mastering_display.as_deref().map(mastering_display).transpose()?;
    config.content_light = self.content_light.as_deref().map(content_light).transpose()?.flatten();
    Ok(())
  }
}

/// `seq_level_idx` (AV1 specification, annex A.3) of rav1e's notation.
pub(super) fn level_index(text: &str) -> Outcome<Option<u8>> {
  match text {
    "auto" => return Ok(None),
    "unconstrained" => return Ok(Some(31)),
    _ => {}
  }
  let parsed = text.split_once('.').and_then(|(major, minor)| Some((digits::<u8>(major)?, digits::<u8>(minor)?)));
  match parsed {
    Some((major @ 2..=7, minor @ 0..=3)) => Ok(Some(((major - 2) << 2) + minor)),
    _ => Err(invalid(format!("level {} must be 2.0 to 7.3, auto or unconstrained", quoted(text)))),
  }
}

/// A whole number of digits alone: no sign, no space.
fn digits<T: FromStr>(text: &str) -> Option<T> {
  text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn content_light(text: &str) -> Outcome<Option<ContentLight>> {
  let parsed = text.split_once(',').and_then(|(cll, fall)| Some((digits(cll.trim())?, digits(fall.trim())?)));
  let Some((max_content_light_level, max_frame_average_light_level)) = parsed else {
    let text = quoted(text);
    return Err(invalid(format!("content-light {text} must be two whole numbers up to 65535, as in 1000,400")));
  };
  let given = max_content_light_level != 0 || max_frame_average_light_level != 0;
  Ok(given.then_some(ContentLight { max_content_light_level, max_frame_average_light_level }))
}

/// Reads `G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)`; fixed point as the AV1 specification, section 6.7.4, has it.
fn mastering_display(text: &str) -> Outcome<MasteringDisplay> {
  let malformed = || {
    invalid(format!(
      "mastering-display {} must read G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min), \
       as in G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)",
      quoted(text)
    ))
  };
  let mut rest = text.trim();
  let mut pair = |name: &str| -> Option<(f64, f64)> {
    let (inside, after) = rest.strip_prefix(name)?.strip_prefix('(')?.split_once(')')?;
    rest = after.trim_start();
    let (first, second) = inside.split_once(',')?;
    Some((first.trim().parse().ok()?, second.trim().parse().ok()?))
  };
  let mut read = |name| pair(name).ok_or_else(malformed);
  let (green, blue, red, white, luminance) = (read("G")?, read("B")?, read("R")?, read("WP")?, read("L")?);
  if !rest.is_empty() {
    return Err(malformed());
  }
  for (x, y) in [green, blue, red, white] {
    if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
      return Err(invalid(format!(
        "mastering-display has the chromaticity ({x},{y}), which must be 0 to 1 \
         (x265's whole numbers are these times 50000, and its luminance times 10000)"
      )));
    }
  }
  let luminances = 0.0..=f64::from(u32::MAX >> 8);
  if !luminances.contains(&luminance.0) || !(0.0..=f64::from(u32::MAX >> 14)).contains(&luminance.1) {
    return Err(invalid(format!(
      "mastering-display has the luminances {} and {} cd/m2, which must be 0 to 16777215 and 0 to 262143",
      luminance.0, luminance.1
    )));
  }
  let chromaticity =
    |(x, y): (f64, f64)| ChromaticityPoint { x: (x * 65536.0).round() as u16, y: (y * 65536.0).round() as u16 };
  Ok(MasteringDisplay {
    primaries: [chromaticity(red), chromaticity(green), chromaticity(blue)],
    white_point: chromaticity(white),
    max_luminance: (luminance.0 * 256.0).round() as u32,
    min_luminance: (luminance.1 * 16384.0).round() as u32,
  })
}

#[cfg(test)]
mod tests {
  use super::super::sample::{config, refusal};
  use serde_json::json;

  #[test]
  fn names_are_matched_in_any_case() {
    let colours = config(json!({"primaries": "bt2020", "transfer": "smpte2084", "matrix": "BT2020NCL"})).unwrap();
    assert!(colours.is_hdr());
  }

  #[test]
  fn mastering_display_is_fixed_point_as_the_specification_has_it() {
    let text = "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)";
    let display = config(json!({"masteringDisplay": text})).unwrap().mastering_display.unwrap();
    assert_eq!((display.primaries[0].x, display.primaries[1].x, display.primaries[2].y), (44564, 17367, 3932));
    assert_eq!((display.white_point.y, display.max_luminance, display.min_luminance), (21561, 256_000, 2));
    assert!(refusal(
      json!({"masteringDisplay": "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"})
    )
    .contains("x265"));
    for broken in ["", "G(0.2,0.3)", "G(1,1)B(1,1)R(1,1)WP(1,1)L(1,nan)", "G(a,1)B(1,1)R(1,1)WP(1,1)L(1,1)"] {
      refusal(json!({ "masteringDisplay": broken }));
    }
  }
}
