import assert from "node:assert/strict";
import type { ContainerFormat, PacketRun } from "../../../lib/containers/container.ts";
import { openContainer } from "../../../lib/containers/open_container.ts";
import { constantTimes } from "../../../lib/media/frame_times.ts";
import { isWholeFile } from "../../../lib/streams/whole_file.ts";
import { runsOf, video } from "../containers/made_packets.ts";

async function fileOf(format: ContainerFormat, isStream: boolean, isPassedOn = false): Promise<Uint8Array> {
  const times = constantTimes(video.frameRate);
  const container = await openContainer(format, video, { isStream, times, isPassedOn });
  const runs: PacketRun[] = await runsOf([{ isKey: true, content: [1, 2] }, { isKey: false, content: [3] }], [], times);
  const packets = runs.map((run) => [...container.add(run)]).flat(), { head, tail } = container.end(2);
  return Uint8Array.from([...head, ...packets, ...tail]);
}

Deno.test("isWholeFile() is true of whole files and of no part of one, wherever it is cut", async () => {
  const path = Deno.makeTempFileSync();
  try {
    for (const format of ["mkv", "webm", "mp4"] as const) {
      const bytes = await fileOf(format, false);
      Deno.writeFileSync(path, bytes);
      assert.equal(isWholeFile(path, format), true, format);
      for (let length = 0; length < bytes.length; length++) {
        Deno.writeFileSync(path, bytes.subarray(0, length));
        assert.equal(isWholeFile(path, format), false, `${format}, ${length} of ${bytes.length} bytes`);
      }
      Deno.writeFileSync(path, Uint8Array.from([...bytes, 0, 0, 0, 9]));
      assert.equal(isWholeFile(path, format), false, `${format} with more behind it`);
    }
    // Its movie box is not where players look first.
    Deno.writeFileSync(path, await fileOf("mp4", false, true));
    assert.equal(isWholeFile(path, "mp4"), false);
    // Nobody has said how long it will be.
    Deno.writeFileSync(path, await fileOf("mkv", true));
    assert.equal(isWholeFile(path, "mkv"), false);
  } finally {
    Deno.removeSync(path);
  }
});
