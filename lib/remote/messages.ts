// What client and daemon say to each other. Each message is a JSON header and, where said, a body of raw bytes. The client
// leads. Until the password is proven (hello, challenge, proof, welcome, refuse) messages are plain; every one after that
// carries an authentication code over its place in the conversation and all its bytes (wire/channel.ts).
//
//   client  hello                                   daemon  challenge | refuse
//           proof                                           welcome | refuse        (keys are known from here)
//                                                           ready
//           open                                            opened | refuse
//           task, pack ..., end, cancel, kept               grant, started, credit, progress, result ..., failed, cancelled, drain
//   both    ping, pong, bye
//
// A task is one try at one segment. `task` numbers are the client's, unique in its session, and never used again there.

/** What a program encodes with: segments may be given to another only where all of it is equal. */
export interface EncoderIdentity {
  readonly rav1e: string;
  readonly avSceneChange: string;
  readonly abi: number;
  /** SHA-256, in hexadecimal, of what the probe's frames become (lib/encode/probe.ts). */
  readonly probe: string;
}

export interface Hello {
  readonly type: "hello";
  /** Versions of the protocol, both ends included. */
  readonly least: number;
  readonly most: number;
  /** SCRAM's client-first-message (RFC 5802). */
  readonly scram: string;
  /** X25519, in hexadecimal. */
  readonly key: string;
}

export interface Challenge {
  readonly type: "challenge";
  /** The version that both go on with. */
  readonly protocol: number;
  /** SCRAM's server-first-message. */
  readonly scram: string;
  /** X25519, in hexadecimal. */
  readonly key: string;
}

export interface Proof {
  readonly type: "proof";
  /** SCRAM's client-final-message. */
  readonly scram: string;
}

export interface Welcome {
  readonly type: "welcome";
  /** SCRAM's server-final-message. */
  readonly scram: string;
}

export type RefusalCode =
  /** No common version, or what was said is not the protocol. */
  | "protocol"
  /** Wrong password: not to be tried again. */
  | "password"
  /** Too many sessions, or this address has to wait. */
  | "busy"
  /** The daemon is ending. */
  | "draining"
  /** These settings cannot be encoded here, for instance for want of memory. */
  | "settings"
  /** A session of that number is there and is not this client's, as far as it has shown. */
  | "session";

export interface Refuse {
  readonly type: "refuse";
  readonly code: RefusalCode;
  /** One clause for the user. */
  readonly reason: string;
  /** Seconds after which another try makes sense; null where it does not. */
  readonly retryAfter: number | null;
}

/** The daemon, once the password is proven. */
export interface Ready {
  readonly type: "ready";
  /** Of the program. */
  readonly version: string;
  readonly identity: EncoderIdentity;
  /** Random, 32 hexadecimal digits, new with every start of the daemon. */
  readonly instance: string;
  /** All its slots, and those that nobody uses now. */
  readonly slots: number;
  readonly freeSlots: number;
  /** Tasks (`Task.crashId`) that took an earlier process of this daemon down. */
  readonly crashed: readonly number[];
}

/** Begins to encode, or goes on after the connection was lost. Body: the encoder settings, JSON in UTF-8. */
export interface Open {
  readonly type: "open";
  /** 32 hexadecimal digits, the client's, random. */
  readonly session: string;
  /** Goes on with a session: that it is this client's (ConnectionSecret.proofOn). null begins one. */
  readonly resume: string | null;
  readonly frameBytes: number;
  /** Bytes of the largest pack that will come. */
  readonly packBytes: number;
  readonly onePiece: boolean;
  /** The most slots that it can use; null is all. */
  readonly slots: number | null;
  /** For the daemon's log: the client's host name. */
  readonly client: string;
}

export interface Opened {
  readonly type: "opened";
  readonly slots: number;
  /** Tasks that may be sent beyond the slots, so that their frames are there when one is free. */
  readonly ahead: number;
  /** Bytes of packs that may be sent for a task before any are used up. */
  readonly credit: number;
  /** It is the session that was there; else a new one, with no tasks, whatever was asked for. */
  readonly resumed: boolean;
  /** After a resume: tasks that go on here, all of whose packs have come. Any other has to be sent anew, under a new number. */
  readonly tasks: readonly number[];
}

/** Slots and tasks ahead from now on. */
export interface Grant {
  readonly type: "grant";
  readonly slots: number;
  readonly ahead: number;
}

export interface Task {
  readonly type: "task";
  readonly task: number;
  /** Random, 31 bits: what the daemon's crash mark names. */
  readonly crashId: number;
  /** The segment's first frame, counted from the first that is encoded. */
  readonly first: number;
  readonly attempt: number;
}

/** Part of a pack (ffi/packs.ts). Body: its bytes from `offset` on, at most 1 MiB. Packs come whole, one after the other. */
export interface PackPart {
  readonly type: "pack";
  readonly task: number;
  /** Its number in the task, from 0. */
  readonly number: number;
  readonly frames: number;
  /** Of the whole pack. */
  readonly bytes: number;
  readonly offset: number;
}

/** All packs were sent: the segment has so many frames. */
export interface End {
  readonly type: "end";
  readonly task: number;
  readonly frames: number;
}

export interface Cancel {
  readonly type: "cancel";
  readonly task: number;
}

/** The result is with the client: the daemon may forget it. */
export interface Kept {
  readonly type: "kept";
  readonly task: number;
}

export interface Started {
  readonly type: "started";
  readonly task: number;
  /** The daemon's slot, from 0. */
  readonly slot: number;
}

/** Bytes of the task's packs that may have been sent in all by now. Never smaller than before. */
export interface Credit {
  readonly type: "credit";
  readonly task: number;
  readonly bytes: number;
}

export interface Progress {
  readonly type: "progress";
  /** Running tasks: frames sent to the encoder, packets, bytes of the packets, whether it waits for frames. */
  readonly tasks: readonly (readonly [task: number, sent: number, packets: number, bytes: number, waiting: boolean])[];
  /** Tasks that could begin and for which no slot is free now: others have them, or memory is short. */
  readonly queued: readonly number[];
}

/**
 * Part of a finished task. Body: at most 1 MiB of its content from `offset` on; the content is the packets' sizes, 32 bits
 * each, little-endian, then the packets.
 */
export interface ResultPart {
  readonly type: "result";
  readonly task: number;
  readonly frames: number;
  /** Of the whole content. */
  readonly bytes: number;
  readonly offset: number;
  /** SHA-256 of the frames' samples, in hexadecimal. */
  readonly inputDigest: string;
  readonly seconds: number;
}

export interface Failed {
  readonly type: "failed";
  readonly task: number;
  readonly reason: string;
}

export interface Cancelled {
  readonly type: "cancelled";
  readonly task: number;
}

/** No new tasks; those that run are finished. Tasks that were not started come back as cancelled. */
export interface Drain {
  readonly type: "drain";
}

/** Body: anything, up to 1 MiB, that is only counted: so the time that it takes can be measured. */
export interface Ping {
  readonly type: "ping";
  readonly number: number;
}

/** Answers the ping of that number. */
export interface Pong {
  readonly type: "pong";
  readonly number: number;
}

/** The sender closes the connection. */
export interface Bye {
  readonly type: "bye";
  readonly reason: string;
}

export type ClientMessage = Hello | Proof | Open | Task | PackPart | End | Cancel | Kept | Ping | Pong | Bye;
export type DaemonMessage =
  | Challenge
  | Welcome
  | Refuse
  | Ready
  | Opened
  | Grant
  | Started
  | Credit
  | Progress
  | ResultPart
  | Failed
  | Cancelled
  | Drain
  | Ping
  | Pong
  | Bye;
