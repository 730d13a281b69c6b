#!/usr/bin/env bash
# bare_metal.sh: tollgate-core type-checks where there is no operating system, and a processor without 64-bit atomics is told so.
#
# Nothing is run: what there is for such systems is described in core/src/sys/none.rs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || usage bare_metal.sh
complete=(x86_64-unknown-none riscv64gc-unknown-none-elf)
lacking=thumbv7em-none-eabi
message='tollgate-core needs 64-bit atomics, which this target lacks: the levels of a task and the gate are one 64-bit word each'

say "compiler and core library"
"$platforms/tools/rust.sh" newest "${complete[@]}" "$lacking"
. "$platforms/env.sh" newest
build_in newest
cd "$repository"

for target in "${complete[@]}"; do
  say "tollgate-core for $target"
  cargo check --quiet --locked --package tollgate-core --target "$target"
done

say "tollgate-core for $lacking"
log=$logs/$lacking.txt
if cargo check --quiet --locked --package tollgate-core --target "$lacking" >"$log" 2>&1; then
  fail "tollgate-core compiled for $lacking, which has no 64-bit atomics"
fi
# The words come first; after them, one line: the import that cannot be resolved.
[ "$(grep -m 1 '^error' "$log")" = "error: $message" ] && [ "$(grep -c '^error\[' "$log")" = 1 ] ||
  { cat "$log" >&2; fail "the compiler does not begin with \"$message\", or says much more than that, for $lacking (above)"; }
grep -m 1 '^error:' "$log"

printf '\nbare_metal.sh: tollgate-core type-checks for %s; %s is refused in plain words\n' "${complete[*]}" "$lacking"
