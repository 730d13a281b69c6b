#!/usr/bin/env bash
# wine-run.sh PROGRAM ARGUMENTS...: runs a Windows program under the cache's Wine; cargo's runner for Windows targets.
#
# The program's folder and the one above are there at their own paths, as the present folder and the repository are. The
# environment is passed on. A program that hangs is ended after TOLLGATE_RUN_SECONDS (3600), with exit status 137;
# one that was not started is started once more.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ $# -ge 1 ] && [ -f "$1" ] || usage 'wine-run.sh PROGRAM [ARGUMENTS...]'
[ -d "$cache/wine" ] || fail "no Wine in $cache; run $platforms/tools/wine.sh"
program=$(realpath "$1")
shift
folder=$(dirname "$program")
SHARE=$folder:$(dirname "$folder"):${SHARE:-} exec "$platforms/tools/start.sh" \
  timeout --foreground --signal=KILL "${TOLLGATE_RUN_SECONDS:-3600}" \
  "$platforms/tools/in-tree.sh" "$cache/wine" wine "$program" "$@"
