// The worker's program as a process of its own, seen through its log in JSON: a test waits for what it says.

import { connect } from "node:net";
import { dial } from "../../lib/remote/tls/dial.ts";
import { SocketStream } from "../../lib/remote/tls/socket_stream.ts";
import type { ByteStream } from "../../lib/remote/wire/byte_stream.ts";
import { startProgram } from "./program.ts";
import { WorkerClient } from "./worker_client.ts";

/** As `worker init` makes them. */
export const workerPassword = "st7r-c2c7-953t-9rfc-xgrv";

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly session?: string;
  readonly text: string;
  readonly [field: string]: unknown;
}

export class RunningWorker implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  /** All lines so far. */
  readonly lines: LogLine[] = [];
  /** What was said and is no line of JSON: nothing, if all is well. */
  readonly strays: string[] = [];
  readonly #read: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #ended = false;
  port = 0;

  private constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const all = ["worker", "--port", "0", "--log-format", "json", "--log-level", "debug", ...args];
    const secret: Record<string, string> = env.SERVER_PASSWORD_FILE === undefined
      ? { SERVER_PASSWORD: workerPassword }
      : {};
    this.process = startProgram(all, { env: { ...secret, ...env } });
    this.#read = this.#readLines();
    // Nothing is said there.
    this.process.stdout.cancel();
  }

  /** Resolves when it listens. */
  static async start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<RunningWorker> {
    const worker = new RunningWorker(args, env);
    worker.port = (await worker.said("listening")).port as number;
    return worker;
  }

  /** The first line about such an event, past or future, for which `wanted` is true. */
  async said(event: string, wanted: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    for (;;) {
      const line = this.lines.find((line) => line.event === event && wanted(line));
      if (line !== undefined) return line;
      if (this.#ended) {
        const all = [...this.lines.map(({ text }) => text), ...this.strays].join("\n");
        throw new Error(`The worker ended before it said "${event}":\n${all}`);
      }
      await this.#wake.promise;
    }
  }

  /** A connection to it, from that address of this machine. */
  connect(from = "127.0.0.1"): Promise<ByteStream> {
    const socket = connect({ host: "127.0.0.1", port: this.port, localAddress: from, noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        resolve(new SocketStream(socket));
      });
    });
  }

  async client(password = workerPassword, from?: string): Promise<WorkerClient> {
    return await WorkerClient.connect(await this.connect(from), password);
  }

  /** A client that trusts that certificate alone (SHA-256 in hexadecimal). */
  async secureClient(fingerprint: string): Promise<WorkerClient> {
    const entry = { host: "127.0.0.1", port: this.port, password: workerPassword, secure: true, place: "a test" };
    const unused = { slots: undefined, ca: undefined };
    const { stream, certificate } = await dial({ ...entry, ...unused, fingerprint }, new AbortController().signal);
    return await WorkerClient.connect(stream, workerPassword, certificate);
  }

  /** Waits for its end. */
  async ended(): Promise<Deno.CommandStatus> {
    await this.#read;
    return await this.process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.ended();
  }

  async #readLines(): Promise<void> {
    let partial = "";
    for await (const text of this.process.stderr.pipeThrough(new TextDecoderStream())) {
      const pieces = (partial + text).split("\n");
      partial = pieces.pop()!;
      for (const piece of pieces) {
        try {
          this.lines.push(JSON.parse(piece));
        } catch {
          this.strays.push(piece);
        }
      }
      this.#awake();
    }
    if (partial !== "") this.strays.push(partial);
    this.#ended = true;
    this.#awake();
  }

  #awake(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }
}
