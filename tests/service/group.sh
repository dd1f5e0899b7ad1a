#!/usr/bin/env bash
# Runs a command in control groups of its own, so that a machine's systemd has a root that nobody else uses and that can be
# removed after it; in the hierarchies that boot.sh mounts. usage: group.sh NAME COMMAND...      group.sh --remove NAME
set -euo pipefail
tree=/sys/fs/cgroup
if [ -e "$tree/cgroup.controllers" ]; then
  # A group with processes in it could not limit the memory of those below: so beside all others.
  parents=("$tree")
else
  # Version 1 knows no such rule, and what limits us shall limit the machine.
  memory=$(sed -n 's/^[0-9]*:memory:\(.*\)$/\1/p' /proc/self/cgroup)
  parents=("$tree/unified" "$tree/systemd" "$tree/memory${memory%/}")
fi
if [ "$1" = --remove ]; then
  for parent in "${parents[@]}"; do
    [ ! -d "$parent/$2" ] || find "$parent/$2" -depth -type d -exec rmdir {} +
  done
  exit
fi
name=$1
shift
for parent in "${parents[@]}"; do
  mkdir "$parent/$name"
  echo $$ >"$parent/$name/cgroup.procs"
done
exec "$@"
