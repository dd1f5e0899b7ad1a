// See tests/oracle/golden_tests.ts.

import { speedCases } from "../../oracle/cases/speed.ts";
import { goldenTests } from "../../oracle/golden_tests.ts";

goldenTests(speedCases);
