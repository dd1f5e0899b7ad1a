// What an encode is, found out before anything is created: its input is open, the settings are resolved, keyframes that were
// given are checked against them, and the output's bytes depend on nothing but its identity.

import type { ResolvedSettings } from "../../ffi/library.ts";
import type { CommittedSegment } from "../encode/encode_job.ts";
import type { Detected } from "../encode/plan.ts";
import { checkForcedKeyframes, checkSceneList, withZoneStarts } from "../encode/scene_list.ts";
import { type EncoderSettings, settingsFor } from "../encode/settings.ts";
import type { WorkerEntry } from "../remote/client/worker_entry.ts";
import { type Fingerprint, fingerprintFile } from "../resume/fingerprint.ts";
import type { Identity } from "../resume/identity.ts";
import { startStoreThread } from "../resume/store.ts";
import type { ZonesReach } from "../zones/zone_plan.ts";
import type { EncodeCommand } from "./command.ts";
import { connectingTo, fleetOf } from "./encode_fleet.ts";
import type { EncodeHost, OpenedEncoder } from "./encode_host.ts";
import { closeInput, type EncodeInput, openInput } from "./encode_input.ts";
import type { EncodePlaces } from "./encode_places.ts";
import { describeSettings, resolveSettings } from "./encode_settings.ts";
import { zoned, zonesOf } from "./encode_zones.ts";
import type { ProgressDisplay } from "./progress/display.ts";
import { readSceneList } from "./scene_list_file.ts";

/** What an encode of one size of a source has that several are made of, side by side. */
export interface SizeOfMany {
  /** Opened by whoever reads the source once for all. */
  readonly input: EncodeInput;
  /** Earlier runs have completed it: it must only be seen that this is still so. */
  readonly isComplete: boolean;
  /** Its keyframes, where they are known already: those of the other sizes. */
  readonly given: Detected | undefined;
  /** Before the run takes note. May throw what ends it. */
  detected(detected: Detected): void;
  finished(segment: CommittedSegment): void;
}

/** All of it. */
export interface PreparedEncode {
  readonly size: SizeOfMany | undefined;
  readonly command: EncodeCommand;
  readonly places: EncodePlaces;
  readonly host: EncodeHost;
  readonly display: ProgressDisplay;
  readonly encoder: OpenedEncoder;
  readonly input: EncodeInput;
  readonly workers: readonly WorkerEntry[];
  readonly settings: EncoderSettings;
  /** What zones say of the input's length. */
  readonly reach: ZonesReach | undefined;
  readonly resolved: ResolvedSettings;
  readonly fleet: Awaited<ReturnType<typeof fleetOf>>;
  /** The plan of a scene list. */
  readonly given: Detected | undefined;
  readonly identity: Identity;
  readonly storeThread: ReturnType<typeof startStoreThread>;
}

/** Waits for a pipe's header. `display` is where this encode's lines go. Throws ExitErrors. */
export async function prepareEncode(
  command: EncodeCommand,
  places: EncodePlaces,
  host: EncodeHost,
  display: ProgressDisplay,
  size: SizeOfMany | undefined,
): Promise<PreparedEncode> {
  const zones = await zonesOf(command);
  const named = { output: command.output, format: places.format };
  const timed = zones === undefined ? undefined : { path: command.zones!, zones };
  const input = size?.input ?? await openInput(command, places.input, named, { display, zones: timed });
  using opened = new DisposableStack();
  // Of a size that is complete it is another one's.
  if (!size?.isComplete) opened.defer(() => closeInput(input));
  for (const warning of input.warnings) display.message(warning, "warning");
  const workers = await host.workers();
  // All of these take a while; so do the next steps. One encode of several may have long to wait for its turn.
  if (workers.length > 0) host.identity().catch(() => {/* The fleet hears of it when it asks. */});
  const connectors = await connectingTo(host.slots === undefined ? workers : []);
  opened.defer(() => connectors.forEach((connector) => connector.close()));
  const storeThread = startStoreThread();
  const encoder = await host.encoder(), { library } = encoder;
  const unzoned = settingsFor(input.header.format, input.options, command.timeBase);
  const { settings, reach } = await zoned(zones, unzoned, command, input);
  const resolved = resolveSettings(library, settings, input.name);
  describeSettings(command, input, settings, resolved, display);
  const fleet = await fleetOf({
    workers,
    connectors,
    libraryPath: encoder.path,
    settings,
    onePiece: resolved.onePiece,
    identity: () => host.identity(),
  });
  const info = library.info(), { rav1e, avSceneChange, abi } = info;
  const { skip, limit } = command;
  const context = { library: info, settings, resolved, skip, limit, frames: input.frames };
  checkForcedKeyframes(command.forceKeyframes, context);
  const listed = command.scenes === null
    ? undefined
    : checkSceneList(readSceneList(command.scenes), command.scenes, context);
  const identity: Identity = {
    settings,
    range: { skip: command.skip, frames: input.frames, limit: command.limit },
    rav1e,
    avSceneChange,
    abi,
    input: await fingerprintOf(command, input),
    reading: input.kind === "pipe" ? input.source?.reading ?? null : null,
    scenes: listed === undefined ? null : await digestOf(listed.keyframes),
    forcedKeyframes: command.forceKeyframes,
  };
  const given = listed === undefined ? size?.given : withZoneStarts(listed, settings);
  const about = { command, places, host, display, encoder, input, workers, size };
  opened.move();
  return { ...about, settings, reach, resolved, fleet, given, identity, storeThread };
}

/** null where only the frames tell an input from another. */
async function fingerprintOf({ input: path }: EncodeCommand, input: EncodeInput): Promise<Fingerprint | null> {
  const file = input.kind === "file" ? path : input.source?.fingerprintPath ?? null;
  return file === null ? null : await fingerprintFile(file);
}

async function digestOf(keyframes: readonly number[]): Promise<string> {
  const bytes = new TextEncoder().encode(keyframes.join(","));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
