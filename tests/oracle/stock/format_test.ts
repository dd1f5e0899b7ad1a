// See tests/oracle/oracle_tests.ts.

import { formatCases } from "../cases/format.ts";
import { oracleTests } from "../oracle_tests.ts";

await oracleTests(formatCases);
