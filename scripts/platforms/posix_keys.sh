#!/usr/bin/env bash
# posix_keys.sh: core and capi with their thread-local pointers behind POSIX keys, as on Linux processors for which no assembler
# access is written: built and tested natively.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || usage posix_keys.sh
type -P cargo >/dev/null || fail "cargo is not here; install Rust with rustup"
install gcc libc6-dev
build_in posix-keys
export RUSTFLAGS='--cfg tollgate_tlskey'
cd "$repository"

say "Rust tests"
log=$logs/posix-keys-tests.txt
# The tests left out ask what the processor and the gate do, which no thread-local pointer has a part in.
cargo test --quiet --locked --package tollgate-core --package tollgate-capi --lib --tests --no-fail-fast \
  -- --skip the_pair --skip no_task_is_inside_during --skip every_stream_of_six_calls 2>&1 | tee "$log"
tests=$(passed_tests "$log")
[ "$tests" -gt 50 ] || fail "only $tests Rust tests were run"

printf '\nposix_keys.sh: %s Rust tests passed with thread-local pointers behind POSIX keys\n' "$tests"
