// What the stream says about itself: colours, light, level, frame rate. Names are rav1e's, in any case.

import { matrices, primaries, transfers } from "../colour_names.ts";
import { choice, option, type OptionSpec, section, setting } from "../option_spec.ts";
import * as values from "../values.ts";

/** The fields of a time base are 32 bits wide in AV1's sequence header. */
const mostTimeBase = 0xffffffff;

export const streamOptions: readonly OptionSpec[] = [
  ...section("What the stream says about itself:", [
    setting("range", "--range", "RANGE", choice("Limited", "Full"), "Limited or Full (default: as the input says)"),
    setting("primaries", "--primaries", "NAME", choice(...primaries), `colour primaries: ${primaries.join(", ")}`),
    setting(
      "transfer",
      "--transfer",
      "NAME",
      choice(...transfers),
      `transfer characteristics: ${transfers.join(", ")}`,
    ),
    setting("matrix", "--matrix", "NAME", choice(...matrices), `matrix coefficients: ${matrices.join(", ")}`),
    setting(
      "masteringDisplay",
      "--mastering-display",
      "COLOURS",
      values.masteringDisplay,
      "G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min), x and y 0 to 1, L in cd/m2; or all in x265's whole numbers",
    ),
    setting(
      "contentLight",
      "--content-light",
      "CLL,FALL",
      values.contentLight,
      "content light level in cd/m2: 1000,400",
    ),
    setting(
      "level",
      "--level",
      "LEVEL",
      choice(...values.levels),
      "AV1 level 2.0 to 6.3, auto or unconstrained (default auto)",
    ),
    option("--frame-rate", "N", "frames in --time-scale seconds (default: as the input says)", (draft, name, text) => {
      draft.frameRate = values.wholeNumber(name, text, 1, mostTimeBase);
    }),
    option(
      "--time-scale",
      "N",
      "seconds; 1001 with --frame-rate 30000 is 29.97 (default 1)",
      (draft, name, text) => {
        draft.timeScale = values.wholeNumber(name, text, 1, mostTimeBase);
      },
    ),
  ]),
];
