// File names are bytes, arguments here are text: where a name is not UTF-8 the runtime has put U+FFFD for what it could not
// read, which is another name. A name may hold that character itself, so the process's own arguments decide (Linux;
// elsewhere names are UTF-8).

const replacement = "\u{fffd}";

/** Whether `text`, an argument or a part of one, cannot be what was given. */
export function isForeignName(text: string, readArguments = argumentsOfProcess): boolean {
  if (!text.includes(replacement)) return false;
  const bytes = readArguments();
  if (bytes === undefined) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return false;
  } catch {
    return true;
  }
}

function argumentsOfProcess(): Uint8Array | undefined {
  try {
    return Deno.readFileSync("/proc/self/cmdline");
  } catch {
    return undefined;
  }
}
