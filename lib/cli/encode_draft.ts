// What an encode is before any option was read.

import { defaultOptions } from "../encode/settings.ts";
import { encodeDefaults, type EncodeDraft } from "./command.ts";

export function newDraft(): EncodeDraft {
  return {
    command: "encode",
    output: undefined,
    format: undefined,
    audio: "copy",
    subtitles: "copy",
    queue: null,
    options: { ...defaultOptions },
    filmGrainTablePath: null,
    frameRate: undefined,
    timeScale: undefined,
    skip: encodeDefaults.skip,
    limit: encodeDefaults.limit,
    completion: undefined,
    expectFrames: undefined,
    scenes: null,
    forceKeyframes: [],
    threads: undefined,
    memory: encodeDefaults.memory,
    overwrite: false,
    resume: "auto",
    stateDir: undefined,
    oneReader: false,
    inputVia: undefined,
    bitDepth: undefined,
    videoFilter: undefined,
    tmpInput: undefined,
    workers: { kind: "default" },
    noLocal: false,
    workerTimeout: encodeDefaults.workerTimeout,
    stallTimeout: undefined,
    progress: undefined,
    quiet: false,
    verbose: false,
    given: new Set(),
  };
}
