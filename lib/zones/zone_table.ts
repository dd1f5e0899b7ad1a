// One table of zones.toml, from whatever TOML may hold to a Zone.
//
//   first, last    frames of the input from 0, both in the zone; `last` may be left out
//   from, to       the same as times, "1:32:10.5"; the frame at `to` is not in the zone any more
//   quantizer, speed, photon-noise    as the options of these names; left out, what the command line says

import { TomlDate } from "smol-toml";
import { InputError } from "../errors.ts";
import { kindOf, TomlTable } from "../toml/toml_table.ts";
import type { Zone, ZonePosition } from "./zone.ts";

const keys = ["first", "last", "from", "to", "quantizer", "speed", "photon-noise"] as const;
type Fields = TomlTable<typeof keys[number]>;

/** `place` names the table for messages. Throws InputError. */
export function zoneOf(table: unknown, place: string): Zone {
  const fields = new TomlTable(table, place, keys);
  const first = frame(fields, "first"), from = time(fields, "from");
  const last = frame(fields, "last"), to = time(fields, "to");
  refuseBoth(place, "first", first, "from", from);
  refuseBoth(place, "last", last, "to", to);
  const start = first ?? from;
  if (start === undefined) throw new InputError(`${place}: first is missing; it is the zone's first frame, from 0`);
  if (first !== undefined && last !== undefined && last.frame < first.frame) {
    throw fields.fault("last", `${first.frame} or more, which is first, found ${last.frame}`);
  }
  if (from !== undefined && to !== undefined && to.seconds <= from.seconds) {
    throw fields.fault("to", `a time after from, which it is not`);
  }
  return {
    place,
    start,
    end: last === undefined ? to : { kind: "frame", frame: last.frame + 1 },
    speed: fields.wholeNumber("speed", 0, 10),
    quantizer: fields.wholeNumber("quantizer", 1, 255),
    photonNoise: fields.wholeNumber("photon-noise", 0, 64),
  };
}

type Frame = Extract<ZonePosition, { kind: "frame" }>;
type Time = Extract<ZonePosition, { kind: "time" }>;

function frame(fields: Fields, key: "first" | "last"): Frame | undefined {
  const number = fields.wholeNumber(key, 0, Number.MAX_SAFE_INTEGER);
  return number === undefined ? undefined : { kind: "frame", frame: number };
}

function time(fields: Fields, key: "from" | "to"): Time | undefined {
  const value = fields.value(key);
  if (value === undefined) return undefined;
  const expected = 'a time, as in "1:32:10.5"';
  // TOML has times of its own, without quotes.
  const text = value instanceof TomlDate && value.isTime() ? value.toISOString() : value;
  if (typeof text !== "string") throw fields.fault(key, `${expected}, found ${kindOf(value)}`);
  const seconds = secondsOf(text);
  if (seconds === undefined) {
    // Refuses it with what stands there.
    fields.text(key, expected, () => false);
    throw fields.fault(key, expected);
  }
  return { kind: "time", seconds };
}

/** Of "h:mm:ss", "mm:ss" or "ss", each with a fraction or without; undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  const match = /^(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,7}(?:\.\d{1,9})?)$/.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds] = match;
  const hasHours = hours !== undefined, hasMinutes = minutes !== undefined;
  if ((hasHours && Number(minutes) >= 60) || (hasMinutes && Number(seconds) >= 60)) return undefined;
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds);
}

function refuseBoth(place: string, one: string, a: unknown, other: string, b: unknown): void {
  if (a !== undefined && b !== undefined) throw new InputError(`${place}: ${one} and ${other} say the same; drop one`);
}
