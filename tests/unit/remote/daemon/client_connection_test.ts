import assert from "node:assert/strict";
import { ClientConnection } from "../../../../lib/remote/daemon/client_connection.ts";
import { Channel } from "../../../../lib/remote/wire/channel.ts";
import { memoryPair } from "../../../support/memory_pair.ts";
import { givenStream, recorded, testKeys } from "../../../support/wire.ts";

Deno.test("what a connection had read before it was replaced is not heard any more", async () => {
  const keys = await testKeys("replaced"), [near] = memoryPair(), written = recorded(near);
  const client = new Channel(written);
  client.seal(keys.client);
  await client.send({ type: "cancel", task: 0 });
  await client.send({ type: "bye", reason: "said on the old connection" });
  // Both in one piece: the second is there when the first is heard.
  const channel = new Channel(givenStream(written.wasWritten()));
  channel.seal(keys.daemon);
  const connection = new ClientConnection(channel);
  assert.equal((await connection.receive())?.message.type, "cancel");
  connection.replace();
  await assert.rejects(connection.receive(), { name: "ConnectionLost", message: "its client has connected anew" });
});
