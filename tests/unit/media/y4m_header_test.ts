import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../../lib/errors.ts";
import {
  maxHeaderBytes,
  parseY4mHeader,
  type Y4mHeader,
  type Y4mHeaderOptions,
} from "../../../lib/media/y4m_header.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function parse(line: string, options?: Y4mHeaderOptions): Y4mHeader {
  const header = parseY4mHeader(bytesOf(line + "\n"), options);
  if (header === "more") throw new assert.AssertionError({ message: "the header line was not found complete" });
  return header;
}

function refusal(line: string, options?: Y4mHeaderOptions): string {
  try {
    parse(line, options);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: `parseY4mHeader() takes ${line}` });
}

// Headers as written by ffmpeg 5.1, mjpegtools and vspipe.
const ffmpegHeader = "YUV4MPEG2 W34 H18 F30000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=LIMITED";

Deno.test("parseY4mHeader() reads what ffmpeg writes", () => {
  assert.deepEqual(parse(ffmpegHeader), {
    format: {
      width: 34,
      height: 18,
      bitDepth: 8,
      chromaSampling: "4:2:0",
      chromaSamplePosition: "vertical",
      sampleAspectRatio: { num: 1, den: 1 },
      frameRate: { num: 30000, den: 1001 },
      fullRange: false,
    },
    headerBytes: ffmpegHeader.length + 1,
    announcedFrames: undefined,
    interlaced: false,
    warnings: [],
  });
});

Deno.test("parseY4mHeader() says more until the newline is there, whatever follows it", () => {
  const bytes = bytesOf(ffmpegHeader + "\nFRAME\n\x00\x01");
  for (let length = 0; length <= bytes.length; length++) {
    const header = parseY4mHeader(bytes.subarray(0, length));
    if (length <= ffmpegHeader.length) assert.equal(header, "more", `after ${length} bytes`);
    else assert.deepEqual(header, parse(ffmpegHeader));
  }
});

Deno.test("parseY4mHeader() gives every colour space rav1e's sampling, depth and position", () => {
  const expected: [string, string, number, string][] = [
    ["420jpeg", "4:2:0", 8, "unknown"],
    ["420paldv", "4:2:0", 8, "unknown"],
    ["420mpeg2", "4:2:0", 8, "vertical"],
    ["420", "4:2:0", 8, "colocated"],
    ["420p10", "4:2:0", 10, "colocated"],
    ["420p12", "4:2:0", 12, "colocated"],
    ["422", "4:2:2", 8, "colocated"],
    ["422p10", "4:2:2", 10, "colocated"],
    ["422p12", "4:2:2", 12, "colocated"],
    ["444", "4:4:4", 8, "colocated"],
    ["444p10", "4:4:4", 10, "colocated"],
    ["444p12", "4:4:4", 12, "colocated"],
    ["mono", "4:0:0", 8, "unknown"],
    ["mono10", "4:0:0", 10, "unknown"],
    ["mono12", "4:0:0", 12, "unknown"],
  ];
  for (const [name, sampling, depth, position] of expected) {
    const { format, warnings } = parse(`YUV4MPEG2 W16 H16 F25:1 C${name}`);
    assert.deepEqual([format.chromaSampling, format.bitDepth, format.chromaSamplePosition, warnings], [
      sampling,
      depth,
      position,
      [],
    ]);
  }
});

Deno.test("parseY4mHeader() refuses colour spaces that AV1 or rav1e lack, with the nearest that serves", () => {
  const nearest: [string, string][] = [
    [
      "411",
      "4:1:1; 8, 10 or 12 bits of 4:0:0, 4:2:0, 4:2:2 or 4:4:4 can be encoded; convert it: " +
      "ffmpeg -i 'my clip.y4m' -pix_fmt yuv420p out.y4m",
    ],
    ["444alpha", "ffmpeg -i 'my clip.y4m' -pix_fmt yuv444p out.y4m"],
    ["420p9", "-pix_fmt yuv420p10le -strict -1 out.y4m"],
    ["422p14", "-pix_fmt yuv422p12le -strict -1 out.y4m"],
    ["444p16", "4:4:4 with 16 bits a sample"],
    ["mono9", "-pix_fmt gray10le -strict -1 out.y4m"],
    ["mono16", "-pix_fmt gray12le -strict -1 out.y4m"],
  ];
  for (const [name, text] of nearest) {
    const message = refusal(`YUV4MPEG2 W16 H16 F25:1 C${name}`, { path: "my clip.y4m" });
    assert.ok(message.startsWith(`Cannot read 'my clip.y4m': its colour space 'C${name}' is `), message);
    assert.ok(message.includes(text), message);
  }
  for (
    const name of ["", "420p", "420p11", "42010", "444p1000", "rgb", "mono8x", "444ph", "__proto__", "constructor"]
  ) {
    assert.ok(refusal(`YUV4MPEG2 W16 H16 F25:1 C${name}`).includes(`its colour space 'C${name}' is unknown`), name);
  }
});

Deno.test("parseY4mHeader() uses XYSCSS only where C is missing, with the position rav1e gives a missing C", () => {
  const byTags = (tags: string) => {
    const { chromaSampling, bitDepth, chromaSamplePosition } = parse(`YUV4MPEG2 W16 H16 F25:1 ${tags}`).format;
    return [chromaSampling, bitDepth, chromaSamplePosition];
  };
  assert.deepEqual(byTags(""), ["4:2:0", 8, "colocated"]);
  assert.deepEqual(byTags("XYSCSS=420JPEG"), ["4:2:0", 8, "colocated"]);
  assert.deepEqual(byTags("XYSCSS=420MPEG2"), ["4:2:0", 8, "colocated"]);
  assert.deepEqual(byTags("XYSCSS=422P10"), ["4:2:2", 10, "colocated"]);
  assert.deepEqual(byTags("XYSCSS=444 C420jpeg"), ["4:2:0", 8, "unknown"]);
  assert.ok(refusal("YUV4MPEG2 W16 H16 F25:1 XYSCSS=411").includes("'XYSCSS=411' is 4:1:1"));
  const unknown = parse("YUV4MPEG2 W16 H16 F25:1 XYSCSS=what");
  assert.deepEqual([unknown.format.chromaSampling, unknown.format.bitDepth], ["4:2:0", 8]);
  assert.match(unknown.warnings[0]!, /no known colour space \(XYSCSS=what\)/);
});

Deno.test("parseY4mHeader() takes any frame rate rav1e takes", () => {
  const rate = (f: string) => parse(`YUV4MPEG2 W16 H16 F${f}`).format.frameRate;
  assert.deepEqual(rate("24:1"), { num: 24, den: 1 });
  assert.deepEqual(rate("1:4294967295"), { num: 1, den: 4294967295 });
  assert.deepEqual(rate("4294967295:4294967295"), { num: 4294967295, den: 4294967295 });
  const missing = parse("YUV4MPEG2 W16 H16");
  assert.deepEqual(missing.format.frameRate, { num: 25, den: 1 });
  assert.match(missing.warnings[0]!, /no frame rate/);
});

Deno.test("parseY4mHeader() refuses a useless frame rate unless the caller has its own", () => {
  for (
    const f of [
      "0:0",
      "0:1",
      "25:0",
      "4294967296:1",
      "1:4294967296",
      "25",
      "25:1:1",
      "-25:1",
      "2e1:1",
      "0x19:1",
      "+25:1",
      "",
      ":",
      "25.0:1",
      "9".repeat(40) + ":1",
    ]
  ) {
    const line = `YUV4MPEG2 W16 H16 F${f}`;
    const message = refusal(line);
    assert.match(message, /no usable frame rate .*--frame-rate/);
    const header = parse(line, { frameRateOverride: true });
    assert.deepEqual([header.format.frameRate, header.warnings], [{ num: 25, den: 1 }, []]);
  }
  assert.deepEqual(parse("YUV4MPEG2 W16 H16", { frameRateOverride: true }).warnings, []);
});

Deno.test("parseY4mHeader() takes a useless pixel aspect ratio for 1:1, with a warning unless it means unknown", () => {
  const aspect = (a: string) => {
    const { format, warnings } = parse(`YUV4MPEG2 W16 H16 F25:1${a}`);
    return [format.sampleAspectRatio.num, format.sampleAspectRatio.den, warnings.length];
  };
  assert.deepEqual(aspect(""), [1, 1, 0]);
  assert.deepEqual(aspect(" A0:0"), [1, 1, 0]);
  assert.deepEqual(aspect(" A128:117"), [128, 117, 0]);
  for (const useless of ["0:1", "1:0", "", "1", "a:b", "-1:1"]) assert.deepEqual(aspect(` A${useless}`), [1, 1, 1]);
});

Deno.test("parseY4mHeader() warns of interlaced input and of nothing else in I", () => {
  for (const [mark, order] of [["t", "top field first"], ["b", "bottom field first"], ["m", "mixed"]]) {
    const { interlaced, warnings } = parse(`YUV4MPEG2 W16 H16 F25:1 I${mark}`, { path: "a b.y4m" });
    assert.ok(interlaced);
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0]!.includes(`(I${mark}, ${order})`) && warnings[0]!.includes("ffmpeg -i 'a b.y4m' -vf"));
  }
  for (const mark of ["Ip", "I?", "I", "Ix", ""]) {
    const { interlaced, warnings } = parse(`YUV4MPEG2 W16 H16 F25:1 ${mark}`);
    assert.deepEqual([interlaced, warnings], [false, []]);
  }
});

Deno.test("parseY4mHeader() reads the X parameters it knows and ignores all others", () => {
  const read = (tags: string) => {
    const { format, announcedFrames, warnings } = parse(`YUV4MPEG2 W16 H16 F25:1 ${tags}`);
    assert.deepEqual(warnings, []);
    return [format.fullRange, announcedFrames];
  };
  assert.deepEqual(read("XCOLORRANGE=FULL XLENGTH=250"), [true, 250]);
  assert.deepEqual(read("XCOLORRANGE=LIMITED XLENGTH=0"), [false, undefined]);
  assert.deepEqual(read("XCOLORRANGE=ODD XLENGTH=-3"), [undefined, undefined]);
  assert.deepEqual(read("X XFOO Xbar=baz Zork K444 = X="), [undefined, undefined]);
  assert.deepEqual(read("XLENGTH=99999999999999999999"), [undefined, Number.MAX_SAFE_INTEGER]);
});

Deno.test("parseY4mHeader() lets the last of repeated parameters win, any spacing, CR before the newline", () => {
  const { format, announcedFrames, warnings } = parse(
    "YUV4MPEG2   W1 XLENGTH=3 H2  F1:1 C444p16 A3:2 W20  H10 F50:1  C422 XLENGTH=7 A1:1  \r",
  );
  assert.deepEqual([format.width, format.height, format.frameRate.num, format.chromaSampling], [20, 10, 50, "4:2:2"]);
  assert.deepEqual([announcedFrames, format.sampleAspectRatio.num, warnings], [7, 1, []]);
});

Deno.test("parseY4mHeader() takes sizes from 1 to 65535 in plain digits", () => {
  const { width, height } = parse("YUV4MPEG2 H0001 W65535 F25:1").format;
  assert.deepEqual([width, height], [65535, 1]);
  for (const size of ["0", "65536", "-16", "+16", "1e3", "0x10", "16.0", "", "16a", "\u{661}", "9".repeat(400)]) {
    assert.match(refusal(`YUV4MPEG2 W${size} H16 F25:1`), /gives the width as '.*'; 16 to 65535 can be encoded/);
    assert.match(refusal(`YUV4MPEG2 W16 H${size} F25:1`), /gives the height as '/);
  }
  assert.match(refusal("YUV4MPEG2 H16 F25:1"), /no width \(W\)/);
  assert.match(refusal("YUV4MPEG2 W16 F25:1"), /no height \(H\)/);
  assert.match(refusal("YUV4MPEG2"), /no width/);
});

Deno.test("parseY4mHeader() refuses a header line without end", () => {
  const long = bytesOf("YUV4MPEG2 W16 H16 F25:1 X" + "x".repeat(maxHeaderBytes));
  assert.equal(parseY4mHeader(long.subarray(0, maxHeaderBytes - 1)), "more");
  assert.throws(() => parseY4mHeader(long.subarray(0, maxHeaderBytes)), /longer than 65536 bytes/);
});

Deno.test("parseY4mHeader() refuses what does not start with YUV4MPEG2 as soon as that shows", () => {
  assert.throws(() => parseY4mHeader(bytesOf("Z")), InputError);
  assert.throws(() => parseY4mHeader(bytesOf("YUV4MPEG3")), InputError);
  assert.throws(() => parseY4mHeader(bytesOf("YUV4MPEG2x")), InputError);
  assert.match(refusal("YUV4MPEG W16 H16"), /obsolete first version/);
});

Deno.test("parseY4mHeader() never shows control characters of a header raw", () => {
  const hostile = "\x1b[2J\x07\x9b31m\x00\u{85}\t\x7f";
  for (const tag of ["W", "H", "F", "A", "C", "I", "XYSCSS="]) {
    const line = `YUV4MPEG2 W16 H16 F25:1 ${tag}${hostile}`;
    let lines: string[];
    try {
      lines = parse(line, { path: `clip${hostile}.y4m` }).warnings;
    } catch (error) {
      lines = [(error as Error).message];
    }
    for (const text of lines) assert.doesNotMatch(text, /\p{C}/u);
  }
});

const part = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const ratio = fc.record({ num: part, den: part }, { noNullPrototype: true });

Deno.test("parseY4mHeader() reads back every header that can be written", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 65535 }),
    fc.integer({ min: 1, max: 65535 }),
    ratio,
    ratio,
    fc.constantFrom("420jpeg", "420p10", "422", "444p12", "mono", "mono10"),
    fc.constantFrom("FULL", "LIMITED"),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    fc.array(fc.constantFrom("", "XFOO", "Xa=b", "Q1", "Ip"), { maxLength: 4 }),
    fc.infiniteStream(fc.nat()),
    (width, height, rate, aspect, colorspace, range, length, extra, order) => {
      const words = [`W${width}`, `H${height}`, `F${rate.num}:${rate.den}`, `A${aspect.num}:${aspect.den}`];
      words.push(`C${colorspace}`, `XCOLORRANGE=${range}`, `XLENGTH=${length}`, ...extra);
      const shuffled = words.map((word) => [order.next().value as number, word] as const).sort((a, b) => a[0] - b[0]);
      const { format, announcedFrames, warnings } = parse(`YUV4MPEG2 ${shuffled.map(([, word]) => word).join(" ")}`);
      assert.deepEqual([format.width, format.height, format.frameRate, format.sampleAspectRatio], [
        width,
        height,
        rate,
        aspect,
      ]);
      assert.deepEqual([format.fullRange, announcedFrames, warnings], [range === "FULL", length, []]);
      assert.equal(format.bitDepth, colorspace.endsWith("10") ? 10 : colorspace.endsWith("12") ? 12 : 8);
    },
  ));
});

Deno.test("parseY4mHeader() throws nothing but one-line InputErrors, whatever it is given", () => {
  const check = (bytes: Uint8Array) => {
    try {
      const header = parseY4mHeader(bytes);
      if (header === "more") return;
      const { width, height, frameRate, sampleAspectRatio } = header.format;
      for (const value of [width, height, frameRate.num, frameRate.den, sampleAspectRatio.num, sampleAspectRatio.den]) {
        assert.ok(Number.isSafeInteger(value) && value > 0);
      }
      assert.equal(bytes[header.headerBytes - 1], 0x0a);
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
      assert.doesNotMatch(error.message, /\p{C}/u);
    }
  };
  const word = fc.tuple(
    fc.constantFrom("W", "H", "F", "A", "C", "I", "X", "XLENGTH=", "XYSCSS=", "XCOLORRANGE="),
    fc.oneof(fc.string({ unit: "binary-ascii" }), fc.constantFrom("16", "25:1", "0:0", "420jpeg", "444p16")),
  ).map((pair) => pair.join(""));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check));
  fc.assert(fc.property(fc.array(word), (words) => check(bytesOf(`YUV4MPEG2 W16 H16 ${words.join(" ")}\n`))));
  fc.assert(fc.property(fc.nat(ffmpegHeader.length), fc.nat(255), (place, byte) => {
    const bytes = bytesOf(ffmpegHeader + "\n");
    bytes[place] = byte;
    check(bytes);
  }));
});
