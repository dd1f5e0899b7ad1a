// See tests/oracle/golden_tests.ts.

import { grainCases } from "../../oracle/cases/grain.ts";
import { goldenTests } from "../../oracle/golden_tests.ts";

goldenTests(grainCases);
