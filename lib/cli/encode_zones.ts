// The zones of an encode: read before its input is waited for, laid on it when it is known. Encodes without zones load nothing
// of this.

import type { EncoderSettings, ZoneSettings } from "../encode/settings.ts";
import { quotedPath } from "../media/printable.ts";
import type { Zone } from "../zones/zone.ts";
import type { PlacedZones, ZonesReach } from "../zones/zone_plan.ts";
import type { EncodeCommand } from "./command.ts";
import type { EncodeInput } from "./encode_input.ts";

/** Those that the command line names; undefined where it names none. Throws InputError. */
export async function zonesOf({ zones }: Pick<EncodeCommand, "zones">): Promise<readonly Zone[] | undefined> {
  if (zones === null) return undefined;
  const { readZonesFile } = await import("../zones/zones_file.ts");
  return readZonesFile(zones);
}

export interface ZonedSettings {
  readonly settings: EncoderSettings;
  /** What is left to be seen when the input ends; undefined without zones. */
  readonly reach: ZonesReach | undefined;
}

/** The settings with the zones among them. Throws InputError where they do not fit the input. */
export async function zoned(
  zones: readonly Zone[] | undefined,
  settings: EncoderSettings,
  command: EncodeCommand,
  input: EncodeInput,
): Promise<ZonedSettings> {
  if (zones === undefined) return { settings, reach: undefined };
  const { placeZones } = await import("../zones/zone_plan.ts");
  const placed: PlacedZones = placeZones(zones, {
    options: settings,
    // Where frames last differently long, times do not say which they are.
    frameRate: input.times.isConstant ? { num: settings.timeBase.den, den: settings.timeBase.num } : undefined,
    skip: command.skip,
    frames: input.frames ?? mostFrames(command),
    inputFrames: input.kind === "file"
      ? input.file.frames
      : command.expectFrames ?? input.header.announcedFrames ?? null,
    file: quotedPath(command.zones!),
  });
  return { settings: { ...settings, zones: placed.zones }, reach: placed.reach };
}

function mostFrames({ limit, options: { stillPicture } }: EncodeCommand): number | null {
  return stillPicture ? 1 : limit > 0 ? limit : null;
}

/** A clause for each zone: "frames 0-499: speed 6, quantizer 100"; frames of the input. */
export function zoneTexts(zones: readonly ZoneSettings[], skip: number): string[] {
  return zones.map(({ first, speed, quantizer, photonNoise }, at) => {
    const next = zones[at + 1]?.first, from = skip + first;
    const frames = next === undefined ? `frames from ${from} on` : `frames ${from}-${skip + next - 1}`;
    return `${frames}: speed ${speed}, quantizer ${quantizer}` +
      (photonNoise > 0 ? `, photon noise ${photonNoise}` : "");
  });
}
