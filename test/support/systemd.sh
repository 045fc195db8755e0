# Boots a systemd of its own for units of the tests: in namespaces, so that it sees no process of the machine, and
# what it and its units write to /etc, /var and /usr/local/bin is gone when it ends. The ports are the machine's.
#   systemd.sh FOLDER CHECKOUT NODE     FOLDER is empty; NODE becomes the node in the PATH
set -eu

if [ "${1:-}" != inside ]; then
  # The process's own place among the control groups, which becomes the root that systemd sees.
  group=$1/cgroup
  mkdir "$group"
  mount -t cgroup2 cgroup2 "$group"
  mkdir "$group/gatehouse-test-$$"
  echo $$ >"$group/gatehouse-test-$$/cgroup.procs"
  exec unshare --cgroup --ipc --uts --pid --fork --kill-child --mount-proc bash "$0" inside "$@"
fi
folder=$2 checkout=$3 node=$4

mount --make-rprivate /
# Units get their credentials by a mount that has to reach them.
mount --make-rshared /
mkdir "$folder/layers"
mount -t tmpfs tmpfs "$folder/layers"
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
mkdir "$folder/units"
mount -t tmpfs tmpfs /etc/systemd/system
for target in sysinit basic shutdown network-online multi-user; do
  printf '[Unit]\nDefaultDependencies=no\n' >"$folder/units/$target.target"
done
export SYSTEMD_UNIT_PATH=/etc/systemd/system:$folder/units container=other
exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no
