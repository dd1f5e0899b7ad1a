import assert from "node:assert/strict";
import fc from "fast-check";
import { element, filler, openElement, text, uint } from "../../../lib/containers/ebml.ts";
import { id } from "../../../lib/containers/matroska_ids.ts";
import { trackEntry } from "../../../lib/containers/matroska_track.ts";
import { joinedBytes } from "../../../lib/joined_bytes.ts";
import { TurnedStream } from "../../../lib/streams/turned_stream.ts";
import { titleForTurn, turnedTracks } from "../../../lib/streams/turned_track.ts";
import { readMatroska } from "../../support/read_matroska.ts";
import { sequenceHeader, video } from "../containers/made_packets.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Of a short element. */
function contentsOf(entry: Bytes): Bytes {
  assert.equal(entry[1], 0x80 | (entry.length - 2));
  return entry.subarray(2);
}

const sound = element(id.trackEntry, uint(id.trackNumber, 2), uint(id.trackType, 2), text(id.name, "Deutsch"));
const checksum = element(0xbf, new Uint8Array(4));
const entry = trackEntry(video, sequenceHeader, true);
/** The same with a title. */
const titled = element(id.trackEntry, contentsOf(entry), text(id.name, titleForTurn));

function file(tracks: readonly Bytes[], size: number | null = null): Bytes {
  return joinedBytes([
    element(id.ebml, text(id.docType, "matroska")),
    openElement(id.segment, size),
    filler(70),
    element(id.info, uint(id.timestampScale, 1_000_000)),
    element(id.tracks, ...tracks),
    element(id.cluster, uint(id.timestamp, 0)),
  ]);
}

function turned(bytes: Bytes): Bytes {
  const found = turnedTracks(bytes, 90);
  if (typeof found === "string") throw new Error(found);
  const copy = bytes.slice();
  copy.set(found.bytes, found.at);
  return copy;
}

Deno.test("the video gets its turn in the place of its title, and nothing else of the file changes or moves", () => {
  for (const tracks of [[checksum, titled, sound], [sound, titled], [titled]]) {
    const before = file(tracks), after = turned(before);
    assert.equal(after.length, before.length);
    const { track } = readMatroska(after);
    assert.equal(new DataView(track.get("7675")!.slice().buffer).getFloat64(0), -90);
    assert.equal(
      after.toHex().includes(element(id.trackEntry, text(id.name, titleForTurn)).subarray(3).toHex()),
      false,
    );
    assert.equal(after.toHex().includes(sound.toHex()), tracks.includes(sound));
    const tracksAt = before.toHex().indexOf("1654ae6b");
    assert.equal(after.toHex().slice(0, tracksAt), before.toHex().slice(0, tracksAt));
    assert.equal(after.toHex().slice(-16), before.toHex().slice(-16));
  }
});

Deno.test("a turn that the video has already is not said twice", () => {
  const turnedEntry = contentsOf(trackEntry({ ...video, turn: 90 }, sequenceHeader, true));
  const after = turned(file([element(id.trackEntry, turnedEntry, text(id.name, titleForTurn))]));
  assert.equal(after.toHex().split("7670").length, 2);
});

Deno.test("a file without such a title, or without tracks, is left alone", () => {
  assert.equal(turnedTracks(file([entry, sound]), 90), "none");
  assert.equal(
    turnedTracks(joinedBytes([element(id.ebml), openElement(id.segment, 0), element(id.cluster)]), 90),
    "none",
  );
  assert.equal(turnedTracks(joinedBytes([element(id.info), new Uint8Array(99)]), 90), "none");
});

Deno.test("as long as the tracks are not whole, more is asked for", () => {
  const bytes = file([checksum, titled, sound]), end = bytes.length - element(id.cluster, uint(id.timestamp, 0)).length;
  for (let length = 0; length < end; length++) {
    assert.equal(turnedTracks(bytes.subarray(0, length), 90), "more", `${length}`);
  }
  assert.notEqual(turnedTracks(bytes.subarray(0, end), 90), "more");
});

Deno.test("whatever the bytes, nothing is written beyond the tracks", () => {
  const bytes = file([checksum, titled, sound]);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 5 }), (changes) => {
      const damaged = bytes.slice();
      for (const [at, byte] of changes) damaged[at] = byte;
      const found = turnedTracks(damaged, 270);
      if (typeof found !== "string") assert.ok(found.at + found.bytes.length <= damaged.length);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a stream is turned on its way, however it comes in pieces; one that cannot be is passed on and told of", async () => {
  const bytes = file([checksum, titled, sound]);
  for (const [input, wanted, failures] of [[bytes, turned(bytes), 0], [file([entry]), file([entry]), 1]] as const) {
    for (const size of [1, 7, 10_000]) {
      let failed = 0;
      const got: number[] = [];
      const stream = new TurnedStream(90, () => failed++), writer = stream.writable.getWriter();
      const read = (async () => {
        for await (const piece of stream.readable) got.push(...piece);
      })();
      for (let at = 0; at < input.length; at += size) await writer.write(input.subarray(at, at + size));
      await writer.close();
      await read;
      assert.deepEqual(Uint8Array.from(got), wanted);
      assert.equal(failed, failures);
    }
  }
});
