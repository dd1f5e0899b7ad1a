// What rav1e calls the colour descriptions of ISO/IEC 23091-4 (ITU-T H.273): the spellings of rav1e 0.8.1
// (src/api/color.rs), in the order of their code points. The names go to librav1e as they stand here.

export const primaries = [
  "BT709",
  "Unspecified",
  "BT470M",
  "BT470BG",
  "BT601",
  "SMPTE240",
  "GenericFilm",
  "BT2020",
  "XYZ",
  "SMPTE431",
  "SMPTE432",
  "EBU3213",
];

export const transfers = [
  "BT709",
  "Unspecified",
  "BT470M",
  "BT470BG",
  "BT601",
  "SMPTE240",
  "Linear",
  "Log100",
  "Log100Sqrt10",
  "IEC61966",
  "BT1361",
  "SRGB",
  "BT2020_10Bit",
  "BT2020_12Bit",
  "SMPTE2084",
  "SMPTE428",
  "HLG",
];

export const matrices = [
  "Identity",
  "BT709",
  "Unspecified",
  "FCC",
  "BT470BG",
  "BT601",
  "SMPTE240",
  "YCgCo",
  "BT2020NCL",
  "BT2020CL",
  "SMPTE2085",
  "ChromatNCL",
  "ChromatCL",
  "ICtCp",
];
