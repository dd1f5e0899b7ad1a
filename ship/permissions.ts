// How Deno runs the program in either executable: without anything of the folder it is started in and nothing from the
// network. All permissions are given because the program reads /proc and /sys (memory, control groups, processors, ignored
// signals), for which Deno takes nothing less; even one denied import would withhold them.

/** For `deno run` and `deno compile`. A service's manager is told through a kind of socket that Deno calls unstable. */
export const permissionFlags = ["--allow-all", "--unstable-net"] as const;

/** For `deno run` alone; what is embedded needs none of it. */
export const isolationFlags = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--node-modules-dir=none",
] as const;
