// The worker command: checks all that could keep it from serving, in the order in which it costs least, then serves until it
// is told to end. Every refusal is one line and comes before the first connection is looked at.

import { counted } from "../remote/daemon/counted.ts";
import { tmpdir } from "node:os";
import { libraryFile } from "../../ffi/build/library_file.ts";
import { openLibrary } from "../../ffi/library.ts";
import project from "../../deno.json" with { type: "json" };
import { encoderIdentity } from "../encode/probe.ts";
import { detectWithoutAssembly } from "../encode/scalar_detection.ts";
import { stderrIsJournal } from "../machine/journal.ts";
import { ServiceManager } from "../machine/sd_notify.ts";
import { ScramVerifier } from "../remote/auth/scram.ts";
import { workerName } from "../remote/client/worker_entry.ts";
import { openCrashRecord } from "../remote/daemon/crash_record.ts";
import { Daemon } from "../remote/daemon/daemon.ts";
import { Log } from "../remote/daemon/log.ts";
import { serverPassword } from "../remote/daemon/server_password.ts";
import { WorkerMemory } from "../remote/daemon/worker_memory.ts";
import { IdentitySource } from "../remote/tls/identity_source.ts";
import { Listener } from "../remote/tls/listener.ts";
import type { WorkerCommand } from "./command.ts";
import { toldToDrain } from "./drain_signals.ts";
import { queueStderr } from "./stderr_queue.ts";
import { wantedSlots } from "./wanted_slots.ts";

const statusEveryMs = 2_000;
/** Beyond the drain time-out, for the end itself. */
const afterDrainMs = 30_000;

/** Returns the exit code; throws ExitErrors. */
export async function workerCommand(command: WorkerCommand): Promise<number> {
  const { host, port, logFormat, logLevel, drainTimeout } = command;
  const log = new Log({ format: logFormat, level: logLevel, write: queueStderr, journal: stderrIsJournal() });
  using manager = ServiceManager.open({
    onTrouble: (why) => log.warning("service", `cannot tell the service manager anything: ${why}`),
  });
  const environment = Deno.env.toObject();
  const password = serverPassword(environment, command.allowWeakPassword);
  // Nothing that is started from here has a use for it.
  Deno.env.delete("SERVER_PASSWORD");
  Deno.env.delete("IDENTITY_PASSWORD");
  const identity = await IdentitySource.open(environment, {
    note: (text, isWarning) => isWarning ? log.warning("certificate", text) : log.info("certificate", text),
  });
  const listener = await Listener.open({ host, port, identity });
  try {
    // Any client's video may be in one piece; nothing else here detects anything.
    detectWithoutAssembly();
    const libraryPath = await libraryFile((line) => log.info("library", line), { progress: () => {} });
    const library = openLibrary(libraryPath);
    const { crashed, mark: crashMark } = openCrashRecord(library, command.tempDir ?? tmpdir(), port);
    const memory = new WorkerMemory({ mode: command.memory, wanted: wantedSlots(command.threads) });
    const told = toldToDrain();
    const [verifier, encoder] = await Promise.all([ScramVerifier.create(password), encoderIdentity(libraryPath)]);
    const { version } = project;
    const daemon = new Daemon({
      library: libraryPath,
      identity: encoder,
      version,
      crashed,
      crashMark,
      verifier,
      memory,
      stallSeconds: command.stallTimeout,
      log,
    });
    if (identity === undefined) {
      log.warning("plain", "without TLS (IDENTITY_FILE, or TLS_CERT_PATH and TLS_KEY_PATH) others can see the frames");
    }
    const { address } = listener;
    log.info(
      "listening",
      `listening at ${workerName(address)}${identity === undefined ? "" : " with TLS"}: ${
        counted(memory.wanted, "slot")
      }, ` +
        `rav1e ${encoder.rav1e}, version ${version}`,
      { ...address, tls: identity !== undefined, slots: memory.wanted },
    );
    const serving = accept(listener, daemon);
    await manager?.ready(statusOf(daemon));
    using _status = manager && tellStatus(manager, daemon);
    const signal = await told;
    await manager?.stopping(`finishing what runs: ${statusOf(daemon)}`);
    await manager?.stillBusy(drainTimeout * 1000 + afterDrainMs);
    log.info("draining", `${signal}: running segments are finished, at most ${drainTimeout} s; once more ends at once`);
    const result = await daemon.drain(drainTimeout * 1000);
    if (result === "out of time") {
      log.warning("ended", `ended after ${drainTimeout} s; unfinished segments are dropped`);
    } else log.info("ended", "ended: all is delivered");
    listener.close();
    await serving;
    return 0;
  } finally {
    listener.close();
  }
}

/** What the service manager shows. */
function statusOf(daemon: Daemon): string {
  const { sessions, slots, busy } = daemon.counts;
  return `${busy} of ${counted(slots, "slot")} encode, ${counted(sessions, "client")}`;
}

/** Tells it whenever it has changed, until disposed of. */
function tellStatus(manager: ServiceManager, daemon: Daemon): Disposable {
  let told = statusOf(daemon);
  const timer = setInterval(() => {
    const status = statusOf(daemon);
    if (status !== told) void manager.status(told = status);
  }, statusEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function accept(listener: Listener, daemon: Daemon): Promise<void> {
  for await (const accepted of listener.accept()) daemon.serve(accepted);
}
