# supervise.sh: sourced by lib.sh, before anything is done; runs the script a second time, below itself.
#
# A shell that waits for a command acts on a signal only after that command. The one that stays here does nothing but wait, so
# it can: told to end, it ends everything below it and then itself, at once. And the run gets a folder for its logs that no
# other run writes to, which goes when the run succeeds.

# freeze PROCESS: stops it and all below it, parents first, since what is stopped starts nothing any more; prints their numbers.
freeze() {
  local status child
  kill -STOP "$1" 2>/dev/null || return 0
  echo "$1"
  for status in $(grep -lsx "PPid:[[:space:]]*$1" /proc/[0-9]*/status); do
    child=${status#/proc/}
    freeze "${child%/status}"
  done
}

# What does not end when asked to is made to: process 1 of a process name space hears of nothing else before it has a handler.
end_all() {
  local signal=$1 script=${!-} all
  trap '' INT TERM HUP
  mapfile -t all < <(freeze "${script:?nothing was started}")
  kill -TERM "${all[@]}" 2>/dev/null
  kill -CONT "${all[@]}" 2>/dev/null
  for _ in $(seq 50); do
    kill -0 "${all[@]}" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "${all[@]}" 2>/dev/null
  wait "$script" 2>/dev/null
  keep_logs
  trap - "$signal"
  kill -"$signal" $$
}

# Logs of a run that failed stay, if it wrote any.
keep_logs() {
  rmdir "$TOLLGATE_LOGS" 2>/dev/null || printf '%s: the logs are in %s\n' "$(basename "$0")" "$TOLLGATE_LOGS" >&2
}

mkdir -p "$cache/log"
TOLLGATE_LOGS=$(mktemp -d "$cache/log/$(basename "$0" .sh).XXXXXX")
export TOLLGATE_LOGS
set +e
for signal in INT TERM HUP; do
  # shellcheck disable=SC2064  # this signal
  trap "end_all $signal" "$signal"
done
# A command in the background has no input and ignores the terminal's interrupt unless told otherwise.
env --default-signal=INT,QUIT "$BASH" "$0" "$@" <&0 &
wait "$!"
status=$?
if [ "$status" = 0 ]; then rm -rf "$TOLLGATE_LOGS"; else keep_logs; fi
exit "$status"
