// The probe's thread: told where the library is, it says what that encodes with, once.

import { openLibrary } from "../../ffi/library.ts";
import type { EncoderIdentity } from "../remote/messages.ts";
import { probeDigest } from "./probe_cases.ts";

export type ProbeReport =
  | { readonly kind: "identity"; readonly identity: EncoderIdentity }
  | { readonly kind: "failed"; readonly reason: string };

interface ProbeScope {
  onmessage: ((event: MessageEvent<string>) => void) | null;
  postMessage(report: ProbeReport): void;
}

const scope = self as unknown as ProbeScope;

scope.onmessage = ({ data: path }) => {
  try {
    const library = openLibrary(path);
    const { rav1e, avSceneChange, abi } = library.info();
    scope.postMessage({ kind: "identity", identity: { rav1e, avSceneChange, abi, probe: probeDigest(library) } });
  } catch (error) {
    scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
};
