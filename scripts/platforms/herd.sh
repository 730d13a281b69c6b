#!/usr/bin/env bash
# herd.sh: what the memory models of C11 (RC11) and of AArch64 say about the gate's pair of accesses, its visibility, and the
# snapshot: loom-tests/litmus, where every file that must hold has a broken twin that must not.
#
# The simulator is in Debian testing alone, a moving suite. Where it cannot be had, or none of its answers is understood, this says
# so and ends with 75: nothing is known then. A file that does not come out as it must is a failure.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || usage herd.sh
skipped() { printf '\nherd.sh: SKIPPED: %s; what the litmus files say is not known\n' "$1"; exit 75; }

say "tools"
"$platforms/tools/herd.sh" || skipped "herd7 could not be installed from Debian testing, or does not run (above)"

say "litmus files"
held=0 broken=0 silent=()
cd "$repository/loom-tests/litmus"
for file in *.litmus; do
  case $file in
    *.c11.litmus) model=(-model rc11.cat) ;;
    *.aarch64.litmus) model=(-model aarch64.cat) ;;
    *) fail "$file names no model that is known: *.c11.litmus, *.aarch64.litmus" ;;
  esac
  expected=$(sed -n 's/^Expect=//p' "$file")
  log=$logs/$file.txt
  observed=
  if "$platforms/tools/in-tree.sh" "$cache/herd" herd7 "${model[@]}" "$PWD/$file" >"$log" 2>&1; then
    observed=$(awk '$1 == "Observation" { print $3 }' "$log")
  fi
  printf '%-40s %s\n' "$file" "${observed:-nothing}"
  if [ -z "$observed" ]; then
    silent+=("$file")
    cat "$log" >&2
    continue
  fi
  [ "$observed" = "$expected" ] || { cat "$log" >&2; fail "$file: $expected was expected, herd7 says $observed (above)"; }
  case $observed in
    Never)
      ! grep -i 'Undef' "$log" || { cat "$log" >&2; fail "$file: a race (above)"; }
      held=$((held + 1)) ;;
    Sometimes) broken=$((broken + 1)) ;;
  esac
done
if [ "${#silent[@]}" -gt 0 ]; then
  [ "$((held + broken))" = 0 ] || fail "herd7 says nothing about ${silent[*]} (above)"
  skipped "herd7 says nothing about any file (above)"
fi
[ "$held" -gt 0 ] && [ "$held" = "$broken" ] || fail "$held files hold and $broken broken twins are caught; there should be as many"

printf '\nherd.sh: %s litmus files hold, their %s broken twins are caught\n' "$held" "$broken"
