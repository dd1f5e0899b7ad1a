import assert from "node:assert/strict";
import { join } from "node:path";
import { executable, Home, names, type Result, type StartOptions } from "./unpacked.ts";

const isRoot = Deno.uid() === 0;

/** Mounts a small file system of its own over a folder for the time of one start; nothing is left afterwards. */
function mounted(folder: string, options: string): readonly string[] {
  const script = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"';
  return [
    "/usr/bin/env",
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "unshare",
    "-m",
    "sh",
    "-c",
    script,
    "sh",
    options,
    folder,
  ];
}

const unusable = [
  ["read-only", "ro,mode=0700", /it is read-only/],
  ["full", "size=1m,mode=0700", /it is full/],
  ["not for programs", "noexec,mode=0700", /it may not hold programs \(noexec\)/],
] as const;

for (const [what, options, reason] of unusable) {
  Deno.test({
    name: `a cache that is ${what}: another place is used, and one line says it where there is none`,
    ignore: !isRoot,
    fn: async () => {
      using home = new Home();
      const cache = join(home.path, ".cache"), temporary = join(home.path, "tmp");
      for (const folder of [cache, temporary]) Deno.mkdirSync(folder, { mode: 0o700 });
      const env = { TMPDIR: temporary, XDG_CACHE_HOME: join(cache, "x") };
      // /root, where the password file sends root, is not for a test to write to.
      const under = [...mounted(cache, options), ...mounted("/root", "ro,mode=0700")];
      const program = join(home.path, "program");
      Deno.copyFileSync(executable, program);
      for (let start = 0; start < 2; start++) {
        const { code, stderr } = await home.start(["--help"], { env, under, program });
        assert.deepEqual([code, stderr], [0, ""]);
      }
      const uid = Deno.uid();
      assert.match(home.unpacked(join(temporary, `rav1e-by-gop-${uid}`)), /./);

      const named = { RAV1E_BY_GOP_CACHE: join(cache, "here") };
      const refused = await home.start(["--help"], { env: named, under, program });
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /^rav1e-by-gop: Cannot unpack its \d+ MB: [^\n]+; set RAV1E_BY_GOP_CACHE to [^\n]+\n$/,
      );
      assert.match(refused.stderr, reason);
    },
  });
}

Deno.test({
  name: "a ready cache serves after it became read-only",
  ignore: !isRoot,
  fn: async () => {
    using home = new Home();
    const folder = await home.unpack();
    const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
    const under = ["/usr/bin/env", "PATH=/usr/bin:/bin", "unshare", "-m", "sh", "-c", script, "sh", home.cache];
    const { code, stderr } = await home.start(["--version"], { under });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(home.unpacked(), folder);
    assert.deepEqual(names(home.path), [".cache"]);
  },
});

Deno.test("without HOME, or with one that is not there, it starts, and makes no home", async () => {
  using home = new Home();
  const env = { HOME: join(home.path, "none"), XDG_CACHE_HOME: join(home.path, "xdg") };
  const { code, stderr } = await home.start(["--help"], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(names(home.path), ["xdg"]);
});

Deno.test("without any variable it starts in what the password file calls home, or in the temporary folders", async () => {
  using home = new Home();
  const under = ["/usr/bin/env", "-i"];
  const { code, stderr } = await home.start(["--help"], { under });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(names(home.path), []);
});

Deno.test("a home of any name serves", async () => {
  using home = new Home();
  const odd = join(home.path, "a b\nc'\"$x \u00fc");
  Deno.mkdirSync(odd);
  for (let start = 0; start < 2; start++) {
    const { code, stderr } = await home.start(["--version"], { env: { HOME: odd } });
    assert.deepEqual([code, stderr], [0, ""]);
  }
  assert.match(home.unpacked(join(odd, ".cache", "rav1e-by-gop")), /./);
});

Deno.test("a limit of file sizes is one line, and leaves nothing", async () => {
  using home = new Home();
  const cache = join(home.path, "cache");
  const under = ["/bin/bash", "-c", 'ulimit -f 1000; exec "$0" "$@"'];
  const { code, stderr } = await home.start(["--help"], { under, env: { RAV1E_BY_GOP_CACHE: cache } });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^rav1e-by-gop: Cannot unpack its \d+ MB: [^\n]+: files may not be so large \(ulimit -f\); [^\n]+\n$/,
  );
  assert.deepEqual(names(cache), ["lock"]);
});

Deno.test({
  name: "a mask that takes rights from the owner spoils no folder, and is the program's",
  ignore: !isRoot,
  fn: async () => {
    using home = new Home();
    Deno.chmodSync(home.path, 0o755);
    const program = join(home.path, "program"), mine = join(home.path, "mine");
    Deno.copyFileSync(executable, program);
    Deno.mkdirSync(mine);
    Deno.chownSync(mine, 23456, 23456);
    const script = 'umask 0777; exec "$@"';
    const under = [
      "/usr/bin/setpriv",
      "--reuid=23456",
      "--regid=23456",
      "--clear-groups",
      "/bin/sh",
      "-c",
      script,
      "sh",
    ];
    const env = { HOME: mine, TMPDIR: mine };
    const { code, stderr } = await home.start(["--help"], { under, program, env, cwd: "/" });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(home.unpacked(join(mine, ".cache", "rav1e-by-gop")), /./);
    const made = await home.start(["worker", "init", "made", "--host", "box"], { under, program, env, cwd: mine });
    assert.notEqual(made.code, 0, "the program has the user's mask");
  },
});

Deno.test({
  name: "without /proc one line says it",
  ignore: !isRoot || Deno.build.os !== "linux",
  fn: async () => {
    using home = new Home();
    const script = 'mount -t tmpfs tmpfs /proc && exec "$@"';
    const under = ["/usr/bin/env", "PATH=/usr/bin:/bin", "unshare", "-m", "sh", "-c", script, "sh"];
    const { code, stderr } = await home.start(["--help"], { under });
    assert.equal(code, 1);
    assert.match(stderr, /^rav1e-by-gop: Cannot start: there is no \/proc; [^\n]+\n$/);
  },
});

Deno.test("a folder is named by its whole path", async () => {
  using home = new Home();
  const { code, stderr } = await home.start(["--help"], { env: { RAV1E_BY_GOP_CACHE: "here" } });
  assert.equal(code, 1);
  assert.equal(stderr, "rav1e-by-gop: RAV1E_BY_GOP_CACHE=here must begin with a slash: it means one folder\n");
  assert.deepEqual(names(home.path), []);
});

/** Starts as a user of that number who owns nothing. */
function asUser(uid: number, home: Home, options: StartOptions = {}): Promise<Result> {
  const under = ["/usr/bin/setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  return home.start(["--help"], { ...options, under, cwd: "/" });
}

Deno.test({
  name: "nothing of another user's is trusted",
  ignore: !isRoot,
  fn: async () => {
    using home = new Home();
    Deno.chmodSync(home.path, 0o755);
    const program = join(home.path, "program");
    Deno.copyFileSync(executable, program);
    const mine = join(home.path, "mine"), temporary = join(home.path, "tmp");
    for (const folder of [mine, temporary]) Deno.mkdirSync(folder);
    Deno.chmodSync(temporary, 0o1777);
    // The other user was here first, with what looks right, under the name that we would take.
    const [me, other] = [23456, 23457];
    Deno.chownSync(mine, me, me);
    const theirs = join(temporary, `rav1e-by-gop-${me}`);
    const first = await asUser(other, home, { program, env: { HOME: "", TMPDIR: temporary } });
    assert.equal(first.code, 0, first.stderr);
    Deno.renameSync(join(temporary, `rav1e-by-gop-${other}`), theirs);
    Deno.chmodSync(theirs, 0o755);
    const before = names(theirs);

    const refused = await asUser(me, home, { program, env: { RAV1E_BY_GOP_CACHE: theirs } });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /belongs to another user \(23457\)/);
    const below = await asUser(me, home, { program, env: { RAV1E_BY_GOP_CACHE: join(theirs, "x") } });
    assert.equal(below.code, 1);

    const { code, stderr } = await asUser(me, home, { program, env: { HOME: mine, TMPDIR: temporary } });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(names(theirs), before);
    assert.equal(Deno.statSync(home.unpacked(join(mine, ".cache", "rav1e-by-gop"))).uid, me);
  },
});
