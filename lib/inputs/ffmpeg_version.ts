// What an ffmpeg says of itself, as far as anything depends on it: how it is told to pass frames on untouched changed its
// name with 5.1 and has lost the old one in 9. Version strings of builds from the development tree mean nothing; the number of
// libavutil, which stands in every one, does.

export interface FfmpegVersion {
  /** "5.1.9-0+deb12u1"; informs only. */
  readonly name: string;
  /** Before each output. */
  readonly passthrough: readonly string[];
}

/** What `ffmpeg -version` printed; undefined where that is not ffmpeg's. */
export function readFfmpegVersion(text: string): FfmpegVersion | undefined {
  const name = /^ffmpeg version (\S{1,80})/.exec(text)?.[1];
  const library = /^libavutil +(\d{1,4})\. *(\d{1,4})\./m.exec(text);
  if (name === undefined || library === null) return undefined;
  const major = Number(library[1]), minor = Number(library[2]);
  const isOld = major < 57 || (major === 57 && minor < 24);
  return { name, passthrough: [isOld ? "-vsync" : "-fps_mode", "passthrough"] };
}
