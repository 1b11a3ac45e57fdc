# What the verbs share. Sourced; leaves the shell in the root of the checkout.
#
# stage NAME COMMAND...   runs quietly, its output in build/logs/NAME.log; prints the elapsed time,
#                         and the end of the log when it fails (then the verb ends with its status)
# set_up COMPONENT...     tools/setup
# configure PRESET        cmake, where it has not run yet
# say TEXT, fail STATUS TEXT

cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p build/logs
export CTEST_COLOR_OUTPUT=0
WATTLE_LOG_LINES=${WATTLE_LOG_LINES:-60}  # of a failed stage; the log keeps the rest
heartbeat_pid=

say() { printf '%s\n' "$*" >&2; }

fail() {
  local status=$1
  shift
  say "$*"
  exit "$status"
}

elapsed() {
  if (($1 >= 60)); then printf '%dm %02ds' $(($1 / 60)) $(($1 % 60)); else printf '%ds' "$1"; fi
}

# progress STAGE BEGAN: a stage and the time since it began.
progress() { printf '  %-22s %7s' "$1" "$(elapsed $((SECONDS - $2)))"; }

# While a stage runs: on a terminal the last line of its log, else one line a minute.
heartbeat() {
  local name=$1 log=$2 began=$SECONDS period=60 width
  [[ -t 2 ]] && period=1
  width=$(($( (tput cols || echo 80) 2>/dev/null) - 36))
  # Outlives the stage by up to a period: it must not hold a pipe that somebody reads to its end.
  while sleep "$period" >/dev/null 2>&1; do
    if [[ -t 2 ]]; then
      printf '\r\033[K%s  %.*s' "$(progress "$name" "$began")" "$width" \
        "$(tail -n 1 "$log" | tr -cd '[:print:]')" >&2
    else
      say "$(progress "$name" "$began") and running"
    fi
  done
}

stop_heartbeat() {
  if [[ -n $heartbeat_pid ]]; then
    kill "$heartbeat_pid" 2>/dev/null || true
    wait "$heartbeat_pid" 2>/dev/null || true
    heartbeat_pid=
    if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
  fi
}
trap stop_heartbeat EXIT

stage() {
  local name=$1 began=$SECONDS status=0
  local log=build/logs/${name// /-}.log
  shift
  : >"$log"
  heartbeat "$name" "$log" &
  heartbeat_pid=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  stop_heartbeat
  if ((status != 0)); then
    say "$(progress "$name" "$began")  FAILED; the end of $log:"
    tail -n "$WATTLE_LOG_LINES" "$log" >&2
    exit "$status"
  fi
  say "$(progress "$name" "$began")"
}

set_up() { tools/setup "$@"; }

configure() {
  if [[ ! -f build/$1/build.ninja ]]; then
    stage "configure" cmake --preset "$1"
  fi
}

# Tests find the shared data in WATTLE_DATA, else beside the checkout; programs get the same answer.
data_folder() {
  local folder=${WATTLE_DATA:-../shared/data}
  if [[ -d $folder ]]; then (cd "$folder" && pwd); fi
}
