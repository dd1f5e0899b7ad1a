// The password that clients prove to the daemon: there must be one, and one that cannot be guessed from a recorded session.

import { UsageError } from "../../errors.ts";
import { passwordBits } from "../auth/password.ts";
import { leastPasswordBits } from "../limits.ts";
import { type Environment, secretFrom } from "./password_source.ts";

/** Of workers.toml, too. */
const mostPasswordLength = 1024;

/** Throws UsageError. `allowWeak`: --allow-weak-password was said. */
export function serverPassword(environment: Environment, allowWeak: boolean): string {
  const password = secretFrom(environment, "SERVER_PASSWORD");
  if (password === undefined) {
    throw new UsageError(
      "Cannot start a worker without a password: set SERVER_PASSWORD or SERVER_PASSWORD_FILE; " +
        "rav1e-by-gop worker init makes a good one",
    );
  }
  if (password === "") {
    throw new UsageError("Cannot start a worker with an empty password; rav1e-by-gop worker init makes one");
  }
  if (password.length > mostPasswordLength) {
    throw new UsageError(`Cannot use SERVER_PASSWORD: it has more than ${mostPasswordLength} characters`);
  }
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(password)) {
    throw new UsageError("Cannot use SERVER_PASSWORD: it has control characters, a line break for instance");
  }
  const bits = Math.floor(passwordBits(password));
  if (bits < leastPasswordBits && !allowWeak) {
    throw new UsageError(
      `SERVER_PASSWORD can be guessed: it has about ${bits} bits, ${leastPasswordBits} are needed because a recorded ` +
        "session can be tried at; rav1e-by-gop worker init makes a good one, --allow-weak-password takes this one",
    );
  }
  return password;
}
