// Why a command line is not taken.

import assert from "node:assert/strict";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { UsageError } from "../../../lib/errors.ts";

/** The one line that the words are refused with. */
export function refusal(...args: string[]): string {
  try {
    parseCommandLine(args);
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    assert(!error.message.includes("\n"), error.message);
    return error.message;
  }
  assert.fail(`${args.join(" ")} was taken`);
}
