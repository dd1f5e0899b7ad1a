// The options of `proxies`, in the order in which its --help shows them, and how a command line of it is read. Those that it
// shares with the encode are the encode's own, with other defaults where editing asks for others; what would give the sizes
// different frames or keyframes is not among them.

import { type Command as Commander, CommanderError } from "commander";
import type { EncoderOptions } from "../encode/settings.ts";
import { UsageError } from "../errors.ts";
import { describedBy } from "../inputs/source_facts.ts";
import { type Layout, layouts, type ProxyContainer, proxyContainers } from "../proxies/layout.ts";
import { defaultPercents } from "../proxies/sizes.ts";
import { type EncodeDraft, type HelpCommand, progressOf, type ProxiesCommand, timeBaseOf } from "./command.ts";
import { addOption, commanderProgram } from "./commander_program.ts";
import { refuseContradictions } from "./contradictions.ts";
import { asUsageError, longName } from "./grammar.ts";
import type { OptionSpec } from "./option_spec.ts";
import { encodeOptions } from "./option_table.ts";
import { newDraft } from "./parse_encode.ts";
import * as values from "./values.ts";

/**
 * For scrubbing. Without reordering packet n is frame n, and a decoder gives a frame as soon as it has its packet. Half a second
 * at 30 frames a second between keyframes: at most so many frames to decode before any one, for 8 % more bits of noisy video than
 * with a hundred. Keyframes at even distances are the same ones in every size.
 */
const presets = { speed: 10, lowLatency: true, noSceneDetection: true, keyint: 15, minKeyint: 1 } satisfies Partial<
  EncoderOptions
>;

interface ProxiesDraft {
  readonly encode: EncodeDraft;
  folder: string | undefined;
  percents: readonly number[];
  layout: Layout;
  container: ProxyContainer;
  everyFrameKey: boolean;
  sceneDetection: boolean;
}

interface ProxiesOption extends Omit<OptionSpec, "apply"> {
  apply(draft: ProxiesDraft, name: string, text: string): void;
}

/** What counts where keyframes are looked for. Long names without dashes. */
const needScenes = ["min-keyint", "scd-speed"];
/** Long names without dashes. */
const shared = new Set([
  ...["y", "overwrite", "limit", "expect-frames", "resume", "restart", "state-dir"],
  ...["speed", "quantizer", "tune", "rdo-lookahead-frames", "keyint", "tiles", "tile-rows", "tile-cols"],
  ...needScenes,
  ...["range", "primaries", "transfer", "matrix", "mastering-display", "content-light", "level"],
  ...["frame-rate", "time-scale", "threads", "memory", "stall-timeout"],
  ...["workers", "no-workers", "no-local", "worker-timeout"],
  ...["progress", "no-progress", "quiet", "verbose", "bit-depth", "input-via", "video-filter"],
]);

const group = "Proxies:";

const own: readonly ProxiesOption[] = [
  {
    group,
    flags: "-o, --output",
    aliases: [],
    value: "DIR",
    help: "the folder where they go, which must be there",
    apply: (draft, name, text) => {
      if (draft.folder !== undefined) throw values.twice(name, draft.folder, text, "folder");
      draft.folder = values.fileName(name, text);
    },
  },
  {
    group,
    flags: "--sizes",
    aliases: [],
    value: "N,N,...",
    help: `percent of the source's width and height (default ${defaultPercents.join(",")})`,
    apply: (draft, name, text) => draft.percents = percents(name, text),
  },
  {
    group,
    flags: "--every-frame-key",
    aliases: [],
    value: undefined,
    help: "every frame is a keyframe: exact to the frame in any player, several times the size",
    apply: (draft) => draft.everyFrameKey = true,
  },
  {
    group,
    flags: "--scene-detection",
    aliases: [],
    value: undefined,
    help: "keyframes at scene cuts as well, found in the largest size, the same in all",
    apply: (draft) => draft.sceneDetection = true,
  },
  {
    group,
    flags: "--layout",
    aliases: [],
    value: "LAYOUT",
    choices: layouts,
    help: "plain is DIR/name_25.mkv; blender is DIR/BL_proxy/name.ext/proxy_25.mkv (default plain)",
    apply: (draft, name, text) => draft.layout = values.oneOf(name, text, layouts),
  },
  {
    group,
    flags: "--container",
    aliases: [],
    value: "EXT",
    choices: proxyContainers,
    help: `what kind of files: ${proxyContainers.join(", ")} (default ${proxyContainers[0]})`,
    apply: (draft, name, text) => draft.container = values.oneOf(name, text, proxyContainers),
  },
];

/** All of them. */
export const proxiesOptions: readonly ProxiesOption[] = [
  ...own,
  ...encodeOptions.filter(({ flags }) => shared.has(plainName(flags))).map((spec) => ({
    ...spec,
    help: withDefault(spec),
    apply: (draft: ProxiesDraft, name: string, text: string) => {
      spec.apply(draft.encode, name, text);
      draft.encode.given.add(plainName(spec.flags));
    },
  })),
];

const prologue = `Encodes a video in several sizes that match it frame for frame: frame n of each
is frame n of the video, keyframes are the same in all. It is decoded once.

`;

const epilogue = `
The same command goes on where one was interrupted; sizes that are complete are
left as they are.

Exit codes: as for an encode (rav1e-by-gop --help).
`;

/** The words behind `proxies`. Throws a UsageError. */
export function parseProxies(words: readonly string[]): ProxiesCommand | HelpCommand {
  const draft = emptyDraft();
  const { program, wantsHelp } = grammar(draft);
  try {
    program.parse(words.map((word) => word.replace(/^(-[A-Za-z])=(?=.)/s, "$1")), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw asUsageError(program, error);
  }
  if (wantsHelp()) return { command: "help", text: proxiesHelp() };
  return finished(draft, program.args);
}

/** The text of `proxies --help`: 80 columns, newline at the end. */
export function proxiesHelp(): string {
  return prologue + grammar(emptyDraft()).program.helpInformation() + epilogue;
}

function emptyDraft(): ProxiesDraft {
  const encode = newDraft();
  Object.assign(encode.options, presets);
  return {
    encode,
    folder: undefined,
    percents: defaultPercents,
    layout: "plain",
    container: proxyContainers[0],
    everyFrameKey: false,
    sceneDetection: false,
  };
}

function grammar(draft: ProxiesDraft): { program: Commander; wantsHelp: () => boolean } {
  const program = commanderProgram("rav1e-by-gop proxies", "<INPUT> -o <DIR> [options]");
  let help = false;
  for (const option of proxiesOptions) {
    const name = longName(option.flags);
    addOption(program, option, (_spelling, text) => {
      if (option.value !== undefined && text === null) throw new UsageError(`${name} needs a value`);
      option.apply(draft, name, text ?? "");
    });
  }
  const helpOption = {
    group: "Messages:",
    flags: "-h, --help",
    aliases: [],
    value: undefined,
    help: "print this help",
  };
  addOption(program, helpOption, () => help = true);
  return { program, wantsHelp: () => help };
}

function finished(draft: ProxiesDraft, operands: readonly string[]): ProxiesCommand {
  const { encode, folder, percents, layout, container, everyFrameKey, sceneDetection } = draft;
  const [input, extra] = operands;
  if (input === undefined) throw new UsageError("no input; say rav1e-by-gop proxies INPUT -o DIR");
  values.fileName("input", input);
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument ${values.shown(extra)}: there is one input, ${values.shown(input)}`);
  }
  if (folder === undefined) throw new UsageError("no folder for the proxies; add -o DIR");
  if (everyFrameKey && encode.given.has("keyint")) {
    throw new UsageError("--every-frame-key and --keyint exclude each other; drop one");
  }
  if (everyFrameKey && sceneDetection) {
    throw new UsageError("--every-frame-key and --scene-detection exclude each other; drop one");
  }
  const needless = needScenes.find((name) => encode.given.has(name));
  if (needless !== undefined && !sceneDetection) {
    throw new UsageError(`--${needless} is about scene cuts: it needs --scene-detection`);
  }
  if (everyFrameKey) encode.options.keyint = 1;
  if (sceneDetection) encode.options.noSceneDetection = false;
  if (encode.options.keyint === 0) {
    throw new UsageError("--keyint 0: a proxy needs keyframes to be entered at; 1 or more");
  }
  refuseContradictions(encode);
  const { given, completion: _shell, command: _command, queue: _queue, output: _output, ...named } = encode;
  const { frameRate: _rate, timeScale: _scale, ...rest } = named;
  return {
    command: "proxies",
    input,
    folder,
    percents,
    layout,
    container,
    encode: {
      ...rest,
      // An editor has the source's own sound.
      audio: "none",
      subtitles: "none",
      timeBase: timeBaseOf(encode),
      progress: progressOf(encode),
      described: describedBy(given),
    },
  };
}

function percents(name: string, text: string): number[] {
  const numbers = text.split(",").map((part) => values.wholeNumber(name, part.replace(/^ +| +$/g, ""), 1, 100));
  const sorted = numbers.toSorted((a, b) => a - b);
  const double = sorted.find((percent, at) => sorted[at + 1] === percent);
  if (double !== undefined) throw values.usage(name, text, `${double} is there twice`);
  return sorted;
}

function plainName(flags: string): string {
  return longName(flags).replace(/^-+/, "");
}

/** The encode's help, with the default that counts here. */
function withDefault({ flags, help }: OptionSpec): string {
  const preset = Object.entries(presets).find(([key]) => spelled(key) === plainName(flags))?.[1];
  if (preset === undefined) return help;
  if (!help.includes("(default")) return `${help} (default ${preset})`;
  return help.replace(" at most, 0 is no limit", "").replace(/\(default [^)]*\)/, `(default ${preset})`);
}

/** "minKeyint" as "min-keyint". */
function spelled(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
