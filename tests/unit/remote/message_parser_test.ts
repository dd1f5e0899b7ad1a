import assert from "node:assert/strict";
import fc from "fast-check";
import { mostBodyBytes, mostSegmentFrames } from "../../../lib/remote/limits.ts";
import { parseClientMessage, parseDaemonMessage } from "../../../lib/remote/message_parser.ts";
import type { ClientMessage, DaemonMessage } from "../../../lib/remote/messages.ts";
import { ProtocolError } from "../../../lib/remote/wire/channel.ts";

const hex = (digits: number) => "0a".repeat(digits / 2);

/** One of each, with a size that its body may have. */
const ofClient: [ClientMessage, number][] = [
  [{ type: "hello", least: 1, most: 3, scram: "p=x", key: hex(64) }, 0],
  [{ type: "proof", scram: "c=" }, 0],
  [
    {
      type: "open",
      session: hex(32),
      resume: null,
      frameBytes: 9,
      packBytes: 10,
      onePiece: true,
      slots: null,
      client: "a",
    },
    20,
  ],
  [{ type: "task", task: 0, crashId: 2 ** 31 - 1, first: 0, attempt: 1 }, 0],
  [{ type: "pack", task: 3, number: 0, frames: 2, bytes: 100, offset: 90 }, 10],
  [{ type: "end", task: 3, frames: mostSegmentFrames }, 0],
  [{ type: "cancel", task: 3 }, 0],
  [{ type: "kept", task: 3 }, 0],
  [{ type: "ping", number: 1 }, mostBodyBytes],
  [{ type: "pong", number: 1 }, 0],
  [{ type: "bye", reason: "done" }, 0],
];
const ofDaemon: [DaemonMessage, number][] = [
  [{ type: "challenge", protocol: 1, scram: "r=", key: hex(64) }, 0],
  [{ type: "welcome", scram: "v=" }, 0],
  [{ type: "refuse", code: "busy", reason: "full", retryAfter: 3 }, 0],
  [
    {
      type: "ready",
      version: "0.1.0",
      identity: { rav1e: "0.8.1", avSceneChange: "0.14.1", abi: 5, probe: hex(64) },
      instance: hex(32),
      slots: 4,
      freeSlots: 4,
      crashed: [1, 2],
    },
    0,
  ],
  [{ type: "opened", slots: 2, ahead: 1, credit: 5, resumed: true, tasks: [7] }, 0],
  [{ type: "grant", slots: 0, ahead: 0 }, 0],
  [{ type: "started", task: 1, slot: 0 }, 0],
  [{ type: "credit", task: 1, bytes: 2 ** 40 }, 0],
  [{ type: "progress", tasks: [[1, 2, 3, 4, true], [2, 0, 0, 0, false]], queued: [] }, 0],
  [{ type: "result", task: 1, frames: 2, bytes: 50, offset: 0, inputDigest: hex(64), seconds: 0.5 }, 50],
  [{ type: "failed", task: 1, reason: "why" }, 0],
  [{ type: "cancelled", task: 1 }, 0],
  [{ type: "drain" }, 0],
  [{ type: "ping", number: 1 }, 0],
  [{ type: "pong", number: 1 }, 0],
  [{ type: "bye", reason: "done" }, 0],
];
const sides = [
  { parse: parseClientMessage, examples: ofClient as [ClientMessage | DaemonMessage, number][] },
  { parse: parseDaemonMessage, examples: ofDaemon as [ClientMessage | DaemonMessage, number][] },
];

Deno.test("messages come out as they were said, and unknown fields are left behind", () => {
  for (const { parse, examples } of sides) {
    for (const [message, body] of examples) {
      assert.deepEqual(parse(JSON.parse(JSON.stringify(message)), body), message);
      assert.deepEqual(parse({ ...message, later: 1, __proto__: { type: "x" } }, body), message);
    }
  }
});

Deno.test("a message lacking a field, or with another type of value in one, is refused", () => {
  for (const { parse, examples } of sides) {
    for (const [message, body] of examples) {
      for (const [name, right] of Object.entries(message)) {
        const without: Record<string, unknown> = { ...message };
        delete without[name];
        assert.throws(() => parse(without, body), ProtocolError, `${message.type} without ${name}`);
        for (const value of [undefined, {}, [[]], -1, 0.5, 1e300, NaN, "5", false, [null]]) {
          if (value === 0.5 && name === "seconds" || typeof value === typeof right && typeof value !== "number") {
            continue;
          }
          assert.throws(() => parse({ ...message, [name]: value }, body), ProtocolError, `${message.type}, ${name}`);
        }
      }
    }
  }
});

Deno.test("messages of the other side, of no type and of unknown types are refused", () => {
  for (const [message, body] of ofClient.slice(0, 8)) {
    assert.throws(() => parseDaemonMessage(message, body), ProtocolError);
  }
  for (const [message, body] of ofDaemon.slice(0, 13)) {
    assert.throws(() => parseClientMessage(message, body), ProtocolError);
  }
  for (
    const header of [{}, null, [], 1, "ping", { type: 1 }, { type: "constructor" }, { type: "__proto__" }, { type: "" }]
  ) {
    for (const { parse } of sides) assert.throws(() => parse(header, 0), ProtocolError);
  }
});

Deno.test("a body comes only where one belongs, of a size that fits", () => {
  const withBody = new Set(["open", "pack", "result", "ping"]);
  for (const { parse, examples } of sides) {
    for (const [message, body] of examples) {
      assert.throws(() => parse(message, mostBodyBytes + 1), ProtocolError);
      if (!withBody.has(message.type)) assert.throws(() => parse(message, 1), ProtocolError);
      else if (message.type !== "ping") assert.throws(() => parse(message, 0), ProtocolError);
      if (message.type === "pack" || message.type === "result") {
        assert.throws(() => parse(message, body + 1), ProtocolError);
      }
    }
  }
});

Deno.test("what is not lower-case hexadecimal of the right length is refused as such", () => {
  const [open] = ofClient[2]!;
  for (const session of ["", hex(30), hex(34), "0A".repeat(16), "0g".repeat(16), hex(30) + "\n0"]) {
    assert.throws(() => parseClientMessage({ ...open, session }, 20), ProtocolError);
  }
});

Deno.test("texts for people come out as one printable line of bounded length", () => {
  const message = parseDaemonMessage({ type: "bye", reason: "\u001b[2J\nno" + "x".repeat(9000) }, 0);
  assert.ok(message.type === "bye");
  assert.match(message.reason, /^\\u\{1b\}\[2J\\u\{a\}nox+\.\.\.$/);
  assert.ok(message.reason.length < 1100);
});

Deno.test("any JSON is a message or refused, and nothing else happens", () => {
  const types = [...ofClient, ...ofDaemon].map(([{ type }]) => type);
  const names = [...new Set([...ofClient, ...ofDaemon].flatMap(([message]) => Object.keys(message)))];
  const header = fc.oneof(
    fc.jsonValue(),
    fc.tuple(fc.constantFrom(...types), fc.dictionary(fc.constantFrom(...names), fc.jsonValue())).map((
      [type, rest],
    ) => ({
      ...rest,
      type,
    })),
  );
  fc.assert(
    fc.property(header, fc.nat(), (header, body) => {
      for (const { parse } of sides) {
        try {
          assert.ok(types.includes(parse(header, body).type));
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }
    }),
    { numRuns: 2000 },
  );
});
