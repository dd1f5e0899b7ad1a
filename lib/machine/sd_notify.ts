// What a service tells the manager that started it (sd_notify(3)): lines of text in datagrams to the socket that
// NOTIFY_SOCKET names. A service without a manager says nothing and works the same; what cannot be said is told once to
// whoever opened this and never ends the service. Deno has such sockets only with --unstable-net.

/** How often at least one sign of life comes within the manager's period. */
const signsPerPeriod = 2;
/** Bytes of a status line; systemd shows one line. */
const mostStatusBytes = 512;

/** The environment's variables that are read, and taken out so that no child process speaks in our name. */
export interface ServiceEnvironment {
  get(name: string): string | undefined;
  delete(name: string): void;
}

export interface ServiceManagerOptions {
  readonly environment?: ServiceEnvironment;
  /** Called once, with a clause, when the manager cannot be told. */
  readonly onTrouble?: (why: string) => void;
}

/** The manager of this process, where it has one. */
export class ServiceManager implements Disposable {
  readonly #address: Deno.UnixAddr;
  readonly #onTrouble: (why: string) => void;
  #socket: Deno.DatagramConn | undefined;
  #hadTrouble = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Messages go out in the order of the calls. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, readonly watchdogMs: number | undefined, onTrouble: (why: string) => void) {
    this.#address = { transport: "unixpacket", path };
    this.#onTrouble = onTrouble;
    try {
      // Without a name of its own: the kernel gives it one that nobody else has (unix(7), autobind).
      this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: "" });
    } catch (error) {
      this.#trouble(error);
    }
  }

  /** undefined where nobody asked to be told. */
  static open(
    { environment = Deno.env, onTrouble = () => {} }: ServiceManagerOptions = {},
  ): ServiceManager | undefined {
    const socket = environment.get("NOTIFY_SOCKET");
    const watchdogMs = watchdogOf(environment);
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) environment.delete(name);
    // sd_notify(3): a path, or an abstract name behind "@". Other families (vsock) are not for services of this machine.
    if (socket === undefined || !/^[/@]./.test(socket)) return undefined;
    const path = socket.startsWith("@") ? `\0${socket.slice(1)}` : socket;
    return new ServiceManager(path, watchdogMs, onTrouble);
  }

  /** The service serves from now on; signs of life are sent as often as the manager wants them, until the end. */
  async ready(status: string): Promise<void> {
    if (this.watchdogMs !== undefined && this.#timer === undefined) {
      const timer = setInterval(() => void this.#tell("WATCHDOG=1"), this.watchdogMs / signsPerPeriod);
      Deno.unrefTimer(timer);
      this.#timer = timer;
    }
    await this.#tell("READY=1", statusLine(status));
  }

  /** What `systemctl status` shows; one line. */
  async status(status: string): Promise<void> {
    await this.#tell(statusLine(status));
  }

  /** The service drains and will end. */
  async stopping(status: string): Promise<void> {
    await this.#tell("STOPPING=1", statusLine(status));
  }

  /** Starting or stopping takes up to `ms` from now; the manager waits for so long. */
  async stillBusy(ms: number): Promise<void> {
    await this.#tell(`EXTEND_TIMEOUT_USEC=${Math.ceil(ms * 1000)}`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #tell(...lines: string[]): Promise<void> {
    this.#last = this.#last.then(async () => {
      try {
        await this.#socket?.send(new TextEncoder().encode(lines.join("\n")), this.#address);
      } catch (error) {
        this.#trouble(error);
      }
    });
    return this.#last;
  }

  #trouble(error: unknown): void {
    if (this.#hadTrouble) return;
    this.#hadTrouble = true;
    this.#onTrouble(error instanceof Error ? error.message : String(error));
  }
}

/** Milliseconds within which a sign of life is wanted (sd_watchdog_enabled(3)); of this process, not of another. */
function watchdogOf(environment: ServiceEnvironment): number | undefined {
  const period = environment.get("WATCHDOG_USEC") ?? "";
  const process = environment.get("WATCHDOG_PID");
  if (process !== undefined && process !== String(Deno.pid)) return undefined;
  const microseconds = /^[0-9]{1,15}$/.test(period) ? Number(period) : 0;
  return microseconds > 0 ? microseconds / 1000 : undefined;
}

/** On one line, whatever the text holds, and no longer than is shown. */
function statusLine(text: string): string {
  const oneLine = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ");
  const { read } = new TextEncoder().encodeInto(oneLine, new Uint8Array(mostStatusBytes));
  return `STATUS=${oneLine.slice(0, read)}`;
}
