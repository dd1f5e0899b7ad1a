// Why the system refused a file, in words that fit behind "cannot read x: ". Deno's own messages carry the path, the
// call and a number; here the class of the error decides, and the rest is only used where no class says enough.

/** A clause such as "no such file or directory". */
export function systemReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is not a directory";
  if (error instanceof Deno.errors.FilesystemLoop) return "its symbolic links lead in a circle";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "no such file or directory";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOSPC":
      return "no space is left on the disk";
    case "EMFILE":
      return "too many files are open; raise the limit (ulimit -n)";
    case "EROFS":
      return "the file system is read-only";
    case "ENOTDIR":
      return "a part of its path is not a directory";
    case "ELOOP":
      return "its symbolic links lead in a circle";
    case "ENAMETOOLONG":
      return "its name is too long";
  }
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ \(os error \d+\).*$/s, "").split("\n", 1)[0] ?? message;
}
