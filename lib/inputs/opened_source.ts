// An input that a child reads, opened: its header has come, and what the source says of itself is known. Frames come through
// the pipe reader, like any pipe's.

import type { QuarterTurn } from "../containers/container.ts";
import type { FrameTimes } from "../media/frame_times.ts";
import type { SourceMedia } from "../media/source_media.ts";
import type { Ratio } from "../media/video_format.ts";
import type { Y4mHeader } from "../media/y4m_header.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import type { OpenedPipe } from "../pipe/open_pipe.ts";
import type { InputWishes } from "./input_wishes.ts";
import type { SourceFacts } from "./source_facts.ts";

/** What was asked of the child, as far as frames depend on it: part of an encode's identity (lib/resume/identity.ts). */
export interface Reading {
  readonly via: string;
  /** Index of the stream in the file. */
  readonly stream: number;
  readonly videoFilter: string | null;
  /** As asked for; null where it is the source's. */
  readonly bitDepth: number | null;
  /** Links behind it, as one chain. */
  readonly conversion: string;
  /** Of the source's sides, where the encode is one of its proxies; only told (status), since the size is compared anyway. */
  readonly proxyPercent?: number;
  /** Of all that are made with it, ascending. */
  readonly proxyPercents?: readonly number[];
  /** Where no file's fingerprint has it; only told, too. */
  readonly path?: string;
}

export interface OpenedSource {
  readonly pipe: OpenedPipe;
  /** The child's, with what the source knows better. */
  readonly header: Y4mHeader;
  /** null where nobody knows: of a script. */
  readonly media: SourceMedia | null;
  readonly times: FrameTimes;
  readonly facts: SourceFacts;
  /** For the output to say: frames are as they are stored. */
  readonly turn: QuarterTurn;
  readonly command: ChildCommand;
  /** null where frames follow from the file alone, as from a script. */
  readonly reading: Reading | null;
  /** The file whose content tells the source from others; null where there is none, and only frames tell. */
  readonly fingerprintPath: string | null;
  /** Lines for the user. */
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

export interface OpenSourceRequest {
  readonly path: string;
  readonly isAviSynth?: boolean;
  /** What messages call it. */
  readonly name: string;
  readonly wishes: InputWishes;
  /** Frames of the source before the first that is encoded. */
  readonly skip: number;
  /** Told once where frames turn out not to be shown at the rate that was claimed: a clause, and that rate. */
  readonly onIrregular: (what: string, frameRate: Ratio) => void;
  /** Told once where the source's clock begins anew: a line, whole. */
  readonly onNewClock?: (what: string) => void;
}
