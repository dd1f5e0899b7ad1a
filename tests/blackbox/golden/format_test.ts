// See tests/oracle/golden_tests.ts.

import { formatCases } from "../../oracle/cases/format.ts";
import { goldenTests } from "../../oracle/golden_tests.ts";

goldenTests(formatCases);
