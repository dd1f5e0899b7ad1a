// The proxies command: one decoder, one encode a size, the slots of this machine shared by all of them, the largest first.
// Everything that can be checked is checked before a file is created.

import { SharedSlots } from "../../encode/shared_slots.ts";
import { UsageError } from "../../errors.ts";
import { quotedPath } from "../../media/printable.ts";
import { proxyPlace } from "../../proxies/layout.ts";
import { lookAtSource } from "../../proxies/look_at_source.ts";
import { type PictureSize, proxySizes } from "../../proxies/sizes.ts";
import { count } from "../../resume/describe.ts";
import type { EncodeCommand, ProxiesCommand } from "../command.ts";
import { EncodeHost } from "../encode_host.ts";
import { checkPlaces } from "../encode_places.ts";
import { checkInputPath } from "../input_path.ts";
import { checkOutputFolder } from "../output_folder.ts";
import { leavingAtOnce, type StopSignal, watchSignals } from "../signals.ts";
import { goOnWith, lostWork, stopAll, stopWords } from "../stopping.ts";
import { flushStderr } from "../stderr_queue.ts";
import { supervise } from "../supervise.ts";
import { systemReason } from "../system_reason.ts";
import { wantedSlots } from "../wanted_slots.ts";
import { efficiencyText, totalsOf } from "../several/totals.ts";
import { leftBefore } from "./left_before.ts";
import type { Proxy } from "./open_set.ts";
import { ProxySet } from "./proxy_set.ts";

/** Returns the exit code; throws ExitErrors. */
export async function proxiesCommand(command: ProxiesCommand): Promise<number> {
  const { input, encode } = command, name = quotedPath(input);
  // Scripts, too, are filtered by the ffmpeg that scales them.
  const place = await checkInputPath(input, false, { ...encode, videoFilter: undefined });
  if (place.kind === "pipe") {
    throw new UsageError(`Cannot make proxies of ${name}: it is no file, and they go by a file's name`);
  }
  const slots = new SharedSlots(encode.noLocal ? 0 : wantedSlots(encode.threads), () => {});
  const host = await EncodeHost.open(encode, slots), { display } = host;
  let isToldIrregular = false;
  const onIrregular = (what: string) => {
    // All sizes find it out, each for itself.
    if (isToldIrregular || encode.timeBase !== undefined) return;
    isToldIrregular = true;
    display.message(`${what}${command.container === "ivf" ? `; ${keepsTimes}` : ""}`, "warning");
  };
  const request = { path: input, name, wishes: encode, skip: 0, onIrregular };
  const library = async () => (await host.encoder()).library;
  const source = await opening(host, () => lookAtSource(place.choice, request, library));
  const proxies = await proxiesOf(command, name, source.picture ?? source.media.video.format);
  using set = await opening(host, () => ProxySet.open(proxies, source, host));
  if (source.media.video.isVariable && command.container === "ivf" && encode.timeBase === undefined) {
    display.message(`the frames of ${name} last differently long: ${keepsTimes}`, "warning");
  }
  if (set.isComplete) {
    display.message(
      `${count(set.recorded.length, "proxy", "proxies")} of ${name} ${
        set.recorded.length === 1 ? "is" : "are"
      } complete already; nothing was left to do`,
    );
    return 0;
  }
  using _signals = watchSignals((signal) => stopSet(signal, set, host));
  const began = performance.now();
  slots.begin();
  set.begin();
  await supervise(display, () => set.status, () => set.run());
  const totals = totalsOf(set.summaries, slots, (performance.now() - began) / 1000);
  const facts = { proxies: proxies.length, sourceFrames: set.sourceFrames, ...totals };
  display.summary(
    `${count(proxies.length, "proxy", "proxies")} of ${name}, ${count(facts.sourceFrames, "frame")} each: ` +
      `${facts.seconds.toFixed(1)} s` + (facts.frames > 0 ? `, ${efficiencyText(facts)}` : ""),
    facts,
  );
  return 0;
}

/** A script may look through its sources for long: who does not wait for that is told so. */
function opening<T>({ display }: EncodeHost, open: () => Promise<T>): Promise<T> {
  return leavingAtOnce(open, async (signal) => {
    display.message(`${stopWords[signal]} before encoding began; ${goOnWith()}`, "error");
    await flushStderr();
  });
}

const keepsTimes = "IVF has no place for that, --container mkv has";

/** Largest first. Asks where an output is there of which nothing is known; creates the folders of the layout. */
async function proxiesOf(command: ProxiesCommand, name: string, source: PictureSize): Promise<Proxy[]> {
  const { input, folder, layout, container, percents, encode } = command;
  const sizes = proxySizes(name, source, percents);
  checkOutputFolder(folder);
  const place = proxyPlace(input, folder, layout, container);
  makeFolder(place.folder);
  const commands = sizes.map(({ percent }): EncodeCommand => {
    return { ...encode, command: "encode", input, output: place.file(percent) };
  });
  const lefts = await leftBefore(commands);
  // What is kept of a size is removed only when all of them are complete: a run that was killed in the middle of that has no more
  // to do than the rest of it.
  const isTidying = !encode.overwrite && lefts.some(({ kind }) => kind === "complete") &&
    lefts.every(({ kind }) => ["complete", "recorded", "unknown"].includes(kind));
  const proxies: Proxy[] = [];
  for (const [at, left] of lefts.entries()) {
    if (isTidying && left.kind !== "complete") continue;
    const size = sizes[at]!, own = commands[at]!;
    // What a record knows is not asked about: it stays, or is kept aside.
    const isKnown = left.kind === "recorded" || left.kind === "cut off";
    const places = await checkPlaces({ ...own, videoFilter: undefined, ...(isKnown && { overwrite: true }) });
    proxies.push({ size, label: `${size.percent} %`, command: own, places, left });
  }
  return proxies;
}

/** Below the folder that was named. Throws UsageError. */
function makeFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(
      `Cannot make the folder ${quotedPath(folder)} for the proxies: ${systemReason(error)}; ` +
        "give another behind -o, or --layout plain",
      { cause: error },
    );
  }
}

/** As stopWork, for all sizes. */
async function stopSet(signal: StopSignal, set: ProxySet, { display }: EncodeHost): Promise<void> {
  const { works, status } = set, { lostSlotSeconds, segments, leave } = stopAll(works);
  set.close();
  display.finish(status);
  display.message(
    `${stopWords[signal]} after ${status.framesDone} frames of all sizes; ${lostWork(lostSlotSeconds)}, ` +
      `${count(segments, "finished segment")} of ${count(works.length, "proxy", "proxies")} kept; ${goOnWith()}`,
    "error",
  );
  await leave();
}
