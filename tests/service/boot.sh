#!/usr/bin/env bash
# Becomes the first process of a machine that shares this one's kernel and network: systemd, with the folder ROOT as its file
# system. Runs in mount, process, host name, IPC and control group namespaces of its own. usage: boot.sh ROOT
set -euo pipefail
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount -t tmpfs tmpfs run
mkdir -p run/lock
mount -t proc proc proc
mount -t sysfs sysfs sys
# Memory can be limited by the hierarchy that has its controller: the one of all controllers, or where that lacks it, version 1.
if grep -qsw memory /sys/fs/cgroup/cgroup.controllers; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/{unified,systemd,memory}
  mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
  mount -t cgroup -o none,name=systemd systemd sys/fs/cgroup/systemd
  mount -t cgroup -o memory memory sys/fs/cgroup/memory
fi
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/shm dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mkdir -p mnt/old
pivot_root . mnt/old
umount -l /mnt/old
# As any machine has it; credentials reach a service that way.
mount --make-rshared /
exec /usr/bin/env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
