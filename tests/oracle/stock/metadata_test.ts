// See tests/oracle/oracle_tests.ts.

import { metadataCases } from "../cases/metadata.ts";
import { oracleTests } from "../oracle_tests.ts";

await oracleTests(metadataCases);
