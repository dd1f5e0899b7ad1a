// The low-overhead bitstream format (AV1 specification, section 5.2): temporal units one after the other, each behind its
// temporal delimiter, as packets are. It knows no times.

import { type Container, type ContainerEnd, nothing, type PacketRun } from "./container.ts";

export class ObuContainer implements Container {
  readonly needsTimes = false;
  readonly head = nothing;

  add({ data }: PacketRun): Uint8Array<ArrayBuffer> {
    return data;
  }

  end(): ContainerEnd {
    return { tail: nothing, head: nothing };
  }
}
