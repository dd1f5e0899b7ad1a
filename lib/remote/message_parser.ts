// Makes messages of what came over the wire: a known type for that direction, every field there and in its range, a body
// only where one belongs. What comes out has those fields and no others: those that are not known are left behind, so that
// a later version may add some. Whether a message fits what was said before is the session's to judge.

import { printable } from "../media/printable.ts";
import { publicKeyDigits } from "./auth/key_exchange.ts";
import {
  mostBodyBytes,
  mostPackBytes,
  mostResultBytes,
  mostSegmentFrames,
  mostSettingsBytes,
  mostSlots,
} from "./limits.ts";
import { MessageFields } from "./message_fields.ts";
import type { ClientMessage, DaemonMessage, Progress, RefusalCode } from "./messages.ts";
import { ProtocolError } from "./wire/protocol_error.ts";

type Message = ClientMessage | DaemonMessage;
type Type = Message["type"];
type OfType<T extends Type> = Extract<Message, { readonly type: T }>;

interface Rule<T extends Type> {
  /** Bytes of the body, both ends included; none where it is not said. */
  readonly body?: readonly [least: number, most: number];
  read(fields: MessageFields, bodyBytes: number): Omit<OfType<T>, "type">;
}

const refusalCodes: readonly RefusalCode[] = ["protocol", "password", "busy", "draining", "settings", "session"];
const most31Bits = 2 ** 31 - 1;
/** Seconds; about three years. */
const mostSeconds = 1e8;

const both = {
  ping: { body: [0, mostBodyBytes], read: (fields) => ({ number: fields.whole("number", 0) }) },
  pong: { read: (fields) => ({ number: fields.whole("number", 0) }) },
  bye: { read: (fields) => ({ reason: fields.text("reason") }) },
} satisfies { [T in "ping" | "pong" | "bye"]: Rule<T> };

const ofClient: { readonly [T in ClientMessage["type"]]: Rule<T> } = {
  ...both,
  hello: {
    read: (fields) => {
      const least = fields.whole("least", 0, most31Bits);
      return {
        least,
        most: fields.whole("most", least, most31Bits),
        scram: fields.exactText("scram"),
        key: publicKey(fields),
      };
    },
  },
  proof: { read: (fields) => ({ scram: fields.exactText("scram") }) },
  open: {
    body: [1, mostSettingsBytes],
    read: (fields) => ({
      session: fields.hexadecimal("session", 32),
      resume: fields.hexadecimalOrNull("resume", 64),
      frameBytes: fields.whole("frameBytes", 1, mostPackBytes),
      packBytes: fields.whole("packBytes", 1, mostPackBytes),
      onePiece: fields.flag("onePiece"),
      slots: fields.wholeOrNull("slots", 1, mostSlots),
      client: fields.text("client"),
    }),
  },
  task: {
    read: (fields) => ({
      task: taskNumber(fields),
      crashId: fields.whole("crashId", 0, most31Bits),
      first: fields.whole("first", 0),
      attempt: fields.whole("attempt", 1, most31Bits),
    }),
  },
  pack: {
    body: [1, mostBodyBytes],
    read: (fields, bodyBytes) => ({
      task: taskNumber(fields),
      number: fields.whole("number", 0),
      frames: segmentFrames(fields),
      ...part(fields, mostPackBytes, bodyBytes),
    }),
  },
  end: { read: (fields) => ({ task: taskNumber(fields), frames: segmentFrames(fields) }) },
  cancel: { read: (fields) => ({ task: taskNumber(fields) }) },
  kept: { read: (fields) => ({ task: taskNumber(fields) }) },
};

const ofDaemon: { readonly [T in DaemonMessage["type"]]: Rule<T> } = {
  ...both,
  challenge: {
    read: (fields) => ({
      protocol: fields.whole("protocol", 0, most31Bits),
      scram: fields.exactText("scram"),
      key: publicKey(fields),
    }),
  },
  welcome: { read: (fields) => ({ scram: fields.exactText("scram") }) },
  refuse: {
    read: (fields) => ({
      code: fields.oneOf("code", refusalCodes),
      reason: fields.text("reason"),
      retryAfter: fields.wholeOrNull("retryAfter", 0, most31Bits),
    }),
  },
  ready: {
    read: (fields) => {
      const identity = fields.fieldsOf("identity");
      const slots = fields.whole("slots", 0, mostSlots);
      return {
        version: fields.text("version"),
        identity: {
          rav1e: identity.text("rav1e"),
          avSceneChange: identity.text("avSceneChange"),
          abi: identity.whole("abi", 0),
          probe: identity.hexadecimal("probe", 64),
        },
        instance: fields.hexadecimal("instance", 32),
        slots,
        freeSlots: fields.whole("freeSlots", 0, slots),
        crashed: fields.wholes("crashed", 0, most31Bits),
      };
    },
  },
  opened: {
    read: (fields) => ({
      ...slotsAndAhead(fields),
      credit: fields.whole("credit", 0),
      resumed: fields.flag("resumed"),
      tasks: fields.wholes("tasks", 0, Number.MAX_SAFE_INTEGER),
    }),
  },
  grant: { read: slotsAndAhead },
  started: { read: (fields) => ({ task: taskNumber(fields), slot: fields.whole("slot", 0, mostSlots) }) },
  credit: { read: (fields) => ({ task: taskNumber(fields), bytes: fields.whole("bytes", 0) }) },
  progress: {
    read: (fields) => ({
      tasks: fields.list("tasks").map((task) => taskProgress(fields, task)),
      queued: fields.wholes("queued", 0, Number.MAX_SAFE_INTEGER),
    }),
  },
  result: {
    body: [1, mostBodyBytes],
    read: (fields, bodyBytes) => ({
      task: taskNumber(fields),
      frames: segmentFrames(fields),
      ...part(fields, mostResultBytes, bodyBytes),
      inputDigest: fields.hexadecimal("inputDigest", 64),
      seconds: fields.number("seconds", 0, mostSeconds),
    }),
  },
  failed: { read: (fields) => ({ task: taskNumber(fields), reason: fields.text("reason") }) },
  cancelled: { read: (fields) => ({ task: taskNumber(fields) }) },
  drain: { read: () => ({}) },
};

/** What a daemon makes of what it receives. Throws ProtocolError. */
export function parseClientMessage(header: unknown, bodyBytes: number): ClientMessage {
  return parse(ofClient, header, bodyBytes);
}

/** What a client makes of what it receives. Throws ProtocolError. */
export function parseDaemonMessage(header: unknown, bodyBytes: number): DaemonMessage {
  return parse(ofDaemon, header, bodyBytes);
}

function parse<T extends Type>(
  rules: { readonly [Each in T]: Rule<Each> },
  header: unknown,
  bodyBytes: number,
): OfType<T> {
  if (typeof header !== "object" || header === null) throw new ProtocolError("a header is not an object");
  const { type } = header as { readonly type?: unknown };
  if (typeof type !== "string") throw new ProtocolError("a message has no type");
  if (!Object.hasOwn(rules, type)) throw new ProtocolError(`no message "${printable(type, 40)}" is known`);
  const { body: [least, most] = [0, 0], read } = rules[type as T];
  if (bodyBytes < least || bodyBytes > most) {
    throw new ProtocolError(`${type} has a body of ${bodyBytes} bytes, where ${least} to ${most} belong`);
  }
  const fields = new MessageFields(type, header as { readonly [name: string]: unknown });
  return { type, ...read(fields, bodyBytes) } as unknown as OfType<T>;
}

function publicKey(fields: MessageFields): string {
  return fields.hexadecimal("key", publicKeyDigits);
}

function taskNumber(fields: MessageFields): number {
  return fields.whole("task", 0);
}

function segmentFrames(fields: MessageFields): number {
  return fields.whole("frames", 1, mostSegmentFrames);
}

function slotsAndAhead(fields: MessageFields): { slots: number; ahead: number } {
  return { slots: fields.whole("slots", 0, mostSlots), ahead: fields.whole("ahead", 0, mostSlots) };
}

/** A body's place in what it is a part of. */
function part(fields: MessageFields, most: number, bodyBytes: number): { bytes: number; offset: number } {
  const bytes = fields.whole("bytes", 1, most), offset = fields.whole("offset", 0, most);
  if (offset + bodyBytes > bytes) {
    throw new ProtocolError(`${fields.type}: ${bodyBytes} bytes at ${offset} do not fit into ${bytes}`);
  }
  return { bytes, offset };
}

function taskProgress(fields: MessageFields, value: unknown): Progress["tasks"][number] {
  if (!Array.isArray(value) || value.length < 5) throw fields.wrong("tasks", "lists of five");
  const [task, sent, packets, bytes] = value.slice(0, 4).map((number) =>
    fields.checkedWhole("tasks", number, 0, Number.MAX_SAFE_INTEGER)
  ) as [number, number, number, number];
  if (typeof value[4] !== "boolean") throw fields.wrong("tasks", "lists that end in true or false");
  return [task, sent, packets, bytes, value[4]];
}
