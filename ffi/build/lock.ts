// One process builds, the others wait: a lock on a file that the system lets go of with its process, however that ends.

/** How often a waiting process looks again. */
const retryMs = 200;

/** Takes the lock on `path` (made when missing); `onWait` is called once if another process has it. */
export async function takeLock(path: string, onWait: () => void, signal?: AbortSignal): Promise<Disposable> {
  const file = Deno.openSync(path, { read: true, write: true, create: true });
  try {
    let waiting = false;
    while (!file.tryLockSync(true)) {
      if (!waiting) onWait();
      waiting = true;
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
