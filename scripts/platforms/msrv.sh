#!/usr/bin/env bash
# msrv.sh: core, capi and the C artifact with the oldest compiler that Cargo.toml promises, a real one: their tests, and the C
# and C++ programs linked with the library that it makes.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || usage msrv.sh
promised=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$repository/Cargo.toml" | sed -n 1p)

say "tools"
install g++
"$platforms/tools/rust.sh" oldest
. "$platforms/env.sh" oldest
. "$platforms/programs.sh"
build_in oldest
case $("$RUSTC" --version) in
  "rustc $promised."*) ;;
  *) fail "Cargo.toml promises Rust $promised, but the oldest compiler of Debian 12 is $("$RUSTC" --version)" ;;
esac
cd "$repository"

say "library"
cargo build --quiet --locked --release --package tollgate
say "C and C++ programs with the static library"
runner=
c_compiler=${CC:-cc}
cpp_compiler=${CXX:-c++}
run_programs static "$CARGO_TARGET_DIR/release/programs" "" "$CARGO_TARGET_DIR/release/libtollgate.a"

# No documentation tests: the runner of this rustdoc and that of a newer cargo do not understand each other. The test left out
# asks the processor, not the compiler, and takes for ever on a busy one.
say "Rust tests"
log=$logs/msrv-tests.txt
cargo test --quiet --locked --package tollgate-core --package tollgate-capi --lib --tests --no-fail-fast \
  -- --skip the_pair_breaks_with_less 2>&1 | tee "$log"
tests=$(passed_tests "$log")
[ "$tests" -gt 50 ] || fail "only $tests Rust tests were run"

printf '\nmsrv.sh: with Rust %s core, capi and the C artifact build, %s Rust tests passed, %s C and C++ programs ran\n' \
  "$promised" "$tests" "$programs_run"
