// zones.toml: ranges of the input that are encoded with a quantizer, a speed or photon noise of their own. Every table is
// checked whole here; whether the ranges fit the video is judged by zone_plan.ts.

import { InputError } from "../errors.ts";
import { printable } from "../media/printable.ts";
import { readTomlText, tomlTables } from "../toml/toml_file.ts";
import type { Zone } from "./zone.ts";
import { zoneOf } from "./zone_table.ts";

/** As many as the encoder library takes (ffi/librav1e/src/settings/zones.rs). */
const mostZones = 10_000;

/** The zones in the file at `path`, at least one, in its order. Throws InputError. */
export function readZonesFile(path: string): Zone[] {
  const text = readTomlText(path, "list of zones");
  if (text === undefined) throw new InputError(`Cannot read ${printable(path)}: no such file or directory`);
  return parseZones(text, path);
}

/** The same from `text`, the contents of the file at `path`. Throws InputError. */
export function parseZones(text: string, path: string): Zone[] {
  const file = printable(path);
  const tables = tomlTables(text, "zones", file, "without zones, drop --zones");
  if (tables.length > mostZones) {
    throw new InputError(`${file}: it has ${tables.length} zones; ${mostZones} is the most`);
  }
  return tables.map((table, at) => zoneOf(table, `${file}, [[zones]] ${at + 1}`));
}
