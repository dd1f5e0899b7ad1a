// ffmpeg's names of colour descriptions (libavutil/pixdesc.c; the code points of ITU-T H.273) as rav1e's. Both programs name
// the same numbers.

const primaries: Readonly<Record<string, string>> = {
  bt709: "BT709",
  bt470m: "BT470M",
  bt470bg: "BT470BG",
  smpte170m: "BT601",
  smpte240m: "SMPTE240",
  film: "GenericFilm",
  bt2020: "BT2020",
  smpte428: "XYZ",
  smpte428_1: "XYZ",
  smpte431: "SMPTE431",
  smpte432: "SMPTE432",
  ebu3213: "EBU3213",
  "jedec-p22": "EBU3213",
};

const transfer: Readonly<Record<string, string>> = {
  bt709: "BT709",
  bt470m: "BT470M",
  gamma22: "BT470M",
  bt470bg: "BT470BG",
  gamma28: "BT470BG",
  smpte170m: "BT601",
  smpte240m: "SMPTE240",
  linear: "Linear",
  log100: "Log100",
  log316: "Log100Sqrt10",
  "iec61966-2-4": "IEC61966",
  bt1361e: "BT1361",
  "iec61966-2-1": "SRGB",
  "bt2020-10": "BT2020_10Bit",
  "bt2020-12": "BT2020_12Bit",
  smpte2084: "SMPTE2084",
  smpte428: "SMPTE428",
  "arib-std-b67": "HLG",
};

const matrix: Readonly<Record<string, string>> = {
  gbr: "Identity",
  bt709: "BT709",
  fcc: "FCC",
  bt470bg: "BT470BG",
  smpte170m: "BT601",
  smpte240m: "SMPTE240",
  ycgco: "YCgCo",
  ycocg: "YCgCo",
  bt2020nc: "BT2020NCL",
  bt2020c: "BT2020CL",
  smpte2085: "SMPTE2085",
  "chroma-derived-nc": "ChromatNCL",
  "chroma-derived-c": "ChromatCL",
  ictcp: "ICtCp",
};

const tables = { primaries, transfer, matrix } as const;
export type ColourProperty = keyof typeof tables;

/** rav1e's name for one of ffmpeg's; null for one that it has none for. */
export function rav1eColourName(property: ColourProperty, name: string): string | null {
  const table = tables[property];
  return Object.hasOwn(table, name) ? table[name]! : null;
}
