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
  if (password === undefined || password === "") {
    throw new UsageError(
      "no password; set SERVER_PASSWORD, or SERVER_PASSWORD_FILE to the path of a file that holds it " +
        "(`rav1e-by-gop worker init` makes one)",
    );
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
      `Cannot use a password of about ${bits} bits: who records a connection could guess it; use one of ` +
        `${leastPasswordBits} (\`rav1e-by-gop worker init\` makes one), or add --allow-weak-password`,
    );
  }
  return password;
}
