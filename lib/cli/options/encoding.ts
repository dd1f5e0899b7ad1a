// How the video is encoded: quality and speed, where keyframes are, tiles, film grain. Ranges are rav1e's own; what
// contradicts something else is found where the whole command is judged.

import { choice, most, number, option, type OptionSpec, section, setting, turnOn } from "../option_spec.ts";
import * as values from "../values.ts";

/** rav1e's MAX_MAX_KEY_FRAME_INTERVAL. */
const mostKeyint = Math.floor(0x7fffffff / 3);

export const encodingOptions: readonly OptionSpec[] = [
  ...section("Quality and speed:", [
    setting("speed", "-s, --speed", "N", number(0, 10), "0 is best and slowest, 10 is fastest"),
    setting("quantizer", "-q, --quantizer", "N", quantizer, "1 to 255, smaller is better (also --qp)", "--qp"),
    setting("tune", "--tune", "TUNE", choice("Psychovisual", "Psnr"), "Psychovisual or Psnr"),
    turnOn("lowLatency", "--low-latency", "no frame reordering: faster to react, worse quality"),
    setting(
      "rdoLookaheadFrames",
      "--rdo-lookahead-frames",
      "N",
      number(1, most),
      "frames looked ahead (by speed: 10 to 40)",
    ),
    turnOn("stillPicture", "--still-picture", "one frame, as an AV1 still picture"),
    turnOn("highBitdepth", "--high-bitdepth", "use the code for more than 8 bits for 8 bits too"),
    option(
      "--zones",
      "FILE",
      "parts of the video with a quantizer, a speed and photon noise of their own, as in FILE (zones.toml)",
      (draft, name, text) => {
        draft.zones = values.fileName(name, text);
      },
    ),
  ]),
  ...section("Keyframes:", [
    setting(
      "minKeyint",
      "-i, --min-keyint",
      "N",
      number(0, most),
      "frames between keyframes at least, never above keyint",
    ),
    setting("keyint", "-I, --keyint", "N", number(0, mostKeyint), "frames between keyframes at most, 0 is no limit"),
    setting("scdSpeed", "--scd-speed", "N", sceneSpeed, "scene detection: 0 is best, 1 is fast (by speed: 1 at 10)"),
    turnOn("noSceneDetection", "--no-scene-detection", "keyframes at every keyint only"),
    option(
      "--force-keyframes",
      "N,N,...",
      "keyframes there too, counted from the first frame encoded",
      (draft, name, text) => {
        draft.forceKeyframes = values.ascendingNumbers(name, text, most);
      },
    ),
    option("--scenes", "FILE", "keyframes as in FILE, which `rav1e-by-gop scenes` made", (draft, name, text) => {
      draft.scenes = values.fileName(name, text);
    }),
    setting(
      "switchFrameInterval",
      "-S, --switch-frame-interval",
      "N",
      number(0, most),
      "frames between switch frames, 0 is none; needs --low-latency",
    ),
  ]),
  ...section("Tiles (they change the packets and are not needed to use all cores):", [
    setting("tiles", "-t, --tiles", "N", number(0, most), "tiles at least, 0 leaves it to rows and columns"),
    setting("tileRows", "--tile-rows", "N", tileSide, "rows of tiles, a power of two up to 64"),
    setting("tileCols", "--tile-cols", "N", tileSide, "columns of tiles, a power of two up to 64"),
  ]),
  ...section("Film grain:", [
    setting("photonNoise", "--photon-noise", "N", number(0, 64), "add photon noise, ISO N x 100, 0 is none"),
    option("--film-grain-table", "FILE", "grain as in FILE (also --photon-noise-table)", (draft, name, text) => {
      draft.filmGrainTablePath = values.fileName(name, text);
    }, "--photon-noise-table"),
  ]),
];

function quantizer(name: string, text: string): number {
  if (!/^[0-9]+$/.test(text)) {
    throw values.usage(name, text, "-q is the quantizer, 1 to 255; for no messages say --quiet");
  }
  if (Number(text) === 0) {
    throw values.usage(name, text, "must be 1 to 255; rav1e has no lossless mode yet, 1 is its best");
  }
  return values.wholeNumber(name, text, 1, 255);
}

function sceneSpeed(name: string, text: string): 0 | 1 {
  return values.wholeNumber(name, text, 0, 1) === 0 ? 0 : 1;
}

function tileSide(name: string, text: string): number {
  return values.powerOfTwo(name, text, 64);
}
