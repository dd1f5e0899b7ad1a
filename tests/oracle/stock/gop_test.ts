// See tests/oracle/oracle_tests.ts.

import { gopCases } from "../cases/gop.ts";
import { oracleTests } from "../oracle_tests.ts";

await oracleTests(gopCases);
