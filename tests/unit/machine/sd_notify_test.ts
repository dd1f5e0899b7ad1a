import assert from "node:assert/strict";
import { join } from "node:path";
import { ServiceManager } from "../../../lib/machine/sd_notify.ts";

/** A manager's socket, and a process's environment that names it. */
class Manager implements Disposable {
  readonly #folder = Deno.makeTempDirSync();
  readonly #socket: Deno.DatagramConn;
  readonly environment: Map<string, string>;
  readonly troubles: string[] = [];

  constructor({ abstract = false, variables = {} as Record<string, string> } = {}) {
    const path = abstract ? `\0rav1e-by-gop-test-${crypto.randomUUID()}` : join(this.#folder, "notify");
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path });
    this.environment = new Map(Object.entries({ NOTIFY_SOCKET: path.replace("\0", "@"), ...variables }));
  }

  open(): ServiceManager {
    const options = { environment: this.environment, onTrouble: (why: string) => void this.troubles.push(why) };
    return ServiceManager.open(options)!;
  }

  async received(): Promise<string> {
    const [bytes] = await this.#socket.receive();
    return new TextDecoder().decode(bytes);
  }

  [Symbol.dispose](): void {
    try {
      this.#socket.close();
    } catch { /* it went away already */ }
    Deno.removeSync(this.#folder, { recursive: true });
  }

  goAway(): void {
    this.#socket.close();
    Deno.removeSync(join(this.#folder, "notify"));
  }
}

const options = { ignore: Deno.build.os !== "linux" };

for (const abstract of [false, true]) {
  Deno.test(`the manager is told in order, by ${abstract ? "an abstract name" : "a path"}`, options, async () => {
    using manager = new Manager({ abstract });
    using service = manager.open();
    void service.ready("4 slots, no clients");
    void service.status("2 of 4 slots busy");
    void service.stillBusy(1500);
    void service.stopping("draining: 2 segments left");
    assert.equal(await manager.received(), "READY=1\nSTATUS=4 slots, no clients");
    assert.equal(await manager.received(), "STATUS=2 of 4 slots busy");
    assert.equal(await manager.received(), "EXTEND_TIMEOUT_USEC=1500000");
    assert.equal(await manager.received(), "STOPPING=1\nSTATUS=draining: 2 segments left");
    assert.deepEqual(manager.troubles, []);
  });
}

Deno.test("a status stays one line and short, whatever is in it", options, async () => {
  using manager = new Manager();
  using service = manager.open();
  void service.status("one\nREADY=1\r\u2028\0two");
  assert.equal(await manager.received(), "STATUS=one READY=1 two");
  void service.status("ü".repeat(10_000));
  assert.equal(await manager.received(), `STATUS=${"ü".repeat(256)}`);
});

Deno.test("signs of life go on once the service is ready, until it is closed", options, async () => {
  using manager = new Manager({ variables: { WATCHDOG_USEC: "10000", WATCHDOG_PID: String(Deno.pid) } });
  const service = manager.open();
  assert.equal(service.watchdogMs, 10);
  // The timer alone keeps no process alive.
  const held = setTimeout(() => {}, 60_000);
  void service.ready("");
  assert.equal(await manager.received(), "READY=1\nSTATUS=");
  for (let sign = 0; sign < 3; sign++) assert.equal(await manager.received(), "WATCHDOG=1");
  service[Symbol.dispose]();
  clearTimeout(held);
});

Deno.test("a period that is another process's, or none, is not kept", options, () => {
  const others: Record<string, string>[] = [
    { WATCHDOG_USEC: "10000", WATCHDOG_PID: "1" },
    { WATCHDOG_USEC: "0" },
    { WATCHDOG_USEC: "-5" },
    { WATCHDOG_USEC: "1e3" },
    {},
  ];
  for (const variables of others) {
    using manager = new Manager({ variables });
    using service = manager.open();
    assert.equal(service.watchdogMs, undefined, JSON.stringify(variables));
  }
});

Deno.test("children of the service do not learn of the manager", options, () => {
  using manager = new Manager({ variables: { WATCHDOG_USEC: "1", WATCHDOG_PID: "1", OTHER: "kept" } });
  using _service = manager.open();
  assert.deepEqual([...manager.environment], [["OTHER", "kept"]]);
});

Deno.test("without a manager there is nothing to tell", () => {
  for (const socket of [undefined, "", "@", "relative", "vsock:2:1"]) {
    const environment = new Map(socket === undefined ? [] : [["NOTIFY_SOCKET", socket]]);
    assert.equal(ServiceManager.open({ environment }), undefined, socket);
  }
});

Deno.test("a manager that went away is one line, and no error", options, async () => {
  using manager = new Manager();
  using service = manager.open();
  manager.goAway();
  await service.ready("");
  await service.status("still here");
  assert.equal(manager.troubles.length, 1);
});
