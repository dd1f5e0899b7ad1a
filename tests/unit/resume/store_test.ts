import assert from "node:assert/strict";
import { IncompleteError, UsageError } from "../../../lib/errors.ts";
import { DamagedSegment, type OpenOptions, ResumeStore } from "../../../lib/resume/store.ts";
import { peekStore } from "../../../lib/resume/peek_store.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { readStatus, type StoreStatus } from "../../../lib/resume/store_status.ts";
import { openStore } from "../../../lib/resume/opening.ts";
import { digestOutput } from "../../../lib/resume/final_output.ts";
import { close, request, rows } from "./damage.ts";
import { identity, opening, plan, runState, segment } from "./samples.ts";

/** A store's path in a folder of its own. */
class StoreFolder extends WorkFolder {
  readonly store = this.file("out.ivf.rav1e-by-gop");

  open(options: Partial<OpenOptions> = {}, who = identity()) {
    return ResumeStore.open(this.store, who, { ...opening, ...options });
  }

  /** One run: announces, commits, and leaves well, badly, or by being killed. */
  run(what: { announce: number[]; commit?: number[] }, end: "well" | "badly" | "killed", options = {}) {
    const opened = openStore(request(this.store, options));
    const { writer, restored } = opened;
    writer.write({
      plan: restored === undefined ? plan(8) : undefined,
      announce: { indexes: what.announce, state: runState },
      segments: (what.commit ?? []).map((index) => segment(index)),
    });
    if (end !== "killed") writer.write({ segments: [], ended: end === "well" });
    close(opened);
    return restored;
  }
}

function packetsOf(index: number) {
  const { data, sizes, frames, first, inputDigest } = segment(index);
  return { data, sizes, frames, first, inputDigest };
}

async function message(promise: Promise<unknown>, kind: typeof UsageError | typeof IncompleteError): Promise<string> {
  const error = await promise.then(() => assert.fail("it was taken"), (error) => error);
  assert(error instanceof kind, String(error));
  assert(!error.message.includes("\n"));
  return error.message;
}

Deno.test("a store that is opened again has what was committed", async () => {
  using folder = new StoreFolder();
  const { store, restored } = await folder.open();
  assert.equal(restored, undefined);
  store.extendPlan(plan(5));
  await store.announce([0, 1, 2], runState);
  await Promise.all([0, 2, 1].map((index) => store.commit(segment(index))));
  await store.close(true);

  const again = await folder.open();
  assert.deepEqual(
    again.restored?.segments.map(({ index, bytes, inputDigest }) => [index, bytes, inputDigest]),
    [0, 1, 2].map((index) => [index, segment(index).data.length, segment(index).inputDigest]),
  );
  assert.deepEqual(again.restored?.plan, plan(5));
  assert.deepEqual([again.restored?.damaged, again.restored?.mended, again.restored?.runs], [[], false, 1]);
  for (const index of [2, 0, 1]) assert.partialDeepStrictEqual(await again.store.read(index), packetsOf(index));
  await assert.rejects(again.store.read(3), DamagedSegment);
  await again.store.remove();
  assert.deepEqual(folder.names(), []);
});

Deno.test("what is at work is in the store with every transaction, and with heard() between them", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open();
  store.extendPlan(plan(5));
  let atWork: [number, number][] = [[0, 1000], [2, 2000]];
  store.atWork = () => atWork;
  await store.announce([0, 2, 1, 3], runState);
  const seen = () => (readStatus(folder.store) as StoreStatus).begun.map(({ segment, since }) => [segment, since]);
  assert.deepEqual(seen(), atWork);
  atWork = [[1, 3000], [2, 2000]];
  assert.deepEqual(seen(), [[0, 1000], [2, 2000]]);
  await store.heard();
  assert.deepEqual(seen(), atWork);
  await store.commit(segment(1));
  assert.deepEqual(seen(), [[2, 2000]], "what is finished is not at work, whoever says so");
  await store.close(true);
  assert.deepEqual(seen(), []);
});

Deno.test("what comes while a transaction is written goes into the next one", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open();
  store.extendPlan(plan(200));
  await Promise.all(Array.from({ length: 200 }, (_, index) => store.commit(segment(index))));
  await store.close(true);
  // A commit's record of the run has the next serial number: as many as there were transactions.
  const [{ body }] = rows(
    folder.store,
    "SELECT body FROM record WHERE id >= 3 * 1099511627776 AND id < 4 * 1099511627776",
  ) as [{ body: string }];
  const [serial] = JSON.parse(body);
  assert(serial < 20, `${serial} documents were written`);
});

Deno.test("commit() hands the packets over without a copy", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open();
  store.extendPlan(plan(2));
  const given = segment(1);
  await store.commit(given);
  assert.equal(given.data.length, 0);
  await store.close(true);
});

Deno.test("a segment of many rows comes back whole", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open({ bytesPerRow: 300 });
  store.extendPlan(plan(3));
  await Promise.all([0, 1, 2].map((index) => store.commit(segment(index))));
  assert.partialDeepStrictEqual(await store.read(1), packetsOf(1));
  // Again, as a damaged one is: nothing of the first stays.
  await store.commit(segment(1));
  assert.partialDeepStrictEqual(await store.read(1), packetsOf(1));
  await store.close(true);
});

Deno.test("a segment without packets' bytes is one all the same", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open();
  store.extendPlan(plan(1));
  const empty = { ...segment(0), sizes: new Uint32Array(10), data: new Uint8Array() };
  await store.commit(structuredClone(empty));
  assert.deepEqual((await store.read(0)).data, empty.data);
  await store.close(true);
  const { store: again, restored } = await folder.open();
  assert.deepEqual(restored?.segments.map(({ index }) => index), [0]);
  await again.close(true);
});

Deno.test("a full disk refuses the segment with its bytes, and everything after with the same words", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open({ diskBytes: 200_000 });
  store.extendPlan(plan(8));
  await store.commit(segment(0));
  const large = segment(1, 50_000);
  const bytes = large.data.length + large.sizes.byteLength;
  const [first, late] = [store.commit(large), store.announce([2], runState)];
  const words = `Cannot keep segment 1: no space is left on the disk for ${bytes} bytes; ` +
    "free some and run the same command again";
  assert.deepEqual(await Promise.all([message(first, IncompleteError), message(late, IncompleteError)]), [
    words,
    words,
  ]);
  assert.equal(await message(store.commit(segment(2)), IncompleteError), words);
  assert.partialDeepStrictEqual(await store.read(0), packetsOf(0));
  await store.close(true);

  const { store: again, restored } = await folder.open();
  assert.deepEqual(restored?.segments.map(({ index }) => index), [0]);
  await again.commit(segment(1, 50_000));
  await again.close(true);
});

Deno.test("zones that were not come to are those of the last command; from then on they count", async () => {
  using folder = new StoreFolder();
  const zone = (first: number, quantizer: number) => ({ first, speed: 6, quantizer, photonNoise: 0 });
  const zoned = (quantizer: number) =>
    identity({ settings: { ...identity().settings, zones: [zone(0, 90), zone(45, quantizer)] } });
  const { store } = await folder.open({}, zoned(50));
  store.extendPlan({ ...plan(4), complete: false });
  await store.commit(segment(0));
  await store.close(true);

  const changed = await folder.open({}, zoned(60));
  assert.equal(changed.restored?.segments.length, 1);
  changed.store.extendPlan({ ...plan(6), complete: false });
  await changed.store.commit(segment(1));
  await changed.store.close(true);

  const expected = /zone 2 is from frame 45 on speed 6, quantizer 50, .*, was from frame 45 on speed 6, quantizer 60/;
  assert.match(await message(folder.open({}, zoned(50)), UsageError), expected);
  const again = await folder.open({}, zoned(60));
  assert.equal(again.restored?.segments.length, 2);
  await again.store.close(true);
});

Deno.test("a store of another encode is refused, and stays as it is", async () => {
  using folder = new StoreFolder();
  folder.run({ announce: [0], commit: [0] }, "well");
  const before = Deno.readFileSync(folder.store);
  const refused = await message(folder.open({}, identity({ rav1e: "0.9.0", scenes: "ab" })), UsageError);
  assert.equal(
    refused,
    `Cannot go on with '${folder.store}': rav1e is 0.9.0, was 0.8.1; there is a scene list, there was none; ` +
      "give the same input and options, or add --restart to begin anew",
  );
  assert.match(
    await message(folder.open({ output: "/other/out.ivf" }, identity({ rav1e: "0.9.0" })), UsageError),
    /\(begun for '\/films\/out\.ivf'\)/,
  );
  assert.deepEqual(Deno.readFileSync(folder.store), before);
});

Deno.test("a complete plan's frames are compared with the input's", async () => {
  using folder = new StoreFolder();
  folder.run({ announce: [0] }, "well");
  const file = (frames: number) => identity({ range: { skip: 0, frames, limit: 0 } });
  assert.match(await message(folder.open({}, file(81)), UsageError), /there are 81 frames to encode, there were 80/);
  const { store } = await folder.open({}, file(80));
  await store.close(true);
});

Deno.test("--restart sets the old store aside until the new one is removed", async () => {
  using folder = new StoreFolder();
  folder.run({ announce: [0], commit: [0] }, "well");
  assert.equal(folder.run({ announce: [] }, "well", { restart: true }), undefined);
  const { store, restored } = await folder.open({ restart: true }, identity({ rav1e: "0.9.0" }));
  assert.equal(restored, undefined);
  const stores = folder.names().filter((name) => !name.endsWith("-journal"));
  assert.deepEqual(stores, ["", ".old-1", ".old-2"].map((ending) => `out.ivf.rav1e-by-gop${ending}`));
  await store.remove();
  assert.deepEqual(folder.names(), []);
});

Deno.test("what is no store is set aside by --restart as well", async () => {
  using folder = new StoreFolder();
  folder.write("out.ivf.rav1e-by-gop", "notes");
  const { store } = await folder.open({ restart: true });
  assert.equal(Deno.readTextFileSync(`${folder.store}.old-1`), "notes");
  await store.close(true);
});

Deno.test("segments that crashed with the process are run last, then set aside, then forgiven", () => {
  using folder = new StoreFolder();
  const crash = { segment: 3 };
  folder.run({ announce: [2, 3], commit: [2] }, "killed");
  assert.deepEqual((folder.run({ announce: [3, 4] }, "killed", { crash }))?.runLast, [3]);
  folder.run({ announce: [3, 4] }, "killed", { crash });
  const third = folder.run({ announce: [4] }, "killed", { crash });
  assert.deepEqual([third?.setAside, third?.runLast, third?.blamed], [[3], [], [3]]);
  assert.deepEqual((folder.run({ announce: [4] }, "well"))?.setAside, [3]);
  assert.deepEqual((folder.run({ announce: [3] }, "well", { tryAgain: true }))?.setAside, []);
  assert.deepEqual((folder.run({ announce: [3] }, "well"))?.setAside, []);
});

Deno.test("a commit takes its segment off the announced ones", () => {
  using folder = new StoreFolder();
  folder.run({ announce: [0, 1, 2], commit: [1] }, "killed");
  assert.deepEqual((folder.run({ announce: [] }, "well", { crash: { segment: null } }))?.blamed, [0, 2]);
});

Deno.test("runs that are killed or fail set nothing aside, however many", () => {
  using folder = new StoreFolder();
  for (let time = 0; time < 10; time++) folder.run({ announce: [0, 1] }, time % 2 === 0 ? "killed" : "badly");
  const restored = folder.run({ announce: [] }, "well");
  assert.deepEqual([restored?.setAside, restored?.runLast], [[], []]);
});

Deno.test("an output that is complete is known by its content, under whatever name", async () => {
  using folder = new StoreFolder();
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  folder.write("out.ivf.part", bytes);
  const { store } = await folder.open({ mayReplace: true });
  const final = digestOutput(folder.file("out.ivf.part"), 32);
  assert.equal(final.bytes, 60_000);
  await store.markFinal(final);
  await store.close(true);
  const peek = () => peekStore({ store: folder.store, output: folder.file("out.ivf") });
  assert.deepEqual(await peek(), {
    kind: "store",
    final: true,
    outputIsFinal: false,
    mayReplace: true,
    plan: undefined,
  });
  Deno.renameSync(folder.file("out.ivf.part"), folder.file("out.ivf"));
  assert.deepEqual(await peek(), {
    kind: "store",
    final: true,
    outputIsFinal: true,
    mayReplace: true,
    plan: undefined,
  });

  const { store: again, restored } = await folder.open();
  assert.deepEqual(restored?.final, final);
  assert(await again.isThatOutput(folder.file("out.ivf"), final));
  folder.write("out.ivf", bytes.with(59_999, bytes[59_999]! ^ 1));
  assert(!await again.isThatOutput(folder.file("out.ivf"), final));
  assert(!await again.isThatOutput(folder.file("nowhere"), final));
  await again.close(true);
});

Deno.test("peekStore() finds nothing, something, or what cannot be read", async () => {
  using folder = new StoreFolder();
  const peek = () => peekStore({ store: folder.store, output: folder.file("out.ivf") });
  assert.equal(await peek(), undefined);
  folder.write("out.ivf.rav1e-by-gop", "");
  assert.equal(await peek(), undefined);
  folder.write("out.ivf.rav1e-by-gop", "notes");
  assert.deepEqual(await peek(), { kind: "unreadable" });
});

Deno.test("peekStore() leaves a running encode alone", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open();
  store.extendPlan(plan(40));
  for (let index = 0; index < 40; index += 10) {
    const commits = Array.from({ length: 10 }, (_, offset) => store.commit(segment(index + offset)));
    const peeked = await peekStore({ store: folder.store, output: folder.file("out.ivf") });
    assert.deepEqual(peeked, { kind: "store", final: false, outputIsFinal: false, mayReplace: false, plan: plan(40) });
    await Promise.all(commits);
  }
  await store.close(true);
});

Deno.test("an input that was confirmed is not compared again", async () => {
  using folder = new StoreFolder();
  const input = { size: 9, content: "ab", modified: 5, path: "/in.y4m" };
  const touched = { ...input, modified: 6 };
  const { store } = await folder.open({}, identity({ input }));
  await store.close(true);
  const second = await folder.open({}, identity({ input: touched }));
  assert.equal(second.restored?.input, "check-frames");
  await second.store.confirmInput(touched);
  await second.store.close(true);
  const third = await folder.open({}, identity({ input: touched }));
  assert.equal(third.restored?.input, "same");
  await third.store.close(true);
});

Deno.test("a private store serves as any other and has no name", async () => {
  using folder = new StoreFolder();
  const { store, restored } = await ResumeStore.open("", identity(), opening);
  assert.equal(restored, undefined);
  store.extendPlan(plan(100));
  await Promise.all(Array.from({ length: 100 }, (_, index) => store.commit(segment(index, 20_000))));
  const { inputDigest: _, first: __, ...packets } = segment(7, 20_000);
  assert.partialDeepStrictEqual(await store.read(7), packets);
  await store.remove();
  assert.deepEqual(folder.names(), []);
});

Deno.test("what is asked of a closed store is refused", async () => {
  using folder = new StoreFolder();
  const { store } = await folder.open();
  await store.close(true);
  await message(store.commit(segment(0)), IncompleteError);
  await message(store.announce([0], runState), IncompleteError);
});
