// What ends a run, by the exit code it deserves: 2 when the command line or the input is at fault and nothing was
// begun, 1 when work was begun (or promised) and is not complete. Every message is one line: what could not be done,
// with the numbers, and what to do. Anything thrown that is not an ExitError is a fault of the program itself.

/** A fault with an exit code of its own. `message` is the one line the user reads. */
export class ExitError extends Error {
  constructor(readonly exitCode: 1 | 2, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The command line cannot be served: unknown option, value out of range, contradiction. Exit 2. */
export class UsageError extends ExitError {
  constructor(message: string, options?: ErrorOptions) {
    super(2, message, options);
  }
}

/** The input (or a file the command line names) is at fault, found before any work was begun. Exit 2. */
export class InputError extends ExitError {
  constructor(message: string, options?: ErrorOptions) {
    super(2, message, options);
  }
}

/** Work was begun or promised and is not complete. Exit 1. */
export class IncompleteError extends ExitError {
  constructor(message: string, options?: ErrorOptions) {
    super(1, message, options);
  }
}
