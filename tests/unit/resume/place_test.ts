import assert from "node:assert/strict";
import { UsageError } from "../../../lib/errors.ts";
import { checkPlace, placeOf, type StorePlace, storePlace } from "../../../lib/resume/place.ts";
import { lockPlace } from "../../../lib/resume/place_lock.ts";
import { nextOldName, removeStore } from "../../../lib/resume/store_files.ts";
import { WorkFolder } from "../../support/work_folder.ts";

function filePlace(output: string, stateDir?: string): StorePlace {
  const place = placeOf(output, stateDir);
  assert(place.kind === "file");
  return place;
}

Deno.test("the store is beside the output, links followed", () => {
  using folder = new WorkFolder();
  const real = Deno.realPathSync(folder.path);
  assert.equal(filePlace(folder.file("out.ivf")).store, `${real}/out.ivf.rav1e-by-gop`);
  folder.write("real.ivf", "");
  Deno.symlinkSync("real.ivf", folder.file("link.ivf"));
  assert.equal(filePlace(folder.file("link.ivf")).store, `${real}/real.ivf.rav1e-by-gop`);
  assert.equal(filePlace(folder.file("link.ivf")).lock, null);
});

Deno.test("--state-dir holds the store instead, and a lock", () => {
  using folder = new WorkFolder();
  Deno.mkdirSync(folder.file("state"));
  const { store, lock, crash } = filePlace(folder.file("out.ivf"), folder.file("state"));
  assert.equal(store, `${Deno.realPathSync(folder.path)}/state/out.ivf.rav1e-by-gop`);
  assert.deepEqual([lock, crash], [`${store}.lock`, `${store}.crash`]);
});

Deno.test("--state-dir must be a directory that is there", () => {
  using folder = new WorkFolder();
  folder.write("file", "");
  assert.throws(() => placeOf("out.ivf", folder.file("nowhere")), /there is no such directory; create it first/);
  assert.throws(() => placeOf("out.ivf", folder.file("file")), UsageError);
});

Deno.test("streams and names without room have no store", () => {
  assert.equal(storePlace({ kind: "stream", path: null, name: "standard output" }).kind, "none");
  assert.equal(placeOf("x".repeat(227)).kind, "none");
  assert.equal(placeOf("x".repeat(226)).kind, "file");
});

Deno.test("a store in --state-dir has one user at a time", () => {
  using folder = new WorkFolder();
  const place = filePlace("out.ivf", folder.path);
  {
    using _one = lockPlace(place);
    assert.throws(() => lockPlace(place), /another run uses it/);
  }
  assert.deepEqual(folder.names(), []);
  using _other = lockPlace(place);
  assert.deepEqual(folder.names(), ["out.ivf.rav1e-by-gop.lock"]);
});

Deno.test("a lock file that cannot be made is refused in words, with the store's name", () => {
  using folder = new WorkFolder();
  Deno.mkdirSync(folder.file("state"));
  const place = filePlace(folder.file("out.ivf"), folder.file("state"));
  Deno.removeSync(folder.file("state"));
  assert.throws(() => lockPlace(place, "state/out.ivf.rav1e-by-gop"), {
    name: "UsageError",
    message: "Cannot make 'state/out.ivf.rav1e-by-gop': no such file or directory; use another --state-dir",
  });
});

Deno.test("what cannot be used under a name of the store's is said with its name, and --restart does not mind the store", () => {
  using folder = new WorkFolder();
  Deno.mkdirSync(folder.file("state"));
  const place = filePlace(folder.file("out.ivf"), folder.file("state"));
  const check = (restart = false) => checkPlace(place, "state/out.ivf.rav1e-by-gop", restart);
  check();
  for (
    const [path, restarts] of [[place.store, true], [`${place.store}-journal`, true], [place.crash, false]] as const
  ) {
    const name = `'state/${path.slice(path.lastIndexOf("/") + 1)}'`;
    Deno.writeTextFileSync(path, "");
    check();
    Deno.removeSync(path);
    for (
      const [make, why] of [
        [() => Deno.mkdirSync(path), "it is a directory; move it away"],
        [() => Deno.symlinkSync("nowhere", path), "it is a symbolic link to nothing; remove it"],
        [() => Deno.symlinkSync("/dev/null", path), "it is not a plain file; move it away"],
      ] as const
    ) {
      make();
      const advice = restarts ? ", or add --restart to begin anew" : "";
      assert.throws(() => check(), { name: "UsageError", message: `Cannot use ${name}: ${why}${advice}` });
      if (restarts) check(true);
      else assert.throws(() => check(true), UsageError);
      Deno.removeSync(path);
    }
  }
  Deno.mkdirSync(place.lock!);
  assert.throws(() => check(), /out\.ivf\.rav1e-by-gop\.lock': it is a directory/);
});

Deno.test("removeStore() removes what is the store's and nothing else", () => {
  using folder = new WorkFolder();
  const store = folder.file("out.ivf.rav1e-by-gop");
  const own = ["", "-journal", ".old-1", ".old-12-journal", ".damaged", ".salvage", ".repair", ".crash"];
  const others = [
    "out.ivf",
    "out.ivf.part",
    "out.ivf.rav1e-by-gop.lock",
    "out.ivf.rav1e-by-gop.old",
    "out.ivf.rav1e-by-gop2",
  ];
  for (const ending of own) Deno.writeTextFileSync(store + ending, "");
  for (const name of others) folder.write(name, "");
  assert.equal(nextOldName(store), `${store}.old-13`);
  removeStore(store);
  assert.deepEqual(folder.names(), others.toSorted());
});
