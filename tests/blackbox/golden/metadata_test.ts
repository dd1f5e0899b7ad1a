// See tests/oracle/golden_tests.ts.

import { metadataCases } from "../../oracle/cases/metadata.ts";
import { goldenTests } from "../../oracle/golden_tests.ts";

goldenTests(metadataCases);
