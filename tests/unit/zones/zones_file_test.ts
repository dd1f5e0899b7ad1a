import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../../lib/errors.ts";
import { parseZones, readZonesFile } from "../../../lib/zones/zones_file.ts";
import { secondsOf } from "../../../lib/zones/zone_table.ts";
import { WorkFolder } from "../../support/work_folder.ts";

const file = "zones.toml";

function refused(text: string): string {
  try {
    parseZones(text, file);
  } catch (error) {
    assert(error instanceof InputError, String(error));
    assert(!/[\n\r]/.test(error.message), error.message);
    return error.message;
  }
  assert.fail(`It was taken: ${text}`);
}

Deno.test("parseZones() takes every key, by frames and by times", () => {
  const zones = parseZones(
    `
      [[zones]]
      first = 0
      last = 99
      quantizer = 255
      speed = 0
      photon-noise = 64
      [[zones]]
      first = 100
      [[zones]]
      from = "1:32:10.5"
      to = "93:00"
      [[zones]]
      from = 01:33:00
      to = 02:00:00.25
    `,
    file,
  );
  const unsaid = { quantizer: undefined, speed: undefined, photonNoise: undefined };
  const frame = (frame: number) => ({ kind: "frame", frame }), time = (seconds: number) => ({ kind: "time", seconds });
  const place = (number: number) => `zones.toml, [[zones]] ${number}`;
  assert.deepEqual(zones, [
    { place: place(1), start: frame(0), end: frame(100), quantizer: 255, speed: 0, photonNoise: 64 },
    { place: place(2), start: frame(100), end: undefined, ...unsaid },
    { place: place(3), start: time(5530.5), end: time(5580), ...unsaid },
    { place: place(4), start: time(5580), end: time(7200.25), ...unsaid },
  ]);
});

const faults: [string, RegExp][] = [
  ["", /^zones\.toml: no \[\[zones\]\] in it; without zones, drop --zones$/],
  ["zones = []", /no \[\[zones\]\] in it/],
  ["[zones]\nfirst = 0", /zones is written \[\[zones\]\], once for each zone$/],
  ["zones = [3]", /^zones\.toml, \[\[zones\]\] 1: it is a number; expected a table$/],
  ["[[zone]]\nfirst = 0", /unknown key zone; all it holds is tables called \[\[zones\]\]/],
  ["[[zones]]", /\[\[zones\]\] 1: first is missing; it is the zone's first frame, from 0/],
  ["[[zones]]\nlast = 3", /first is missing/],
  ["[[zones]]\nfirst = 0\nq = 3", /unknown key q; there are first, last, from, to, quantizer, speed, photon-noise$/],
  ["[[zones]]\nfirst = 0\nphotonNoise = 3", /unknown key photonNoise/],
  ["[[zones]]\nfirst = -1", /\[\[zones\]\] 1, first: expected a whole number, 0 or more, found -1$/],
  ["[[zones]]\nfirst = 1.5", /first: expected a whole number, 0 or more, found 1\.5$/],
  ["[[zones]]\nfirst = inf", /first: expected a whole number, 0 or more, found Infinity$/],
  ['[[zones]]\nfirst = "0"', /first: expected a whole number, 0 or more, found text in quotes$/],
  ["[[zones]]\nfirst = 9007199254740993", /^zones\.toml, line 2: /],
  ["[[zones]]\nfirst = 10\nlast = 9", /last: expected 10 or more, which is first, found 9$/],
  ["[[zones]]\nfirst = 0\nspeed = 11", /speed: expected a whole number, 0 to 10, found 11$/],
  ["[[zones]]\nfirst = 0\nquantizer = 0", /quantizer: expected a whole number, 1 to 255, found 0$/],
  ["[[zones]]\nfirst = 0\nphoton-noise = 65", /photon-noise: expected a whole number, 0 to 64, found 65$/],
  ["[[zones]]\nfirst = 0\nspeed = true", /speed: expected a whole number, 0 to 10, found true$/],
  ['[[zones]]\nfirst = 0\nfrom = "0"', /first and from say the same; drop one$/],
  ['[[zones]]\nfirst = 0\nlast = 3\nto = "1"', /last and to say the same; drop one$/],
  ["[[zones]]\nfrom = 90", /from: expected a time, as in "1:32:10\.5", found a number$/],
  ['[[zones]]\nfrom = "1:2:3:4"', /from: expected a time, as in "1:32:10\.5", found "1:2:3:4"$/],
  ["[[zones]]\nfrom = 1979-05-27", /from: expected a time, as in "1:32:10\.5", found a date$/],
  ['[[zones]]\nfrom = "2:00"\nto = "1:59"', /to: expected a time after from/],
  ["[[zones]]\nfirst = 0\nfirst = 1", /^zones\.toml, line 3: /],
  ["[[zones]]\nfirst = ", /^zones\.toml, line 2: /],
];
for (const [text, message] of faults) {
  Deno.test(`parseZones() refuses ${JSON.stringify(text)}`, () => assert.match(refused(text), message));
}

Deno.test("parseZones() refuses more zones than the encoder takes", () => {
  const text = Array.from({ length: 10_001 }, (_, first) => `[[zones]]\nfirst = ${first}\n`).join("");
  assert.equal(refused(text), "zones.toml: it has 10001 zones; 10000 is the most");
});

Deno.test("parseZones() answers any text with zones or one line", () => {
  const words = [
    "[[zones]]",
    "first",
    "last",
    "from",
    "to",
    "speed",
    "=",
    "3",
    '"1:00"',
    "00:01:00",
    "\n",
    "#",
    "[",
    "\0",
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((all) => all.join(" ")),
  );
  fc.assert(fc.property(text, (text) => {
    try {
      assert(parseZones(text, file).length > 0);
    } catch (error) {
      assert(error instanceof InputError && !/[\n\r]/.test(error.message), String(error));
    }
  }));
});

Deno.test("secondsOf() reads hours, minutes and seconds, and nothing else", () => {
  const read = { "0": 0, "90.5": 90.5, "1:30": 90, "01:30.25": 90.25, "1:00:00": 3600, "100:59:59.999": 363599.999 };
  for (const [text, seconds] of Object.entries(read)) assert.equal(secondsOf(text), seconds, text);
  const others = [
    "",
    " 1",
    "1:",
    ":1",
    "1:60",
    "1:60:00",
    "-1",
    "1e3",
    "1,5",
    "0x10",
    "1:2:3:4",
    "NaN",
    ".5",
    "1.",
    "9".repeat(20),
  ];
  for (const text of others) assert.equal(secondsOf(text), undefined, text);
  fc.assert(fc.property(fc.nat(9999), fc.nat(59), fc.nat(59_999), (hours, minutes, ms) => {
    const text = `${hours}:${minutes}:${(ms / 1000).toFixed(3)}`;
    assert(Math.abs(secondsOf(text)! - (hours * 3600 + minutes * 60 + ms / 1000)) < 1e-6, text);
  }));
});

Deno.test("readZonesFile() says what is wrong with a file that cannot be read", () => {
  using folder = new WorkFolder();
  const message = (name: string) => {
    try {
      readZonesFile(folder.file(name));
    } catch (error) {
      assert(error instanceof InputError);
      return error.message;
    }
    assert.fail("It was read");
  };
  assert.match(message("none.toml"), /^Cannot read .*none\.toml: no such file or directory$/);
  assert.match(message(""), /^Cannot read .*: it is a directory$/);
  folder.write("zones.toml", new Uint8Array([0xff, 0xfe]));
  assert.match(message("zones.toml"), /zones\.toml: it is not text in UTF-8$/);
  folder.write("zones.toml", new Uint8Array(1024 * 1024 + 1).fill(32));
  assert.match(message("zones.toml"), /zones\.toml: larger than 1 MiB: no list of zones$/);
});
