// Every number of the wire: sizes, times and counts that client and daemon keep to, in one place. Sizes are bytes.

/** Versions of the protocol that this program speaks, both ends included. */
export const protocolVersions = { least: 1, most: 1 } as const;

export const defaultPort = 13415;

/** A frame of the wire before the password is proven, everything counted. */
export const mostBytesBeforeAuth = 4096;
/** The header of a message, afterwards. */
export const mostHeaderBytes = 64 * 1024;
/** The body of a message, afterwards. */
export const mostBodyBytes = 1024 * 1024;
/** Of the message authentication code behind every message once the keys are known: HMAC-SHA-256, its first bytes. */
export const macBytes = 16;

/** SCRAM's iterations: what the daemon asks for and the least that a client takes; the most that it is willing to compute. */
export const scramIterations = 600_000;
export const mostScramIterations = 10_000_000;
/** Random bytes of a nonce and of a salt. */
export const nonceBytes = 24;
export const saltBytes = 16;
/** Bits of a password below which it is refused without --allow-weak-password. */
export const leastPasswordBits = 80;

/** Something is said at least this often, by both sides. */
export const pingEveryMs = 3_000;
/** Silence that means that the other side is gone. Only time in which this process ran counts. */
export const deadAfterMs = 12_000;
export const connectTimeoutMs = 10_000;
/** From the connection's first byte to the proof of the password. */
export const authTimeoutMs = 5_000;
/** Sessions before that, in all and from one address. */
export const mostUnprovenSessions = 64;
export const mostUnprovenPerAddress = 8;
/**
 * A session of which the connection was lost keeps its segments and results this long after it was last heard of, but at
 * least so long after the loss: a client that vanished without a word has its slots free again within 15 s.
 */
export const heldSessionMs = 12_000;
export const leastHeldSessionMs = 1_500;
/**
 * Results that a client has not got are kept so long after its session's slots are free again, and up to so many bytes of all
 * such sessions: a client that was stopped or cut off for minutes need not encode them again.
 */
export const keptResultsMs = 15 * 60_000;
export const mostKeptBytes = 256 * 1024 * 1024;
/** Waits between tries to connect: doubled from the least to the most, with a random part. */
export const reconnectMs = { least: 500, most: 30_000 } as const;
/** What a daemon tells of running segments. */
export const progressEveryMs = 500;

/** Slots that a machine may say it has, and tasks ahead of them. */
export const mostSlots = 65_536;
/** Slots of one worker that a client uses, whatever that says: each is a row of what is shown. */
export const mostSlotsUsed = 4_096;
/** Characters of a text for people: a reason, a host name, a version. */
export const mostTextCharacters = 1_000;
/** Bytes of the largest settings document. */
export const mostSettingsBytes = mostBodyBytes;
/** Bytes that one pack may have, whatever it holds. */
export const mostPackBytes = 1024 * 1024 * 1024;
/** Frames of one segment, and bytes of its packets. */
export const mostSegmentFrames = 100_000_000;
export const mostResultBytes = 4 * 1024 * 1024 * 1024;

/** Parts of packs as the client sends them: small enough that what is said between them does not wait long. */
export const packPartBytes = 256 * 1024;
/** How often a client looks for silence and for tasks that do not get on. */
export const lookEveryMs = 500;
/** Of the time between two looks at most so much counts: the rest the process was stopped, or the machine asleep. */
export const longestLookMs = 2_000;
/** A session whose connection broke is waited for this long before its tasks are taken for lost. */
export const resumeWithinMs = 5_000;
/** Until a worker has answered that it gave up a task it may still die of it: so long a segment is kept from others for that. */
export const cancelAnswerMs = 10_000;
/** One part that is not taken within this means that the other side does not read. */
export const sendStallMs = 45_000;
/** A client gives up a handshake after this; a slow machine takes seconds for SCRAM's iterations. */
export const handshakeTimeoutMs = 30_000;
/** A running task without a step for so long is lost there, or for so many times the worker's slowest step so far. */
export const noProgressMs = 15_000;
export const timesTheSlowestStep = 20;
/** The same before the worker has made its first packet, and for a task that it says has to wait. */
export const noProgressAtFirstMs = 60_000;
/**
 * The same for a task that is not begun, though a slot is free and the worker does not say otherwise, and for one that is begun
 * and whose first frame is not read: no machine is too slow for that which still answers.
 */
export const firstStepMs = 15_000;
/** Connections in a row that end with a breach of the protocol, without a result between, before a worker is given up. */
export const mostBreaches = 5;
/** The same of connections on which the password was not proven: one or two may be the fault of what lies between. */
export const mostDoubts = 3;
