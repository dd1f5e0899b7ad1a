// Whether an encode is running now: it holds a lock on its `.part` (or, with --state-dir, on the store's lock file). Asked
// with a shared lock that is given back at once, so that two who ask do not take each other for an encode.

/** False also where the file cannot be opened: then nobody of this user's is writing it. */
export function isLocked(path: string): boolean {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch {
    return false;
  }
  try {
    return !file.tryLockSync(false);
  } finally {
    file.close();
  }
}
