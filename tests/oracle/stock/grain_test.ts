// See tests/oracle/oracle_tests.ts.

import { grainCases } from "../cases/grain.ts";
import { oracleTests } from "../oracle_tests.ts";

await oracleTests(grainCases);
