import assert from "node:assert/strict";
import { troubleOf } from "../../../lib/remote/client/trouble.ts";
import { Channel, ProtocolError } from "../../../lib/remote/wire/channel.ts";
import { otherProtocol } from "../../../lib/remote/wire/other_protocol.ts";
import { givenStream } from "../../support/wire.ts";

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** What receiving `first` before a password is proven throws. */
async function thrownFor(first: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const channel = new Channel(givenStream(first));
  return await channel.receive().then(() => undefined, (error) => error);
}

Deno.test("A port that another program has is told from a worker that breaks the protocol", async () => {
  const cases = [
    ["\x15\x03\x03\x00\x02\x02\x46", "TLS"],
    ["\x16\x03\x01\x02\x00\x01", "TLS"],
    ["HTTP/1.1 400 Bad Request\r\n", "HTTP"],
    ["GET / HTTP/1.1\r\n", "HTTP"],
    ["SSH-2.0-OpenSSH_9.2\r\n", "SSH"],
    ["220 mail ESMTP\r\n", "another protocol"],
  ] as const;
  for (const [first, name] of cases) {
    const error = await thrownFor(bytes(first));
    assert(error instanceof ProtocolError, first);
    assert.equal(error.message, `it speaks ${name}`);
    assert.match(troubleOf(error)!.reason, new RegExp(`^it speaks ${name}[;,] `));
  }
});

Deno.test("A worker that speaks TLS where none was asked for is not tried again, whatever else has the port is", async () => {
  assert.equal(troubleOf(await thrownFor(bytes("\x15\x03\x03\x00\x02\x02\x46")))!.outlook, "doubtful");
  assert.equal(troubleOf(await thrownFor(bytes("SSH-2.0-x")))!.outlook, "again");
});

Deno.test("A length that is a message's is no other protocol's", () => {
  for (const first of [[0, 0, 0, 2, 0, 0], [0, 0, 15, 255, 0, 2]]) {
    assert.equal(otherProtocol(Uint8Array.from(first)), undefined);
  }
});
