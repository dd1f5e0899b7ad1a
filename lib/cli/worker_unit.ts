// The systemd unit of the worker: as little of the machine as the daemon can do with. It runs as a user that exists only
// while it runs, sees the file system read-only and no homes, and may write to its cache (where the executable unpacks)
// and its state (what must outlive a crash). Secrets come as credentials (systemd.exec(5), LoadCredential), which only this
// service sees; systemd reads them as root. MemoryMax= and CPUQuota= in a drop-in are kept to: the worker looks at its
// control group. MemoryDenyWriteExecute= cannot be: V8 compiles while it runs.

import { UsageError } from "../errors.ts";

/** Key and certificate for TLS, as files that root can read. */
export type UnitIdentity =
  | { readonly kind: "p12"; readonly path: string; readonly passwordFile: string | undefined }
  | { readonly kind: "pem"; readonly certificate: string; readonly key: string };

export interface WorkerUnit {
  /** Absolute path, where every user can read it. */
  readonly executable: string;
  /** Absolute path. */
  readonly passwordFile: string;
  readonly identity: UnitIdentity | undefined;
  /** Further words for the worker. */
  readonly words: readonly string[];
  /** What running segments get when it is told to end. */
  readonly drainSeconds: number;
}

export const unitName = "rav1e-worker.service";

/** The service's own folders below /var/cache and /var/lib. */
const folder = "rav1e-worker";
/** Unpacking and the built-in probe take a few seconds, on slow disks more. */
const startSeconds = 120;
/** For what is to be done behind the last segment. */
const secondsAfterDrain = 30;
const watchdogSeconds = 60;

/** The unit's text. Throws a UsageError for a path that such a file cannot hold. */
export function workerUnit({ executable, passwordFile, identity, words, drainSeconds }: WorkerUnit): string {
  const credentials = [["password", passwordFile, "SERVER_PASSWORD_FILE"] as const, ...credentialsOf(identity)];
  const lines = credentials.flatMap(([name, path, variable]) => [
    `LoadCredential=${name}:${unitPath(path)}`,
    `Environment=${variable}=%t/credentials/%n/${name}`,
  ]);
  return `# Made by: rav1e-by-gop worker install. Changes belong into a drop-in: systemctl edit ${unitName}
[Unit]
Description=Encodes segments of video for other machines (rav1e-by-gop worker)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=main
ExecStart=${[executable, "worker", "--temp-dir", `/var/lib/${folder}`, ...words].map(unitWord).join(" ")}
Restart=on-failure
RestartSec=5
# The command line, the password or a certificate is at fault: another start would not help.
RestartPreventExitStatus=2
TimeoutStartSec=${startSeconds}
# Segments that run are finished first.
TimeoutStopSec=${drainSeconds + secondsAfterDrain}
KillMode=mixed
WatchdogSec=${watchdogSeconds}
# By default it would be told to abort, which looks like a fault of the segment it encodes, and leaves a core.
WatchdogSignal=SIGKILL
# The machine's own work goes first.
Nice=10
OOMScoreAdjust=500

DynamicUser=yes
CacheDirectory=${folder}
CacheDirectoryMode=0700
StateDirectory=${folder}
StateDirectoryMode=0700
Environment=RAV1E_BY_GOP_CACHE=/var/cache/${folder}/unpacked
WorkingDirectory=/var/lib/${folder}
UMask=0077
${lines.join("\n")}

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
CapabilityBoundingSet=
AmbientCapabilities=
KeyringMode=private
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** Name of the credential, its file, and the variable that tells the daemon where it is. */
function credentialsOf(identity: UnitIdentity | undefined): (readonly [string, string, string])[] {
  switch (identity?.kind) {
    case undefined:
      return [];
    case "pem":
      return [["certificate", identity.certificate, "TLS_CERT_PATH"], ["key", identity.key, "TLS_KEY_PATH"]];
    case "p12": {
      const { path, passwordFile } = identity;
      const password = passwordFile === undefined
        ? []
        : [["identity-password", passwordFile, "IDENTITY_PASSWORD_FILE"] as const];
      return [["identity", path, "IDENTITY_FILE"], ...password];
    }
  }
}

/** Settings other than commands know no quotes that all versions of systemd agree on. */
function unitPath(path: string): string {
  if (/^\/[\w./+@-]*$/.test(path)) return path;
  throw new UsageError(
    `Cannot name ${JSON.stringify(path)} in a unit: it must be a path of letters, digits and ./+@_-; move the file`,
  );
}

/** A word of a command line (systemd.service(5), "Command lines"). */
function unitWord(word: string): string {
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(word)) {
    throw new UsageError(`Cannot name ${JSON.stringify(word)} in a unit: it has control characters`);
  }
  const meant = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w./:=,+@%$-]+$/.test(meant) ? meant : `"${meant.replace(/[\\"]/g, "\\$&")}"`;
}
