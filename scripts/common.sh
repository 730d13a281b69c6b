# common.sh: sourced by .ci/run and by scripts; what they share about a machine that cannot be trusted in everything.

# A registry that does not answer is asked again by cargo and rustup themselves.
export CARGO_NET_RETRY=10 RUSTUP_MAX_RETRIES=10

# again TIMES COMMAND...: until COMMAND succeeds, at most so many times, with pauses that grow; says so each time. For what comes
# over the network, and never for a check, whose failure it would hide. COMMAND may be a function: it ends at its first command
# that fails, unless this stands in a condition or left of ||, where bash would go on; and what it sets is lost.
again() {
  local most=$1 time=1 pause=10 status
  shift
  while true; do
    set +e
    (set -e; "$@")
    status=$?
    set -e
    if [ "$status" = 0 ] || [ "$time" -ge "$most" ]; then return "$status"; fi
    printf 'failed with %s, time %s of %s; again in %s s: %s\n' "$status" "$time" "$most" "$pause" "$*" >&2
    sleep "$pause"
    time=$((time + 1)) pause=$((pause * 2))
  done
}

# not_used VARIABLE...: takes settings of the caller out of the environment, and says which.
not_used() {
  local setting
  for setting; do
    if [ -n "${!setting:-}" ]; then
      echo "not used here: $setting=${!setting}" >&2
      unset "$setting"
    fi
  done
}
