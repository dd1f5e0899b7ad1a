// All cases, by subject. A name is used once.

import type { OracleCase } from "./case.ts";
import { formatCases } from "./cases/format.ts";
import { gopCases } from "./cases/gop.ts";
import { grainCases } from "./cases/grain.ts";
import { metadataCases } from "./cases/metadata.ts";
import { speedCases } from "./cases/speed.ts";

export const cases: readonly OracleCase[] = [
  ...speedCases,
  ...gopCases,
  ...formatCases,
  ...metadataCases,
  ...grainCases,
];
