// A set of proxies before it runs: the decoder has given its first frame, and each size is an encode that is prepared, or one
// that an earlier run has completed. Nothing is created yet.

import { basename } from "node:path";
import type { EncodeRun } from "../../encode/encode_run.ts";
import type { EncodeSummary } from "../../encode/encode_job.ts";
import type { EncodeStatus } from "../../encode/status.ts";
import { ffmpegCommand, type FfmpegSource } from "../../inputs/ffmpeg_source.ts";
import { describeSource } from "../../inputs/open_ffmpeg.ts";
import { withFacts } from "../../inputs/source_facts.ts";
import { turnWarning } from "../../inputs/turning.ts";
import { constantTimes } from "../../media/frame_times.ts";
import { Decoder } from "../../proxies/decoder.ts";
import { SameFrames } from "../../proxies/same_frames.ts";
import type { ProxySize } from "../../proxies/sizes.ts";
import type { EncodeCommand } from "../command.ts";
import type { EncodeHost } from "../encode_host.ts";
import type { EncodeInput } from "../encode_input.ts";
import type { EncodePlaces } from "../encode_places.ts";
import { OneEncode } from "../one_encode.ts";
import { labelledDisplay } from "../progress/labelled.ts";
import type { Left } from "./left_before.ts";
import { refuseOther } from "./made_before.ts";
import { otherwise } from "./proxy_record.ts";
/** What is to be made. */
export interface Proxy {
  readonly size: ProxySize;
  /** "50 %". */
  readonly label: string;
  readonly command: EncodeCommand;
  readonly places: EncodePlaces;
  readonly left: Left;
}

/** What is encoded, or has its name and is kept. */
export interface Part {
  readonly proxy: Proxy;
  readonly encode: OneEncode;
  run: EncodeRun | undefined;
  lastStatus: EncodeStatus | undefined;
  summary: EncodeSummary | undefined;
}

export interface OpenedSet {
  readonly decoder: Decoder;
  readonly parts: readonly Part[];
  /** What was complete before. */
  readonly recorded: readonly Proxy[];
  readonly same: SameFrames;
}

/** Throws ExitErrors. */
export async function openSet(proxies: readonly Proxy[], source: FfmpegSource, host: EncodeHost): Promise<OpenedSet> {
  const { library } = await host.encoder();
  const missing = proxies.filter(({ left }) => !isMade(left));
  // Where none is, the smallest is looked at for what frames are like.
  const decoded = missing.length > 0 ? missing : proxies.slice(-1);
  const { limit, expectFrames, options } = proxies[0]!.command;
  const { name } = source.request;
  // What earlier runs have found holds for the sizes that they have not made.
  const given = options.noSceneDetection ? undefined : proxies.find(({ left }) => left.plan !== undefined)?.left.plan;
  const decoder = await Decoder.open({
    library,
    name,
    streams: decoded.length,
    expectFrames,
    firstLeads: !options.noSceneDetection && given === undefined,
    reader: source.reader,
    limit,
    command: (targets, descriptor) =>
      ffmpegCommand(
        source,
        decoded.map(({ size }, at) => ({ target: targets[at]!, size, ...(limit > 0 && { frames: limit }) })),
        descriptor,
      ),
  });
  try {
    const same = new SameFrames();
    const described = decoded.map((_, at) => describeSource(source, decoder.pipes[at]!.header, decoder.start));
    for (const note of described[0]!.notes) host.display.message(note);
    const { command: { videoFilter }, places: { format } } = proxies[0]!;
    const turned = turnWarning(name, source.media.video, { videoFilter, format });
    for (const text of [...described[0]!.warnings, turned]) {
      if (text !== undefined) host.display.message(text, "warning");
    }
    const percents = proxies.map(({ size: { percent } }) => percent).sort((a, b) => a - b);
    const parts: Part[] = [], recorded: Proxy[] = [];
    for (const proxy of proxies) {
      const at = Math.max(0, decoded.indexOf(proxy));
      const input = inputOf(proxy, decoder, at, described[at]!, percents);
      const { size, command, left } = proxy, facts = { size: size.percent, output: command.output };
      const display = labelledDisplay(host.display, basename(command.output), facts);
      const encode = await OneEncode.prepare(proxy.command, proxy.places, host, display, {
        input,
        isComplete: isMade(left),
        given,
        detected: (detected) => same.detected(proxy.label, detected),
        finished: ({ segment, first, frames }) => same.finished(proxy.label, segment, first, frames),
      });
      if (left.kind === "recorded") {
        recorded.push(proxy);
        encode.drop();
        refuseOther(command.output, otherwise(left.entry, encode.identity));
      } else parts.push({ proxy, encode, run: undefined, lastStatus: undefined, summary: undefined });
    }
    decoder.listen({
      add: (stamps) => described.forEach(({ times }) => times.add(stamps)),
      end: () => described.forEach(({ times }) => times.end()),
      fail: (reason) => described.forEach(({ times }) => times.fail(reason)),
    });
    if (missing.length === 0) decoder.close();
    return { decoder, parts, recorded, same };
  } catch (error) {
    decoder.close();
    throw error;
  }
}

/** Whether an earlier run has given it its name. */
function isMade({ kind }: Left): boolean {
  return kind === "complete" || kind === "recorded";
}

type Described = ReturnType<typeof describeSource>;

function inputOf(
  { size: { width, height, percent }, command }: Proxy,
  decoder: Decoder,
  at: number,
  described: Described,
  percents: readonly number[],
): EncodeInput {
  const { timeBase } = command, { facts, header, reading } = described;
  const pipe = decoder.pipes[at]!;
  return {
    kind: "pipe",
    name: pipe.name,
    header: { ...header, format: { ...header.format, width, height } },
    options: withFacts(command.options, command.described ?? [], facts),
    frames: null,
    times: timeBase === undefined ? described.times : constantTimes({ num: timeBase.den, den: timeBase.num }),
    warnings: [],
    pipe,
    keyframes: decoder.keyframesOf(at),
    source: {
      ...described,
      reading: reading && { ...reading, proxyPercent: percent, proxyPercents: percents },
      pipe,
      command: decoder.command,
    },
  };
}
