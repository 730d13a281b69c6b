#!/usr/bin/env bash
# aarch64.sh: the library on 64-bit ARM, under qemu's user emulation: its Rust tests, its C and C++ programs with the static
# and the shared library, and what its fast paths consist of.
#
# The emulator shows code generation, thread-local access, system calls and the ends of threads. Not the processor's weak
# ordering: this machine keeps a stronger one (herd.sh and the loom models are about that).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || usage aarch64.sh
target=aarch64-unknown-linux-gnu
# The emulator of Debian 12 breaks down in the child when a program with several threads forks, does not pass on limits of
# memory, refuses seccomp, and takes its time to end a process under threads that go on. tests/c and tests/cpp:
programs_skipped='fork_child.c task_ends.cpp kernel_free.c process_end.c'
# Rust; and one that is all arithmetic, the same on every processor, and one that asks the processor what it reorders:
tests_skipped=(a_fork_in_the_middle_of cells_and_records_of_vanished_tasks calls_without_memory_keep_errno
  refused_threads_leave_nothing_behind a_page_that_cannot_be_had_is_refused a_child_that_gets_no_page_goes_on_without
  a_child_made_without_the_c_library a_copy_of_a_later_moment nobody_waits_for_users_of_a_half
  a_vanished_task_is_abandoned
  every_stream_of_six_calls_matches_the_model the_pair_breaks_with_less)

say "tools"
install g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
"$platforms/tools/rust.sh" newest "$target"
. "$platforms/env.sh" newest
. "$platforms/programs.sh"
. "$platforms/fast_paths.sh"
build_in newest
runner=$CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER
export TOLLGATE_TEST_RUNNER=$runner
c_compiler=aarch64-linux-gnu-gcc
cpp_compiler=aarch64-linux-gnu-g++
cd "$repository"

say "library"
cargo build --quiet --locked --release --package tollgate --target "$target"
release=$CARGO_TARGET_DIR/$target/release
folder=$release/programs
mkdir -p "$folder"
soname=$(readelf --dynamic --wide "$release/libtollgate.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
ln -sf "$release/libtollgate.so" "$folder/$soname"

say "C and C++ programs with the static library"
run_programs static "$folder/static" "$programs_skipped" "$release/libtollgate.a"
say "C and C++ programs with the shared library"
run_programs shared "$folder/shared" "$programs_skipped" "$release/libtollgate.so" "-Wl,-rpath,$folder"

# glibc takes the initial-exec model; the other one is what musl needs. In a program the linker makes a constant of it, in a
# library that is loaded late the loader has its say.
say "thread-local pointers by descriptor"
CARGO_TARGET_DIR=$CARGO_TARGET_DIR/dynamic CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS='--cfg tollgate_tlsdesc' \
  cargo build --quiet --locked --release --package tollgate --target "$target"
descriptor=$CARGO_TARGET_DIR/dynamic/$target/release
readelf --relocs --wide "$descriptor/libtollgate.so" | grep TLSDESC ||
  fail "$descriptor/libtollgate.so does not find its thread-local pointers by descriptor"
run_programs descriptor "$folder/descriptor" "$programs_skipped" "$descriptor/libtollgate.a"
late=$folder/late
mkdir -p "$late"
compile_program tests/late/late.c "$late/late"
compile_program tests/late/small.c "$late/small.so" -fPIC -shared
crowd=()
for number in $(seq 100); do
  cp "$late/small.so" "$late/small-$number.so"
  crowd+=("$late/small-$number.so")
done
for library in "$release/libtollgate.so" "$descriptor/libtollgate.so"; do
  # shellcheck disable=SC2086  # the runner is words
  $runner "$late/late" "$library" "${crowd[@]}"
done

say "fast paths"
fast_paths_know_what_they_look_for
check_fast_paths "$release/libtollgate.so"
check_fast_paths "$folder/static/nested_sequence.c"

say "Rust tests"
log=$logs/aarch64-tests.txt
skips=()
for test in "${tests_skipped[@]}"; do skips+=(--skip "$test"); done
cargo test --quiet --locked --target "$target" --package tollgate-core --package tollgate-capi --lib --tests --no-fail-fast \
  -- "${skips[@]}" 2>&1 | tee "$log"
tests=$(passed_tests "$log")
[ "$tests" -gt 50 ] || fail "only $tests Rust tests were run"

printf '\naarch64.sh: %s Rust tests passed (skipped: %s); %s C and C++ programs ran (skipped: %s), by descriptor too, and the library loaded late; %s fast paths hold no fence, exclusive or locked instruction, call or system call\n' \
  "$tests" "${tests_skipped[*]}" "$programs_run" "$programs_skipped" "$fast_paths_checked"
