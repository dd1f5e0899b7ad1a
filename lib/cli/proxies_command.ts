// The proxies command: one decoder, one encode a size, the slots of this machine shared by all of them, the largest first.
// Everything that can be checked is checked before a file is created. What earlier runs have completed is not decoded again,
// and what is kept of any size stays until all are complete, so that the same command goes on from wherever it was.

import { basename } from "node:path";
import { SharedSlots } from "../encode/shared_slots.ts";
import type { EncodeRun } from "../encode/encode_run.ts";
import { ExitError, IncompleteError, UsageError } from "../errors.ts";
import { isThere } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import { Decoder } from "../proxies/decoder.ts";
import { proxyPlace } from "../proxies/layout.ts";
import { SameFrames } from "../proxies/same_frames.ts";
import { type ProxySize, proxySizes } from "../proxies/sizes.ts";
import { lookAtSource, type ProxySource } from "../proxies/source.ts";
import { type Fingerprint, fingerprintFile } from "../resume/fingerprint.ts";
import { peekStore } from "../resume/peek_store.ts";
import type { EncodeCommand, ProxiesCommand } from "./command.ts";
import { EncodeHost } from "./encode_host.ts";
import { checkPlaces, type EncodePlaces } from "./encode_places.ts";
import { checkInputPath } from "./input_path.ts";
import { OneEncode } from "./one_encode.ts";
import { combinedStatus } from "./progress/combined.ts";
import { PartDisplay } from "./progress/part.ts";
import { watchSignals } from "./signals.ts";
import { stopWork } from "./stopping.ts";
import { supervise } from "./supervise.ts";
import { wantedSlots } from "./wanted_slots.ts";

/** One size on its way. */
interface Proxy {
  readonly size: ProxySize;
  readonly label: string;
  readonly command: EncodeCommand;
  readonly places: EncodePlaces;
  /** Earlier runs have completed it. */
  readonly isComplete: boolean;
}

/** Returns the exit code; throws ExitErrors. */
export async function proxiesCommand(command: ProxiesCommand): Promise<number> {
  const { input, encode } = command;
  const { kind } = checkInputPath(input);
  const name = quotedPath(input);
  if (kind !== "file") {
    throw new UsageError(`Cannot make proxies of ${name}: it is no file; proxies go by a file's name`);
  }
  const source = await lookAtSource(input, name);
  const proxies = await proxiesOf(command, source);
  const slots = new SharedSlots(encode.noLocal ? 0 : wantedSlots(encode.threads), () => {});
  const host = await EncodeHost.open(encode, slots);
  for (const note of source.notes) host.display.message(`${name}: ${note}`, "warning");
  const set = await ProxySet.open(proxies, source, host, await fingerprintFile(input));
  using _signals = watchSignals((signal) => set.stop(signal));
  return await set.run();
}

/** Largest first. Asks where an output is there; creates the folders of the layout. */
async function proxiesOf(command: ProxiesCommand, source: ProxySource): Promise<Proxy[]> {
  const { input, folder, layout, container, percents } = command;
  const sizes = proxySizes(source.name, source, percents);
  if (!isThere(folder)) throw new UsageError(`Cannot write proxies to ${quotedPath(folder)}: there is no such folder`);
  const place = proxyPlace(input, folder, layout, container);
  if (layout === "blender") Deno.mkdirSync(place.folder, { recursive: true });
  const proxies: Proxy[] = [];
  for (const size of sizes) {
    const own: EncodeCommand = { ...command.encode, output: place.file(size.percent) };
    const places = await checkPlaces(own);
    const isComplete = await isFinal(places, own);
    proxies.push({ size, label: `${size.percent} %`, command: own, places, isComplete });
  }
  return proxies;
}

async function isFinal({ store }: EncodePlaces, { resume }: EncodeCommand): Promise<boolean> {
  if (store.kind === "none" || resume === "restart") return false;
  const peeked = await peekStore(store);
  return peeked?.kind === "store" && peeked.final && peeked.outputIsFinal;
}

class ProxySet {
  readonly #host: EncodeHost;
  readonly #decoder: Decoder;
  readonly #encodes: readonly OneEncode[];
  readonly #runs: EncodeRun[] = [];

  private constructor(host: EncodeHost, decoder: Decoder, encodes: readonly OneEncode[]) {
    this.#host = host;
    this.#decoder = decoder;
    this.#encodes = encodes;
  }

  static async open(
    proxies: readonly Proxy[],
    source: ProxySource,
    host: EncodeHost,
    fingerprint: Fingerprint,
  ): Promise<ProxySet> {
    const { library } = await host.encoder();
    const missing = proxies.filter(({ isComplete }) => !isComplete);
    // Where none is, one is looked at for what its frames are like.
    const decoded = missing.length > 0 ? missing : proxies.slice(-1);
    const { limit, timeBase } = proxies[0]!.command;
    const decoder = await Decoder.open({
      library,
      name: source.name,
      sizes: decoded.map(({ label }) => label),
      frameRateOverride: timeBase !== undefined,
      command: (targets) =>
        source.command(targets.map((target, at) => {
          const { size } = decoded[at]!;
          return { target, size, ...(limit > 0 && { frames: limit }) };
        })),
    });
    try {
      const same = new SameFrames();
      const encodes: OneEncode[] = [];
      for (const proxy of proxies) {
        const at = Math.max(0, decoded.indexOf(proxy));
        encodes.push(await prepare(proxy, decoder, at, { host, fingerprint, same, source }));
      }
      if (missing.length === 0) decoder.close();
      return new ProxySet(host, decoder, encodes);
    } catch (error) {
      decoder.close();
      throw error;
    }
  }

  async run(): Promise<number> {
    const { display, slots } = this.#host;
    const status = () => {
      const statuses = this.#runs.map((run) => run.status());
      return combinedStatus(statuses, slots!.slots);
    };
    const outcomes = await supervise(
      display,
      status,
      () =>
        Promise.allSettled(this.#encodes.map((encode) =>
          encode.run((run) => {
            this.#runs.push(run);
            return run.run();
          })
        )),
    );
    this.#decoder.close();
    const failures = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason);
    if (failures.length === 0) {
      for (const encode of this.#encodes) await encode.forget();
      return 0;
    }
    for (const encode of this.#encodes) await encode.leave();
    throw oneOf(failures);
  }

  async stop(signal: Parameters<typeof stopWork>[0]): Promise<void> {
    this.#decoder.close();
    await Promise.all(this.#encodes.map((encode) => stopWork(signal, encode.work)));
  }
}

interface Common {
  readonly host: EncodeHost;
  readonly fingerprint: Fingerprint;
  readonly same: SameFrames;
  readonly source: ProxySource;
}

async function prepare(
  { size, label, command, places, isComplete }: Proxy,
  decoder: Decoder,
  at: number,
  { host, fingerprint, same, source }: Common,
): Promise<OneEncode> {
  const pipe = decoder.pipes[at]!;
  const { width, height } = size;
  const header = { ...pipe.header, format: { ...pipe.header.format, width, height } };
  const display = new PartDisplay(host.display, `${basename(command.output)}`, { size: size.percent });
  return await OneEncode.prepare(command, places, host, display, {
    input: { kind: "pipe", name: source.name, header, frames: null, warnings: header.warnings, pipe },
    isComplete,
    fingerprint,
    detected: (detected) => same.detected(label, detected),
    finished: ({ segment, first, frames }) => same.finished(label, segment, first, frames),
  });
}

/** What is said of several ends of one set: the error that is no consequence of others, with the number of those. */
function oneOf(failures: readonly unknown[]): unknown {
  const fault = failures.find((failure) => !(failure instanceof ExitError));
  if (fault !== undefined || failures.length === 1) return fault ?? failures[0];
  const messages = [...new Set(failures.map((failure) => (failure as ExitError).message))];
  const isOurs = failures.every((failure) => failure instanceof UsageError);
  const text = messages.join("; ");
  return isOurs ? new UsageError(text) : new IncompleteError(text);
}
