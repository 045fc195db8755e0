# Boots a systemd of its own for units of the tests, until SIGTERM: in namespaces, so that it sees no process of the
# machine, and what is written to its /etc, /var and /usr/local/bin goes with it. The ports are the machine's.
#   unshare --mount bash systemd.sh CHECKOUT NODE
# CHECKOUT becomes /srv/gatehouse, and NODE the node in the PATH. Prints the id of its process.
set -eu
checkout=$1 node=$2
folder=/mnt/gatehouse-test

boot() {
  mount --make-rprivate /
  # Units get their credentials by a mount that has to reach them.
  mount --make-rshared /
  for path in /etc /var /srv /usr/local/bin; do
    layer=$folder/layers/${path//\//-}
    mkdir "$layer" "$layer/upper" "$layer/work"
    mount -t overlay -o "lowerdir=$path,upperdir=$layer/upper,workdir=$layer/work" overlay "$path"
  done
  touch /usr/local/bin/node
  mount --bind "$node" /usr/local/bin/node
  mkdir -p /srv/gatehouse
  mount --bind "$checkout" /srv/gatehouse
  mount -t tmpfs tmpfs /run
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  # No unit of the machine, and empty ones in the place of those that every unit needs.
  mount -t tmpfs tmpfs /etc/systemd/system
  for target in sysinit basic shutdown network-online multi-user; do
    printf '[Unit]\nDefaultDependencies=no\n' >"$folder/units/$target.target"
  done
  export SYSTEMD_UNIT_PATH=/etc/systemd/system:$folder/units container=other
  exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no
}

if [ "${3:-}" = inside ]; then boot; fi

mount -t tmpfs tmpfs /mnt
mkdir -p "$folder/groups" "$folder/layers" "$folder/units"
# A place of its own among the control groups, which becomes the root that systemd sees.
mount -t cgroup2 cgroup2 "$folder/groups"
group=$folder/groups/gatehouse-test-$$
mkdir "$group"
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --cgroup --ipc --uts --pid --mount --mount-proc --fork --kill-child bash "$0" "$@" inside
) >&2 &
outer=$!
finish() {
  trap '' TERM
  kill -KILL "$outer" 2>/dev/null
  for _ in {1..100}; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
    sleep 0.05
  done
}
trap finish EXIT
trap exit TERM
# The first process in there is systemd.
children() { cat "/proc/$outer/task/$outer/children"; }
until [ -n "$(children)" ]; do sleep 0.02; done
children
wait "$outer"
