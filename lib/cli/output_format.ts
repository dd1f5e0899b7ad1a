// Which container an output is written in: the extension of its name says so, --format where there is none. A name and an
// option that disagree are a misunderstanding.

import { type ContainerFormat, containerFormats } from "../containers/container.ts";
import { UsageError } from "../errors.ts";
import { shown } from "./values.ts";

export const defaultFormat: ContainerFormat = "ivf";

/** `isStream`: the name is of a stream, whose extension may be anything. Throws UsageError. */
export function outputFormat(
  output: string,
  wanted: ContainerFormat | undefined,
  { isStream }: { isStream: boolean },
): ContainerFormat {
  const extension = extensionOf(output);
  const named = containerFormats.find((format) => extension === `.${format}`);
  if (extension === undefined || (isStream && named === undefined)) return wanted ?? defaultFormat;
  if (named === undefined) {
    throw new UsageError(
      `Cannot write ${shown(output)}: ${shown(extension)} is no container known here; use ${extensions()}`,
    );
  }
  if (wanted !== undefined && wanted !== named) {
    throw new UsageError(`Cannot write ${shown(output)}: --format ${wanted} is not what its name says; change one`);
  }
  return named;
}

/** In lower case, with its dot; undefined where there is none. */
function extensionOf(output: string): string | undefined {
  return /[^/](\.[^./]*)$/.exec(output)?.[1]?.toLowerCase();
}

function extensions(): string {
  const all = containerFormats.map((format) => `.${format}`);
  return `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}
