// One user of a store at a time. Beside the output the lock on its `.part` sees to that; in a --state-dir two outputs of
// one name would share a store, so there it has a lock file of its own.

import { systemReason } from "../cli/system_reason.ts";
import { UsageError } from "../errors.ts";
import { isStillNamed, removeIfThere } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import type { StorePlace } from "./place.ts";

/**
 * Keeps a second run away from a store in a --state-dir; the caller releases it at the end. undefined where the lock on
 * the output's `.part` does that. Throws UsageError where another run has it, or where no file can be made there; `name` is
 * the store's in that message.
 */
export function lockPlace({ lock, store }: StorePlace, name = store): Disposable | undefined {
  if (lock === null) return undefined;
  for (;;) {
    const file = openLock(lock, name);
    try {
      if (!file.tryLockSync(true)) {
        throw new UsageError(
          `Cannot use ${quotedPath(name)}: another run uses it; wait for that one, or use another --state-dir`,
        );
      }
      // A run that ended between opening and locking has removed the name: the lock would be on nobody's file.
      if (isStillNamed(file, lock)) return held(file, lock);
      file.close();
    } catch (error) {
      file.close();
      throw error;
    }
  }
}

/** A read-only or full file system is only found out by making a file. */
function openLock(lock: string, name: string): Deno.FsFile {
  try {
    return Deno.openSync(lock, { read: true, write: true, create: true });
  } catch (error) {
    throw new UsageError(`Cannot make ${quotedPath(name)}: ${systemReason(error)}; use another --state-dir`, {
      cause: error,
    });
  }
}

function held(file: Deno.FsFile, lock: string): Disposable {
  return {
    [Symbol.dispose]() {
      removeIfThere(lock);
      file.close();
    },
  };
}
