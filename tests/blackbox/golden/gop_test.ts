// See tests/oracle/golden_tests.ts.

import { gopCases } from "../../oracle/cases/gop.ts";
import { goldenTests } from "../../oracle/golden_tests.ts";

goldenTests(gopCases);
