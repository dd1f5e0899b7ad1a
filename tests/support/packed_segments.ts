// Segments as packs in memory, given to slots as a run's source would: a few packs ahead, and the length with the last.

import type { PackSource } from "../../lib/encode/remote_slots.ts";
import type { FedSlot } from "../../lib/encode/video_source.ts";

export interface MadePack {
  readonly bytes: Uint8Array;
  readonly frames: number;
}

/** Packs that a slot has and is not done with. */
const published = 3;

export class PackedSegments implements PackSource {
  readonly arena: SharedArrayBuffer;
  readonly packBytes: number;
  readonly #segments: { readonly offset: number; readonly bytes: number; readonly frames: number }[][];

  constructor(readonly frameBytes: number, readonly packs: readonly (readonly MadePack[])[]) {
    const all = packs.flat();
    this.arena = new SharedArrayBuffer(all.reduce((sum, { bytes }) => sum + bytes.length, 0));
    this.packBytes = Math.max(...all.map(({ bytes }) => bytes.length));
    const memory = new Uint8Array(this.arena);
    let at = 0;
    this.#segments = packs.map((segment) =>
      segment.map(({ bytes, frames }) => {
        memory.set(bytes, at);
        const pack = { offset: at, bytes: bytes.length, frames };
        at += bytes.length;
        return pack;
      })
    );
  }

  /** Frames of a segment. */
  frames(segment: number): number {
    return this.#segments[segment]!.reduce((sum, { frames }) => sum + frames, 0);
  }

  /** A slot begins the segment; `isOpen`: its end is not known. */
  attach(segment: number, slot: FedSlot, isOpen = false): void {
    const packs = this.#segments[segment]!;
    let count = 0, known = 0;
    const publish = () => {
      while (count < packs.length && count < slot.feed.taken + published && slot.isSated !== true) {
        const pack = packs[count]!;
        if (!slot.feed.publish(pack)) break;
        count++;
        known += pack.frames;
      }
      slot.grow(known, isOpen ? null : this.frames(segment));
    };
    slot.feed.reset();
    slot.onPackTaken = publish;
    publish();
  }
}

/** Packs whose bytes are chance; good where nobody takes them apart. */
export function madePacks(...sizes: readonly (readonly [frames: number, bytes: number])[]): MadePack[] {
  return sizes.map(([frames, bytes], number) => ({
    frames,
    bytes: Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + number * 7 + bytes) & 255),
  }));
}
