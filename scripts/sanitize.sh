#!/usr/bin/env bash
# sanitize.sh thread|address [cargo test arguments]
#
# Runs the Rust tests of core and capi under ThreadSanitizer or AddressSanitizer (with LeakSanitizer). The standard library
# is built with the same instrumentation: without it the sanitizer does not see what std orders, and reports races that
# are none. Needs rustup's nightly toolchain; its library source is added when missing.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?usage: scripts/sanitize.sh thread|address [cargo test arguments]}
shift
toolchain=${SANITIZE_TOOLCHAIN:-nightly}
target=$(rustc "+$toolchain" -vV | sed -n 's/^host: //p')
flags="-Zsanitizer=$kind -Cdebug-assertions=on"
case $kind in
  # Fewer rounds where a test counts them: each memory access costs some ten times as much.
  thread) flags+=" --cfg tsan" ;;
  address) ;;
  *) echo "sanitize.sh: unknown sanitizer '$kind'; thread and address are known" >&2; exit 2 ;;
esac
if [ ! -d "$(rustc "+$toolchain" --print sysroot)/lib/rustlib/src/rust/library" ]; then
  rustup component add rust-src --toolchain "$toolchain"
fi

# One test counts the pages of the process, and the sanitizer maps pages of its own.
[ $# -gt 0 ] || set -- --no-fail-fast -p tollgate-core -p tollgate-capi -- --skip refused_threads_leave_nothing_behind
# Children of forks start threads, which the sanitizer would otherwise refuse.
export TSAN_OPTIONS="die_after_fork=0 ${TSAN_OPTIONS:-}"
# Unwinding as tests do: two kinds of panic would build two standard libraries that do not go together.
export CARGO_PROFILE_DEV_PANIC=unwind CARGO_PROFILE_DEV_OPT_LEVEL=1
RUSTFLAGS="$flags" CARGO_TARGET_DIR="target/sanitize-$kind" \
  cargo "+$toolchain" test -Zbuild-std=std,panic_unwind,test --target "$target" --lib --tests "$@"
echo "sanitize.sh: no report from the $kind sanitizer"
