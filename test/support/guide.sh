# What the commands of a guide find in the shell that follows it.
set -eu

# The service that was built, beside the shell, in the place of one in a terminal of its own.
npm() {
  [ "$1" = start ] || return 0
  node "$GATEHOUSE/dist/main.js" <&- >>service.log 2>&1 &
  echo $! >"service-$PORT.pid"
  until curl -sf -o alive "http://127.0.0.1:$PORT/health/live"; do
    kill -0 $! || { cat service.log >&2; exit 1; }
    sleep 0.05
  done
}

npx() {
  [ "$1" = gatehouse ] || return 127
  shift
  node "$GATEHOUSE/dist/cli.js" "$@"
}

# Restarts a service whose name ends with its port.
systemctl() {
  local pid
  pid=$(cat "service-${2#*@}.pid")
  kill "$pid"
  wait "$pid"
  PORT=${2#*@} npm start
}

finish() {
  local pids
  pids=$(jobs -p)
  [ -z "$pids" ] || kill $pids
  wait
}
trap finish EXIT
