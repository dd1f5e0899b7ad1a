import assert from "node:assert/strict";
import { conversionOf, readPixelFormat, servedDepth, servedName } from "../../../lib/inputs/pixel_formats.ts";
import { isFound } from "../../support/found_program.ts";

Deno.test("what y4m can hold is encoded as it is", () => {
  const names = ["gray", "gray10le", "yuv420p", "yuv420p10le", "yuv422p", "yuv422p12le", "yuv444p", "yuv444p10le"];
  for (const pixelFormat of names) {
    const { filters, encoded, note } = conversionOf({
      pixelFormat,
      fullRange: false,
      bitDepth: undefined,
      videoFilter: undefined,
    });
    assert.equal(servedName(encoded!.chromaSampling, encoded!.bitDepth), pixelFormat);
    assert.equal(note, null);
    assert.ok(filters.length === 1 && filters[0]!.split("|")[0] === `format=${pixelFormat}`, filters.join());
  }
});

Deno.test("what must be converted is said, and to what", () => {
  const note = (pixelFormat: string, bitDepth?: 8 | 10 | 12) =>
    conversionOf({ pixelFormat, fullRange: false, bitDepth, videoFilter: undefined }).note;
  assert.match(note("rgb24")!, /^rgb24 is converted to yuv420p: as BT.709 of limited range; --video-filter /);
  assert.match(note("pal8")!, /^pal8 is converted to yuv420p: as BT.709/);
  assert.match(note("bayer_rggb8")!, /^bayer_rggb8 is converted to yuv420p: as BT.709/);
  assert.match(note("bayer_rggb16le")!, /to yuv420p12le: .*16 bits a sample become 12/);
  assert.match(note("gbrp12le")!, /to yuv420p12le: as BT.709/);
  assert.match(note("rgb48be")!, /to yuv420p12le: .*16 bits a sample become 12/);
  assert.match(note("rgba")!, /transparency is left out/);
  assert.match(note("yuva444p10le")!, /to yuv444p10le: transparency is left out/);
  assert.match(note("yuv411p")!, /4:1:1 cannot be encoded/);
  assert.match(note("yuv420p10le", 8)!, /to yuv420p: 10 bits a sample become 8/);
  assert.equal(note("yuv420p", 10), null);
  assert.equal(note("nv12"), null);
  assert.equal(note("p010le"), null);
});

Deno.test("full range stays full range, whatever else is converted", () => {
  const filters = (pixelFormat: string, bitDepth?: 8 | 10 | 12, videoFilter?: string) =>
    conversionOf({ pixelFormat, fullRange: true, bitDepth, videoFilter }).filters.join(",");
  assert.equal(filters("yuvj420p"), "format=yuv420p|yuvj420p");
  assert.equal(filters("yuvj420p", 10), "scale=in_range=pc:out_range=pc,format=yuv420p10le");
  assert.equal(filters("yuv420p", 10), "scale=in_range=pc:out_range=pc,format=yuv420p10le");
  assert.equal(filters("yuv420p", 10, "zscale=range=limited"), "format=yuv420p10le");
});

Deno.test("a chain that names a format decides it, within what can be encoded", () => {
  const { filters, encoded } = conversionOf({
    pixelFormat: "rgb24",
    fullRange: undefined,
    bitDepth: 10,
    videoFilter: "scale=320:-2,format=yuv444p10le",
  });
  assert.equal(encoded, undefined);
  assert.deepEqual(filters, ["format=yuv420p10le|yuv422p10le|yuv444p10le|gray10le"]);
});

Deno.test("every format that ffmpeg knows is read as ffmpeg describes it", { ignore: !isFound("ffmpeg") }, () => {
  const { stdout } = new Deno.Command("ffmpeg", { args: ["-v", "quiet", "-pix_fmts"], stdin: "null" }).outputSync();
  const lines = new TextDecoder().decode(stdout).split("\n");
  const formats = lines.flatMap((line) => {
    // Flags, name, components, bits a pixel and, in newer ones, bits of each component.
    const found = /^([I.])[O.]([H.])[P.][B.] (\S+) +(\d) +(\d+)(?: +(\S+))?$/.exec(line);
    return found === null || found[2] === "H" || found[1] !== "I" ? [] : [found];
  });
  assert.ok(formats.length > 100, `${formats.length}`);
  for (const [, , , name, components, , depths] of formats) {
    const { kind, bits, hasAlpha, chromaSampling } = readPixelFormat(name!);
    assert.notEqual(kind, "unknown", name);
    const expected = kind === "gray" ? 1 : 3;
    if (name !== "pal8") assert.equal(hasAlpha, Number(components) > expected, name);
    assert.ok(Number.isInteger(bits) && bits >= 1, `${name} ${bits}`);
    // Of a mosaic it names the parts of a sample that each colour has.
    if (depths !== undefined && !name!.startsWith("bayer")) {
      const deepest = Math.max(...depths.split("-").map(Number));
      assert.equal(servedDepth(bits), servedDepth(deepest), `${name} ${depths}`);
    }
    if (chromaSampling === "4:0:0") assert.equal(kind, "gray", name);
  }
});
