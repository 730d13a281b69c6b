#!/usr/bin/env bash
# sanitize.sh thread|address [--rust|--c] [cargo test arguments]
#
# Runs the tests under ThreadSanitizer or AddressSanitizer (with LeakSanitizer): the Rust tests of core and capi, then the C
# and C++ programs of tests/c and tests/cpp with the library inside. --rust or --c leaves out the other half; with cargo test
# arguments (-p tollgate-capi --test gate) those Rust tests run and nothing else.
#
# The standard library is built with the same instrumentation: without it the sanitizer does not see what std orders, and
# reports races that are none. Needs rustup's nightly toolchain, whose library source is added when missing, and clang.
# There are no suppressions; docs/VERIFICATION.md names the tests that are left out, and why.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

usage="usage: scripts/sanitize.sh thread|address [--rust|--c] [cargo test arguments]"
kind=${1:?$usage}
shift
toolchain=${SANITIZE_TOOLCHAIN:-nightly}
target=$(rustc "+$toolchain" -vV | sed -n 's/^host: //p')
flags="-Zsanitizer=$kind -Cdebug-assertions=on"
case $kind in
  # Fewer rounds where a test counts them: each memory access costs some ten times as much.
  thread) flags+=" --cfg tsan"; runtime=tsan ;;
  address) runtime=asan ;;
  *) echo "sanitize.sh: unknown sanitizer '$kind'. $usage" >&2; exit 2 ;;
esac
libraries=$(rustc "+$toolchain" --print sysroot)/lib/rustlib
if [ ! -d "$libraries/src/rust/library" ]; then
  again 5 rustup component add rust-src --toolchain "$toolchain"
fi
# Children of forks start threads, which ThreadSanitizer would otherwise refuse.
export TSAN_OPTIONS="die_after_fork=0 ${TSAN_OPTIONS:-}"
folder=target/sanitize-$kind

rust_tests() {
  # Unwinding as tests do: two kinds of panic would build two standard libraries that do not go together.
  CARGO_PROFILE_DEV_PANIC=unwind CARGO_PROFILE_DEV_OPT_LEVEL=1 RUSTFLAGS="$flags" CARGO_TARGET_DIR="$folder" \
    cargo "+$toolchain" test -Zbuild-std=std,panic_unwind,test --target "$target" "$@"
}

# Links with the runtime of rustc: the one of clang may be older than what rustc's instrumentation calls.
c_programs() {
  RUSTFLAGS="$flags" CARGO_TARGET_DIR="$folder/c" cargo "+$toolchain" rustc -Zbuild-std=core,panic_abort \
    --target "$target" --release --package tollgate --lib --crate-type staticlib --config 'profile.release.lto="off"'
  local archive="$folder/c/$target/release/libtollgate.a" programs="$folder/c/programs" source program compiler
  mkdir -p "$programs"
  for source in tests/c/*.c tests/cpp/*.cpp; do
    program="$programs/$(basename "$source")"
    compiler=(clang -std=gnu11)
    [ "${source##*.}" = c ] || compiler=(clang++ -std=gnu++17)
    "${compiler[@]}" -O1 -g -pthread "-fsanitize=$kind" -Iinclude -Itests/c -c "$source" -o "$program.o"
    "${compiler[0]}" -pthread "$program.o" "$archive" -Wl,--whole-archive \
      "$libraries/$target/lib/librustc-${toolchain%%-*}_rt.$runtime.a" -Wl,--no-whole-archive -ldl -lrt -lm -o "$program"
    case $kind:$source in
      thread:tests/c/dying_threads.c)
        # Its threads call the library from destructors that run after the sanitizer has let go of the thread.
        echo "SKIPPED: $source: ThreadSanitizer does not survive calls so late in a thread"
        continue
        ;;
      *:tests/cpp/raii.cpp)
        echo "SKIPPED: $source: replaces malloc, as the $kind sanitizer does"
        continue
        ;;
      thread:tests/c/kernel_free.c)
        echo "SKIPPED: $source: its child may make no system call, and ThreadSanitizer makes some"
        continue
        ;;
      thread:tests/c/signals.c)
        # It keeps a signal back until the thread makes a call that it knows; a futex is none.
        echo "SKIPPED: $source: ThreadSanitizer does not deliver signals to a thread that waits in the kernel"
        continue
        ;;
    esac
    echo "== $source"
    case $source in
      # Its processes end under threads that are just about to join others: not joined in time is no leak. Nor does the look for
      # lost memory come to an end in them, which has all threads stopped while one goes on starting new ones.
      tests/c/process_end.c)
        TSAN_OPTIONS="$TSAN_OPTIONS report_thread_leaks=0" ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" "$program" ;;
      *) "$program" ;;
    esac
  done
}

# One test counts the pages of the process, and the sanitizer maps pages of its own; another limits the address space, which the
# sanitizer cannot do without. They are the only ones left out.
skip=(--skip refused_threads_leave_nothing_behind --skip a_page_that_cannot_be_had_is_refused_with_its_reason)
case ${1:-} in
  "")
    rust_tests --no-fail-fast -p tollgate-core -p tollgate-capi --lib --tests -- "${skip[@]}"
    c_programs
    ;;
  --rust) rust_tests --no-fail-fast -p tollgate-core -p tollgate-capi --lib --tests -- "${skip[@]}" ;;
  --c) c_programs ;;
  # As given, with the programs that they name and no others.
  *)
    names_targets=
    for argument; do
      case $argument in --lib | --test | --test=* | --tests | --bins | --examples) names_targets=yes ;; esac
    done
    [ "$names_targets" ] || set -- --lib --tests "$@"
    case " $* " in *" -- "*) rust_tests "$@" ;; *) rust_tests "$@" -- "${skip[@]}" ;; esac
    ;;
esac
echo "sanitize.sh: no report from the $kind sanitizer"
