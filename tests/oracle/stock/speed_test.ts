// See tests/oracle/oracle_tests.ts.

import { speedCases } from "../cases/speed.ts";
import { oracleTests } from "../oracle_tests.ts";

await oracleTests(speedCases);
