// Zones that an encode has not come to may be changed when it is gone on with: nothing that is finished depends on them. So a
// pipe that ended before its last zone began costs nothing but that zone. What all segments have of all zones is what stands in
// the sequence header, which follows from their speeds and from whether there is noise (ffi/librav1e/src/settings/zones.rs): that
// must stay.

import type { ZoneSettings } from "../encode/settings.ts";

/** The zones that segments of frames below `decided` were encoded by: those that begin later are left out where they can be. */
export function zonesThatCount(zones: readonly ZoneSettings[], decided: number): readonly ZoneSettings[] {
  let count = zones.length;
  while (count > 1 && zones[count - 1]!.first >= decided && isWithout(zones.slice(0, count - 1), zones[count - 1]!)) {
    count--;
  }
  return zones.slice(0, count);
}

/** Whether `others` alone have the sequence header that they have with `zone`. */
function isWithout(others: readonly ZoneSettings[], zone: ZoneSettings): boolean {
  return others.some(({ speed }) => speed === zone.speed) &&
    (zone.photonNoise === 0 || others.some(({ photonNoise }) => photonNoise > 0));
}
